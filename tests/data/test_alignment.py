"""Forced alignment of real clips, and reading the phones back."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.data import Clip, FeatureCache, RandomCrops, align, prepare
from keras_pwavenet.text import PHONES

CLIPS = Path(__file__).parents[1] / "clips"
TEXTS = {
    "vm-msgsaved": "Your message has been saved.",
    "unknown": "Your xyzzy has been saved.",
    "silent": "",
}


@pytest.fixture(scope="module")
def aligned(tmp_path_factory):
    """One clip three times, with its own words, a strange one and none."""
    pytest.importorskip("pocketsphinx")
    folder = tmp_path_factory.mktemp("aligned")
    audio, rate = soundfile.read(CLIPS / "vm-msgsaved.flac", dtype="int16")
    for name in TEXTS:
        with soundfile.SoundFile(folder / f"{name}.wav", "w", rate, 1) as file:
            file.title = name  # so that no file is another's copy
            file.write(audio)
    clips = [Clip(name, folder / f"{name}.wav", text) for name, text in TEXTS.items()]
    mel = LogMelSpectrogram(16_000, 1024, 160, 800)
    prepare(clips, folder / "cache", mel, progress=False)
    cache = FeatureCache(folder / "cache")
    assert not cache.aligned
    with pytest.raises(ValueError, match=r"phones\.int8"):
        cache.phones(0)
    return cache, align(cache, progress=False)


def number(cache, name):
    return [clip.name for clip in cache.clips].index(name)


def test_says_what_is_said_when(aligned):
    cache, report = aligned
    assert cache.aligned
    phones = cache.phones(number(cache, "vm-msgsaved"))
    assert len(phones) == cache.clips[0].frames
    changes = np.flatnonzero(np.diff(phones, prepend=-2))
    said = [PHONES[phones[place]] for place in changes]
    spoken = " ".join(phone for phone in said if phone != "SIL")
    assert spoken == "Y UH R M EH S IH JH HH AE Z B IH N S EY V D"
    # The loud frames are speech, and the sibilants are where the high bands are strong.
    audio = cache.audio(0).reshape(len(phones), -1)
    assert (phones[np.argsort(np.std(audio, axis=1))[-20:]] > 0).all()
    mel = np.log(cache.mel.invert(cache.conditioning(0)))
    tilt = mel[:, 60:].mean(axis=1) - mel[:, :30].mean(axis=1)
    is_s = phones == PHONES.index("S")
    assert tilt[is_s].mean() > tilt[~is_s].mean() + 1

    assert report.clips == 1
    assert report.seconds == pytest.approx(len(phones) / 100)
    reasons = dict(report.skipped)
    assert reasons == {
        "unknown": "not in the dictionary: xyzzy",
        "silent": "no transcript",
    }
    assert "1 clips" in str(report)
    assert "unknown: not in" in str(report)


def test_unaligned_clips_are_unknown(aligned):
    cache, _ = aligned
    for name in ("unknown", "silent"):
        assert set(cache.phones(number(cache, name))) == {-1}
    piece = cache.phones(0, 20, 30)
    np.testing.assert_array_equal(piece, cache.phones(0)[20:50])
    with pytest.raises(ValueError, match="Received: clip=0"):
        cache.phones(0, 0, 10**6)


def test_crops_of_phones(aligned):
    cache, _ = aligned
    clip = cache.clips[number(cache, "vm-msgsaved")]
    frames = clip.frames + 5  # the clip, then silence
    crops = RandomCrops(cache, clip.split, 4, frames, 2, target="phones")
    inputs, phones, known = crops[1]
    assert inputs["audio"].shape == (4, frames * 160)
    for row in range(4):  # the other clips are not drawn
        expected = [*cache.phones(number(cache, "vm-msgsaved")), 0, 0, 0, 0, 0]
        np.testing.assert_array_equal(phones[row], expected)
    assert phones.dtype == np.int32
    assert known.dtype == np.float32
    assert known.min() == 1
    with pytest.raises(ValueError, match="target='words'"):
        RandomCrops(cache, clip.split, 4, 9, 2, target="words")


def test_refuses_a_corpus_without_transcripts(tmp_path):
    clip = Clip("silent", CLIPS / "vm-msgsaved.flac", "")
    mel = LogMelSpectrogram(16_000, 1024, 160, 800)
    prepare([clip], tmp_path / "cache", mel, progress=False)
    with pytest.raises(ValueError, match="Received: none in"):
        align(FeatureCache(tmp_path / "cache"), progress=False)


def test_refuses_other_rates_and_damage(aligned, cache, tmp_path):
    with pytest.raises(ValueError, match="sample_rate=8000, hop_length=80"):
        align(cache)
    copy = shutil.copytree(aligned[0].directory, tmp_path / "copy")
    (copy / "phones.int8").write_bytes(b"\x00")
    assert not FeatureCache(copy).aligned
