"""Statements that are made questions, from which a model learns that these rise."""

import json
import runpy
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_pwavenet import AcousticModel
from keras_pwavenet.data import FeatureCache, read_sentences

SCRIPT = Path(__file__).parents[2] / "experiments" / "raise_questions.py"
SYMBOLS = (",", ".", ";", ":", "—", "!", "?", "a", "ˈi", "b")


@pytest.fixture(scope="module")
def said(features, tmp_path_factory):
    folder = tmp_path_factory.mktemp("said") / "tones"
    shutil.copytree(features, folder)
    cache = FeatureCache(folder)
    frames = cache.clips[-1].offset + cache.clips[-1].frames
    np.full(frames, 150.0, "<f4").tofile(folder / "pitch.float32")
    said = {"start": 0, "symbols": ["a", "ˈi", "b", "."], "durations": [6, 4, 3, 2]}
    sentences = [{"clip": clip.name, **said} for clip in cache.clips]
    (folder / "sentences.json").write_text(json.dumps(sentences))
    return cache


def make(cache):
    keras.utils.set_random_seed(1)
    small = {"encoder_layers": 1, "decoder_layers": 1, "pitch_layers": 1}
    model = AcousticModel(SYMBOLS, cache.mel, channels=4, pitch_channels=4, **small)
    model.pitch_output.bias.assign([0.0, 5.0])  # voiced
    return model


def test_half_of_the_statements_rise_from_the_last_stressed_vowel_on(said):
    model = make(said)
    batches = runpy.run_path(SCRIPT)["Questions"](
        model, model, said, read_sentences(said, "train"), semitones=12.0
    )
    inputs, targets, _ = batches.batch(0, 0)
    asked = inputs["symbols"][:, 3] == SYMBOLS.index("?") + 1
    assert 0.2 < asked.mean() < 0.8
    stated = inputs["symbols"].copy()
    stated[asked, 3] = SYMBOLS.index(".") + 1
    told = model({**inputs, "symbols": stated})["pitch"]
    height = keras.ops.convert_to_numpy(told)[..., 0]
    found = np.log(targets["pitch"])
    np.testing.assert_allclose(found[~asked], height[~asked], rtol=0, atol=1e-5)
    np.testing.assert_allclose(found[asked, :6], height[asked, :6], rtol=0, atol=1e-5)
    line = np.log(2) * np.minimum(np.arange(9) / 7, 1)  # an octave in seven frames
    expected = height[asked, 1:7].mean(axis=1, keepdims=True) + line
    np.testing.assert_allclose(found[asked, 6:15], expected, rtol=0, atol=1e-5)


def test_the_pitch_alone_is_trained(said, script, tmp_path):
    model = make(said)
    model.save_to_preset(tmp_path / "flat")
    places = (said.directory, tmp_path / "flat", tmp_path / "rising")
    script(SCRIPT.relative_to(SCRIPT.parents[1]), *places, "--steps", 2)
    taught = AcousticModel.from_preset(tmp_path / "rising")
    moved = [
        before.path
        for before, after in zip(model.weights, taught.weights, strict=True)
        if not np.array_equal(*map(keras.ops.convert_to_numpy, (before, after)))
    ]
    assert moved
    assert all("pitch_" in path for path in moved)
