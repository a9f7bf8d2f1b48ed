"""Batches of sentences: each once an epoch, and the same ones for one who goes on."""

import types

import numpy as np
import pytest

from keras_pwavenet.data import Sentence, SentenceBatches

SYMBOLS = (",", ".", ";", ":", "—", "!", "a", "b")
MODEL = types.SimpleNamespace(
    numbers=lambda symbols: np.array([1 + SYMBOLS.index(s) for s in symbols], "int32"),
    num_speakers=2,
)
SAID = ("a", ",", "b", ".")


@pytest.fixture
def sentences(cache, monkeypatch):
    """One of each clip but those too short; the pitch tells frames apart."""
    monkeypatch.setattr(
        cache, "pitch", lambda clip, start, frames: 1000.0 * clip + np.arange(frames)
    )
    return [
        Sentence(number, 1, SAID, np.array([1, 0, 2, clip.frames - 4]))
        for number, clip in enumerate(cache.clips)
        if clip.frames > 4
    ]


def make(cache, sentences, **options):
    return SentenceBatches(MODEL, cache, sentences, **{"frames": 200, **options})


def clips_of(batches, epoch):
    """The clips of each batch of an epoch."""
    found = [batches.batch(epoch, step)[0] for step in range(batches.steps)]
    return [(inputs["pitch"][:, 0] // 1000).astype(int).tolist() for inputs in found]


def same(batch, other):
    for arrays, expected in zip(batch, other, strict=True):
        assert arrays.keys() == expected.keys()
        for name, array in arrays.items():
            np.testing.assert_array_equal(array, expected[name])


def test_an_epoch_has_each_sentence_once(cache, sentences):
    batches = make(cache, sentences)
    wanted = [sentence.clip for sentence in sentences]
    epochs = [clips_of(batches, epoch) for epoch in range(3)]
    for epoch in epochs:
        assert sorted(clip for clips in epoch for clip in clips) == wanted
    assert epochs[0] != epochs[1] != epochs[2]
    sizes = [sorted(map(len, epoch)) for epoch in epochs]
    assert sizes[0] == sizes[1] == sizes[2] and len(sizes[0]) == len(batches) > 10
    lengths = {sentence.clip: sentence.frames for sentence in sentences}
    for clips in epochs[0]:
        frames = [lengths[clip] for clip in clips]
        assert max(frames) * len(frames) < 260
        assert max(frames) < 2 * min(frames)


def test_a_batch_depends_on_its_number_alone(cache, sentences):
    whole = make(cache, sentences, seed=3)
    for epoch, first in ((0, 0), (2, 4), (2, len(whole) - 1)):
        rest = make(cache, sentences, seed=3, epoch=epoch, first=first)
        assert len(rest) == len(whole) - first
        for index in reversed(range(len(rest))):
            same(rest[index], whole.batch(epoch, first + index))
    assert clips_of(make(cache, sentences, seed=4), 0) != clips_of(whole, 0)


def test_a_sentence_stands_in_its_row(cache, sentences):
    inputs, targets, weights = make(cache, sentences, fixed=True).batch(5, 0)
    sentence = min(sentences, key=lambda sentence: sentence.frames)
    frames, clip = sentence.frames, sentence.clip
    np.testing.assert_array_equal(inputs["symbols"][0], [7, 1, 8, 2] + [0] * 12)
    np.testing.assert_array_equal(targets["durations"][0, :4], sentence.durations)
    np.testing.assert_array_equal(inputs["owners"][0, :4], [0, 2, 2, 3])
    mel = cache.conditioning(clip, 1, frames)
    np.testing.assert_array_equal(targets["mel"][0, :frames], mel)
    assert not targets["mel"][0, frames:].any()
    for name, count in {"durations": 4, "pitch": frames, "mel": frames}.items():
        assert weights[name].shape == targets[name].shape[:2]
        assert weights[name][0].sum() == weights[name][0, :count].sum() == count
    assert inputs["speaker"][0] == cache.speaker_ids()[clip]


def test_pauses_are_taken_for_others_where_it_learns_alone(cache, sentences):
    counts = np.zeros(1 + len(SYMBOLS))
    learnt = make(cache, sentences)
    for epoch in range(12):
        for step in range(len(learnt)):
            symbols = learnt.batch(epoch, step)[0]["symbols"]
            counts += np.bincount(symbols.ravel(), minlength=len(counts))
    said = 12 * len(sentences)
    assert counts[[7, 8]].tolist() == [said, said]
    assert counts[[3, 4, 5]].sum() / said == pytest.approx(0.2, abs=0.06)
    assert 0 < counts[6] / said < 0.06
    held_out = make(cache, sentences, fixed=True)
    for step in range(len(held_out)):
        for row in held_out[step][0]["symbols"]:
            assert row[:4].tolist() == [7, 1, 8, 2]


def test_refuses(cache, sentences, monkeypatch):
    for name, value in {"frames": 0, "seed": -1, "epoch": -1, "first": 1000}.items():
        with pytest.raises(ValueError, match=f"Received: .*{name}={value}"):
            make(cache, sentences, **{name: value})
    with pytest.raises(ValueError, match="Received: 0 sentences"):
        make(cache, [])
    monkeypatch.undo()
    with pytest.raises(ValueError, match=r"pitch\.float32"):
        make(cache, sentences)
