"""Prompts, copies, levels and the high-pass in a prepared corpus."""

import numpy as np
import pytest

from keras_pwavenet.audio import active_level, frame_powers, write_audio
from keras_pwavenet.data import Clip, FeatureCache, prepare, split_of

RATE = 8000


def speech(number, level, seconds=1.0):
    """Noise of a level in dB between two pauses."""
    noise = np.random.default_rng(number).uniform(-1, 1, round(seconds * RATE))
    pause = np.zeros(RATE // 4)
    return np.r_[pause, 10 ** (level / 20) * np.sqrt(3) * noise, pause]


@pytest.fixture
def recorded(tmp_path):
    """Writes clips of (name, speaker, audio)."""

    def write(*rows):
        clips = []
        for name, speaker, audio in rows:
            path = tmp_path / f"{name}.wav"
            write_audio(path, audio, RATE)
            clips.append(Clip(name, path, speaker=speaker))
        return clips

    return write


def level_of(cache, *numbers):
    powers = [frame_powers(cache.audio(number), RATE) for number in numbers]
    return active_level(np.concatenate(powers))


def test_prompt_decides_the_split(clips, mel, tmp_path):
    prompts = ["activated", "conf-getpin", "hello"]
    takes = [
        Clip(clip.name, clip.path, prompt=prompt)
        for clip, prompt in zip(clips, prompts, strict=False)
    ]
    prepare(takes, tmp_path / "cache", mel, progress=False)
    found = FeatureCache(tmp_path / "cache").clips
    assert [clip.prompt for clip in found] == prompts
    assert [clip.split for clip in found] == ["test", "validation", split_of("hello")]


def test_copies_are_named_and_left_out(recorded, mel, tmp_path):
    audio = speech(0, -20)
    rows = [(name, "", audio) for name in "abc"]
    clips = recorded(*rows, ("d", "", speech(1, -20)))
    report = prepare(clips, tmp_path / "cache", mel, progress=False)
    assert report.skipped == [("b", "the same file as a"), ("c", "the same file as a")]
    assert "Skipped c: the same file as a" in str(report)
    names = [clip.name for clip in FeatureCache(tmp_path / "cache").clips]
    assert names == ["a", "d"]


@pytest.mark.parametrize("workers", [1, 3])
def test_every_speaker_comes_to_one_level(recorded, mel, tmp_path, workers):
    clips = recorded(
        ("a", "ann", speech(0, -43)),
        ("b", "ann", speech(1, -37)),
        ("c", "bob", speech(2, -20)),
        ("d", "cid", np.zeros(100)),
    )
    report = prepare(clips, tmp_path / "c", mel, workers, progress=False, level=-23.0)
    cache = FeatureCache(tmp_path / "c")
    assert level_of(cache, 0, 1) == pytest.approx(-23, abs=0.1)
    assert level_of(cache, 2) == pytest.approx(-23, abs=0.1)
    assert level_of(cache, 1) - level_of(cache, 0) == pytest.approx(6, abs=0.2)
    settings = cache.preparation[""]
    assert (settings["level"], settings["highpass"]) == (-23.0, None)
    assert settings["gains"]["bob"] == pytest.approx(-3, abs=0.1)
    assert settings["gains"]["cid"] == 0 and settings["lowered"] == report.lowered == {}
    np.testing.assert_array_equal(cache.conditioning(0), mel(cache.audio(0)))


def test_peaks_are_not_clipped(recorded, mel, tmp_path):
    peaked = speech(1, -40)
    peaked[RATE // 2] = 0.5
    clips = recorded(("a", "", speech(0, -40, 9.0)), ("b", "", peaked))
    report = prepare(clips, tmp_path / "cache", mel, progress=False, level=-23.0)
    cache = FeatureCache(tmp_path / "cache")
    assert level_of(cache, 0) == pytest.approx(-23, abs=0.5)
    found = cache.audio(1)
    assert np.abs(found).max() == np.float32(32767 / 32768)
    np.testing.assert_allclose(found[: len(peaked)], peaked * 2, atol=2e-4)
    gain = cache.preparation[""]["gains"][""]
    assert report.lowered == {"b": pytest.approx(gain - 6.02, abs=0.01)}
    assert cache.preparation[""]["lowered"] == report.lowered
    assert "Lowered b by" in str(report)


def test_high_pass_takes_out_hum_before_the_level(recorded, mel, tmp_path):
    time = np.arange(RATE * 3 // 2) / RATE
    hum = 0.5 * np.sin(2 * np.pi * 25 * time)
    clips = recorded(("a", "", speech(0, -30) + hum))
    prepare(clips, tmp_path / "cache", mel, progress=False, level=-23.0, highpass=100.0)
    cache = FeatureCache(tmp_path / "cache")
    assert level_of(cache, 0) == pytest.approx(-23, abs=0.1)
    spectrum = np.abs(np.fft.rfft(cache.audio(0)[: len(time)]))
    assert spectrum[round(25 * 1.5)] < np.median(spectrum)
    assert cache.preparation[""]["highpass"] == 100.0


def test_as_recorded_by_default(cache):
    assert cache.preparation == {
        "": {"level": None, "highpass": None, "gains": {}, "lowered": {}}
    }


@pytest.mark.parametrize(
    "wrong",
    [{"level": 3.0}, {"level": -120.0}, {"highpass": 0.0}, {"highpass": 4000.0}],
)
def test_refuses_what_is_out_of_range(clips, mel, tmp_path, wrong):
    (name, value), *_ = wrong.items()
    with pytest.raises(ValueError, match=f"Received: {name}={value}"):
        prepare(clips, tmp_path / "cache", mel, progress=False, **wrong)
    assert not (tmp_path / "cache").exists()
