import types

import numpy as np
import pytest

from keras_pwavenet.audio import LogMelSpectrogram, write_audio
from keras_pwavenet.data import (
    Clip,
    FeatureCache,
    prepare,
    read_sentences,
    refine_corpus,
    segment_corpus,
    segmented,
)
from keras_pwavenet.data.refinement import refine
from keras_pwavenet.data.segmentation import segment
from keras_pwavenet.data.sentences import cut

PHONES = ["a", "ˈe", "i", "o", "s", "t", "m"]


def synthetic(count=30, speakers=2, seed=0):
    """Recordings of phones that each have a spectrum, and their true durations."""
    random = np.random.default_rng(seed)
    spectra = {phone.lstrip("ˈ"): random.normal(size=20) for phone in PHONES}
    quiet = np.full(20, -3.0)
    mels, symbols, durations = [], [], []
    for number in range(count):
        words = random.choice(PHONES, size=(3, 3))
        said = [*words[0], " ", *words[1], ",", *words[2], "."]
        pause = [0, random.integers(8, 20), random.integers(5, 20)]
        frames = [
            pause.pop(0) if symbol in " ,." else random.integers(4, 12)
            for symbol in said
        ]
        before = random.integers(3, 9)
        parts = [np.tile(quiet, (before, 1))]
        for symbol, length in zip(said, frames, strict=True):
            spectrum = spectra.get(symbol.lstrip("ˈ"), quiet)
            parts.append(np.tile(spectrum, (length, 1)))
        mel = np.concatenate(parts) + number % speakers
        mels.append(mel + 0.1 * random.normal(size=mel.shape))
        symbols.append(said)
        durations.append((before, np.array(frames)))
    return mels, symbols, durations


def test_finds_the_durations_that_recordings_were_made_with():
    mels, symbols, durations = synthetic()
    speakers = [number % 2 for number in range(len(mels))]
    found = segment(mels, symbols, speakers, progress=False)
    errors = []
    for (before, wanted), segments in zip(durations, found, strict=True):
        silence, frames, after = segments
        assert silence + frames.sum() + after == before + wanted.sum()
        ends, true = np.cumsum(frames) + silence, np.cumsum(wanted) + before
        errors.append(np.abs(ends - true))
    errors = np.concatenate(errors)
    assert np.mean(errors <= 2) > 0.85  # neighbours may be the same phone
    assert np.mean(errors) < 1.5


def test_refinement_hears_what_neighbours_change():
    """Phones whose spectrum depends on the phone before; the encoding says which."""
    random = np.random.default_rng(1)
    table = random.normal(size=(3, 3, 20))
    mels, symbols, encoded, true = [], [], [], []
    for _ in range(60):
        phones = random.integers(0, 3, size=12)
        before = np.roll(phones, 1)
        frames = random.integers(4, 12, size=12)
        mel = np.repeat(table[phones, before], frames, axis=0)
        mels.append(mel + 0.1 * random.normal(size=mel.shape))
        symbols.append(["aes"[phone] for phone in phones])
        encoded.append(np.eye(9)[3 * phones + before])
        true.append(np.cumsum(frames))

    def error(segments):
        ends = [before + np.cumsum(frames) for before, frames, _ in segments]
        return np.mean(np.abs(np.concatenate(ends) - np.concatenate(true)))

    found = []
    for ends in true:
        moved = ends + random.integers(-2, 3, size=12)
        moved[-1] = ends[-1]
        found.append((0, np.diff(np.maximum.accumulate(moved), prepend=0), 0))
    refined = refine(mels, symbols, encoded, found, progress=False)
    assert error(refined) < 0.4 * error(found)
    for mel, (before, frames, after) in zip(mels, refined, strict=True):
        assert before + frames.sum() + after == len(mel)


def same(left, right):
    for (before, frames, after), (first, others, last) in zip(left, right, strict=True):
        assert (before, after) == (first, last)
        np.testing.assert_array_equal(frames, others)


