"""A corpus read as what is said: the same folder, its clips, their sentences."""

import json
import shutil

import numpy as np
import pytest

from keras_pwavenet.data import FeatureCache, LinguisticCache, RandomCrops, cache_of
from keras_pwavenet.data.split import SPLITS
from keras_pwavenet.text import LinguisticFeatures


@pytest.fixture(scope="module")
def folder(cache, tmp_path_factory):
    """The corpus with a pitch that tells frames apart, and all but ten sentences."""
    folder = tmp_path_factory.mktemp("said") / "corpus"
    shutil.copytree(cache.directory, folder)
    frames = cache.clips[-1].offset + cache.clips[-1].frames
    (100.0 + np.arange(frames)).astype("<f4").tofile(folder / "pitch.float32")
    sentences = [
        {
            "clip": clip.name,
            "start": 2,
            "symbols": ["h", "ˈaɪ", "."],
            "durations": [1, clip.frames - 5, 1],
        }
        for clip in cache.clips[10:]
        if clip.frames > 5
    ]
    (folder / "sentences.json").write_text(json.dumps(sentences))
    return folder


@pytest.fixture(scope="module")
def said(folder):
    return LinguisticCache(folder)


def test_features_are_those_of_the_clip_s_sentence(said):
    clip = 30
    frames, offset = said.clips[clip].frames, said.clips[clip].offset
    expected = said.preprocessor(
        [" ", "h", "ˈaɪ", ".", " "],
        [2, 1, frames - 5, 1, 1],
        100.0 + offset + np.arange(frames),
    )
    np.testing.assert_array_equal(said.conditioning(clip), expected)
    np.testing.assert_array_equal(said.conditioning(clip, 7, 9), expected[7:16])
    np.testing.assert_array_equal(said.conditioning(clip, 7), expected[7:])
    with pytest.raises(ValueError, match="Received: clip=30, start=0"):
        said.conditioning(clip, 0, frames + 1)


def test_clips_without_sentence_are_in_no_split(said, cache):
    found = [said.indices(split) for split in ("train", "validation", "test")]
    wanted = [i for i, c in enumerate(cache.clips) if i >= 10 and c.frames > 5]
    assert sorted(np.concatenate(found).tolist()) == wanted
    assert sum(map(len, map(cache.indices, SPLITS))) == len(cache) > len(wanted)
    with pytest.raises(ValueError, match="Received: clip='part/3'"):
        said.conditioning(3)


def test_crops_end_in_silence(said):
    crops = RandomCrops(said, "train", 8, 80, 4)
    inputs, audio = crops[0]
    assert inputs["conditioning"].shape == (8, 80, said.preprocessor.channels)
    assert audio.shape == (8, 80 * said.mel.hop_length)
    silence = said.preprocessor.silence
    short = [row for row in inputs["conditioning"] if (row[-1] == silence).all()]
    assert 0 < len(short)
    assert all((row[:2] != silence).any() for row in short)


def test_the_model_s_features_choose_how_a_corpus_is_read(folder, said):
    assert isinstance(cache_of(folder, said.preprocessor), LinguisticCache)
    for preprocessor in (None, said.mel):
        assert type(cache_of(folder, preprocessor)) is FeatureCache
    assert FeatureCache(folder).preprocessor is not said.mel
    assert isinstance(said.preprocessor, LinguisticFeatures)
    assert said.preprocessor.hop_length == said.mel.hop_length == 80


@pytest.mark.parametrize("missing", ["pitch.float32", "sentences.json"])
def test_a_corpus_that_was_not_annotated_is_refused(folder, tmp_path, missing):
    shutil.copytree(folder, tmp_path / "corpus")
    (tmp_path / "corpus" / missing).unlink()
    with pytest.raises(ValueError, match="pwavenet annotate"):
        LinguisticCache(tmp_path / "corpus")
