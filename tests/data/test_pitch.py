"""Pitch of known tones, at the frames' centres, and reading it back."""

import shutil

import numpy as np
import pytest

from keras_pwavenet.audio import LogMelSpectrogram, write_audio
from keras_pwavenet.data import (
    FeatureCache,
    RandomCrops,
    follow_pitch,
    frame_pitch,
    pitch,
    prepare,
    read_corpus,
)

RATE = 16_000


def glide(first, last, seconds=1.5):
    """A voice whose pitch rises evenly; also the pitch at each sample."""
    frequency = np.linspace(first, last, int(seconds * RATE))
    phase = 2 * np.pi * np.cumsum(frequency) / RATE
    voice = sum(np.sin(k * phase) / k for k in range(1, 12))
    return (0.1 * voice).astype("float32"), frequency


@pytest.mark.parametrize("hop", [160, 200])
@pytest.mark.parametrize(("first", "last"), [(60, 120), (120, 240), (420, 560)])
def test_follows_a_glide_at_the_centres_of_frames(first, last, hop):
    pytest.importorskip("pyworld", exc_type=ImportError)
    audio, frequency = glide(first, last)
    found = frame_pitch(audio, RATE, hop)
    frames = len(audio) // hop
    assert found.shape == (frames,)
    centres = frequency[(np.arange(frames) * hop + hop // 2)]
    inner = slice(10, -10)
    np.testing.assert_allclose(found[inner], centres[inner], rtol=0.01)
    # Within a tenth of a frame of the centre, by the mean over the glide.
    rise = (last - first) / len(audio) * hop
    assert abs(np.mean(found[inner] - centres[inner])) < 0.1 * rise


@pytest.mark.parametrize("mains", [50, 60])
def test_does_not_follow_the_hum_of_mains(mains):
    pytest.importorskip("pyworld", exc_type=ImportError)
    voice, frequency = glide(180, 220)
    voice[: RATE // 2] = 0
    hum = 0.01 * np.sin(2 * np.pi * mains * np.arange(len(voice)) / RATE)
    found = frame_pitch(voice + hum, RATE, 160)
    assert not found[:45].any()
    centres = frequency[np.arange(len(found)) * 160 + 80]
    np.testing.assert_allclose(found[60:-10], centres[60:-10], rtol=0.02)
    assert not frame_pitch(hum, RATE, 160).any()


def test_between_two_values():
    track = np.array([0.0, 100.0, 120.0, 0.0])
    places = np.array([0.4, 0.5, 1.0, 1.25, 2.4, 2.6, 3.0])
    found = pitch._at(track, places)
    np.testing.assert_allclose(found, [0, 100, 100, 105, 120, 0, 0])


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """Two clips with a voice, one of silence, one of a single frame."""
    pytest.importorskip("pyworld", exc_type=ImportError)
    folder = tmp_path_factory.mktemp("pitch")
    voices = {"low": glide(90, 110)[0], "high": glide(280, 320)[0]}
    clips = {**voices, "silent": np.zeros(RATE), "short": voices["low"][:160]}
    (folder / "corpus").mkdir()
    for name, audio in clips.items():
        write_audio(folder / "corpus" / f"{name}.wav", audio, RATE)
    mel = LogMelSpectrogram(RATE, 1024, 160, 800)
    prepare(read_corpus(folder / "corpus"), folder / "cache", mel, progress=False)
    cache = FeatureCache(folder / "cache")
    assert not cache.pitch_followed
    with pytest.raises(ValueError, match=r"pitch\.float32.*Received: directory"):
        cache.pitch(0)
    return cache, follow_pitch(cache, progress=False)


def test_a_corpus_is_followed(followed):
    cache, share = followed
    assert cache.pitch_followed
    found = {clip.name: cache.pitch(i) for i, clip in enumerate(cache.clips)}
    assert np.median(found["low"][10:-10]) == pytest.approx(100, rel=0.01)
    assert np.median(found["high"][10:-10]) == pytest.approx(300, rel=0.01)
    assert not found["silent"].any()
    assert found["low"].dtype == np.float32
    every = np.concatenate(list(found.values()))
    assert share == pytest.approx(np.mean(every > 0))
    assert len(list(cache.directory.iterdir())) == 5
    with pytest.raises(ValueError, match="Received: clip=0"):
        cache.pitch(0, 0, 10**6)


def test_crops_of_pitch(followed):
    cache, _ = followed
    number = [clip.name for clip in cache.clips].index("high")
    clip = cache.clips[number]
    mates = [i for i in cache.indices(clip.split) if i != number]
    crops = RandomCrops(cache, clip.split, 8, clip.frames + 5, 1, target="pitch")
    conditioning, found = crops[0]
    assert found.dtype == np.float32
    silence = cache.mel(np.zeros(160))[0]
    seen = set()
    for row in range(8):
        for i in [number, *mates]:
            frames = cache.clips[i].frames
            if np.array_equal(conditioning[row, :frames], cache.conditioning(i)):
                np.testing.assert_array_equal(found[row, :frames], cache.pitch(i))
                assert not found[row, frames:].any()
                np.testing.assert_array_equal(conditioning[row, -1], silence)
                seen.add(i)
                break
        else:
            pytest.fail("a row is of no clip")
    assert number in seen


def test_damage_is_seen(followed, tmp_path):
    copy = shutil.copytree(followed[0].directory, tmp_path / "copy")
    (copy / "pitch.float32").write_bytes(b"\x00" * 5)
    assert not FeatureCache(copy).pitch_followed


def test_names_the_missing_package(cache, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyworld", None)
    with pytest.raises(ImportError, match="pip install pyworld"):
        follow_pitch(cache, progress=False)
    assert not cache.pitch_followed