def test_nothing_is_learned_from_what_is_held_out():
    mels, symbols, durations = synthetic()
    speakers = [number % 2 for number in range(len(mels))]
    learned = [number % 5 > 1 for number in range(len(mels))]
    random = np.random.default_rng(3)
    others = [
        mel if own else 5 * random.normal(size=mel.shape)
        for mel, own in zip(mels, learned, strict=True)
    ]
    encoded = [random.normal(size=(len(said), 6)) for said in symbols]

    def aligned(mels, learned):
        found = segment(mels, symbols, speakers, learned, progress=False)
        again = refine(mels, symbols, encoded, found, speakers, learned, progress=False)
        return [
            [one for one, own in zip(each, learned, strict=True) if own]
            for each in (found, again)
        ]

    for left, right in zip(
        aligned(mels, learned), aligned(others, learned), strict=True
    ):
        same(left, right)
    everything = segment(mels, symbols, speakers, progress=False)
    with pytest.raises(AssertionError):
        same(everything, segment(others, symbols, speakers, progress=False))
    held = segment(mels, symbols, speakers, learned, progress=False)
    ends = [
        (np.cumsum(found[1]) + found[0], np.cumsum(wanted) + before)
        for found, (before, wanted), own in zip(held, durations, learned, strict=True)
        if not own
    ]
    errors = np.abs(np.concatenate([found - true for found, true in ends]))
    assert np.mean(errors <= 2) > 0.85
    with pytest.raises(ValueError, match="Received: learned="):
        segment(mels, symbols, speakers, [False] * len(mels), progress=False)


def test_refuses_recordings_that_are_too_short():
    with pytest.raises(ValueError, match="Received: 3 frames"):
        segment([np.zeros((3, 20))], [["a", "e"]], progress=False)
    with pytest.raises(ValueError, match="Received: 0 recordings"):
        segment([], [], progress=False)


def test_cut_keeps_a_little_silence():
    sentence = cut(7, ["a", "."], (9, np.array([5, 4]), 30))
    assert (sentence.start, sentence.durations.tolist()) == (7, [7, 10])
    sentence = cut(7, ["a", "e"], (1, np.array([5, 4]), 30))
    assert (sentence.start, sentence.durations.tolist()) == (0, [6, 6])
    assert sentence.frames == 12
    assert cut(7, ["a", "."], (9, np.array([60, 4]), 30)) is None


@pytest.fixture
def cache(tmp_path):
    rate, random = 16000, np.random.default_rng(0)
    clips = []
    for number in range(60):
        path = tmp_path / f"{number}.wav"
        write_audio(path, 0.1 * random.normal(size=rate // 2).astype("float32"), rate)
        text = "" if number == 59 else "as"
        clips.append(Clip(str(number), path, text))
    mel = LogMelSpectrogram(rate, 512, 160, 512, n_mels=20)
    prepare(clips, tmp_path / "features", mel, progress=False)
    return FeatureCache(tmp_path / "features")


def test_corpus(cache, monkeypatch):
    assert not segmented(cache)
    with pytest.raises(ValueError, match="segment_corpus"):
        read_sentences(cache, "train")
    report = segment_corpus(
        cache, lambda text: [[*text, "."]] if text else [], progress=False
    )
    assert report.clips + len(report.skipped) == len(cache)
    assert ("59", "no transcript") in report.skipped
    found = [
        s
        for split in ("train", "validation", "test")
        for s in read_sentences(cache, split)
    ]
    assert len(found) == report.clips
    for sentence in found:
        assert sentence.start + sentence.frames <= cache.clips[sentence.clip].frames
    learned = cache.indices("train")
    for number, clip in enumerate(cache.clips):
        assert (number in learned) == (clip.split == "train")
    text = (cache.directory / "sentences.json").read_text()
    model = types.SimpleNamespace(
        numbers=lambda symbols: np.arange(len(symbols)),
        encode=lambda numbers, *_, **__: (np.eye(3)[numbers], None),
    )
    assert refine_corpus(cache, model, progress=False).clips == report.clips
    path = cache.directory / "sentences.json"
    assert path.read_text() != text

    def unlike(number):
        mel = FeatureCache.conditioning(cache, number)
        return mel if number in learned else mel[::-1] + 1.0

    trained = read_sentences(cache, "train")
    monkeypatch.setattr(cache, "conditioning", unlike)
    segment_corpus(cache, lambda text: [[*text, "."]] if text else [], progress=False)
    refine_corpus(cache, model, progress=False)
    for left, right in zip(trained, read_sentences(cache, "train"), strict=True):
        np.testing.assert_array_equal(left.durations, right.durations)
    path.write_text(path.read_text().replace('"start": 0', '"start": 99999'))
    with pytest.raises(ValueError, match="of this corpus"):
        for split in ("train", "validation", "test"):
            read_sentences(cache, split)
