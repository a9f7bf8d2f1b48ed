"""A corpus beside itself, with the mels of an acoustic model."""

import json
import shutil
import types

import numpy as np
import pytest
from keras import ops

from keras_pwavenet.audio import to_int16
from keras_pwavenet.data import FeatureCache, predict_corpus

SYMBOLS = (",", ".", ";", ":", "—", "!", "a", "b")


@pytest.fixture
def said(cache, tmp_path):
    """A copy of the corpus with pitch and sentences."""
    folder = tmp_path / "said"
    shutil.copytree(cache.directory, folder)
    frames = cache.clips[-1].offset + cache.clips[-1].frames
    (np.arange(frames) % 300).astype("<f4").tofile(folder / "pitch.float32")
    sentences = [
        {
            "clip": clip.name,
            "start": 1,
            "symbols": ["a", ",", "b", "."],
            "durations": [1, 0, 2, clip.frames - 4],
        }
        for clip in cache.clips
        if clip.frames > 4
    ]
    (folder / "sentences.json").write_text(json.dumps(sentences))
    return FeatureCache(folder)


class Teller:
    """Tells a mel by the symbol of each frame and its pitch, far out in the padding."""

    num_speakers = 0

    def __init__(self, cache):
        self.preprocessor = cache.mel

    def numbers(self, symbols):
        return np.array([1 + SYMBOLS.index(symbol) for symbol in symbols], "int32")

    def __call__(self, inputs, training):
        assert training is False
        symbols = np.take_along_axis(inputs["symbols"], inputs["owners"], 1)
        told = 0.1 * symbols + inputs["pitch"] / 1000
        told = np.where(inputs["valid"], told, 99.0)[..., None]
        mel = np.repeat(told, self.preprocessor.n_mels, -1).astype("float32")
        return {"mel": ops.convert_to_tensor(mel)}


def test_each_sentence_stands_beside_its_clip(said, tmp_path):
    found = predict_corpus(said, Teller(said), tmp_path / "both")
    count, hop = len(said), said.mel.hop_length
    assert found.clips[:count] == said.clips
    rows = json.loads((said.directory / "sentences.json").read_text())
    assert len(found) == count + len(rows)
    place = {clip.name: number for number, clip in enumerate(found.clips)}
    for row in rows:
        old, new = place[row["clip"]], place[f"{row['clip']}/predicted"]
        frames = sum(row["durations"])
        one, other = found.clips[old], found.clips[new]
        assert other.frames == frames
        kept = ("split", "prompt", "text", "speaker")
        assert [getattr(one, n) for n in kept] == [getattr(other, n) for n in kept]
        piece = said.audio(old, hop, frames * hop)
        np.testing.assert_array_equal(to_int16(found.audio(new)), to_int16(piece))
        pitch = said.pitch(old, 1, frames)
        np.testing.assert_array_equal(found.pitch(new), pitch)
        symbols = np.repeat([7, 1, 8, 2], row["durations"])
        told = np.clip(0.1 * symbols + pitch / 1000, *said.mel.value_range)
        mel = found.conditioning(new)
        np.testing.assert_allclose(mel, np.tile(told[:, None], mel.shape[1]), rtol=1e-6)
    for number in range(count):
        np.testing.assert_array_equal(
            found.conditioning(number), said.conditioning(number)
        )


def test_what_does_not_fit_is_refused_and_nothing_written(said, tmp_path):
    both = tmp_path / "both"
    other = types.SimpleNamespace(preprocessor=said.mel, num_speakers=9)
    with pytest.raises(ValueError, match="num_speakers=9"):
        predict_corpus(said, other, both)
    (said.directory / "sentences.json").rename(tmp_path / "sentences.json")
    with pytest.raises(ValueError, match=r"sentences\.json"):
        predict_corpus(said, Teller(said), both)
    (tmp_path / "sentences.json").rename(said.directory / "sentences.json")
    (said.directory / "pitch.float32").unlink()
    with pytest.raises(ValueError, match=r"pitch\.float32"):
        predict_corpus(said, Teller(said), both)
    assert not both.exists()


def test_predicted_mels_are_not_predicted_again(said, tmp_path):
    both = predict_corpus(said, Teller(said), tmp_path / "both")
    with pytest.raises(ValueError, match=r"Received: clip='.*/predicted'"):
        predict_corpus(both, Teller(both), tmp_path / "again")
