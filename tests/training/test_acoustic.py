"""An acoustic model is trained as the others are: the same run, its own batches."""

import json
import shutil
import signal

import keras
import numpy as np
import pytest

from keras_pwavenet import AcousticModel, training
from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.data import FeatureCache, Sentence, SentenceBatches, read_sentences
from keras_pwavenet.training import run
from keras_pwavenet.training.distribution import batches

EAGER = keras.backend.backend() == "tensorflow"
SYMBOLS = (",", ".", ";", ":", "—", "!", "a", "b")


@pytest.fixture(scope="session")
def said(features, tmp_path_factory):
    """The corpus with pitch and sentences."""
    folder = tmp_path_factory.mktemp("said") / "tones"
    shutil.copytree(features, folder)
    cache = FeatureCache(folder)
    frames = cache.clips[-1].offset + cache.clips[-1].frames
    np.full(frames, 150.0, "<f4").tofile(folder / "pitch.float32")
    sentences = [
        {
            "clip": clip.name,
            "start": 0,
            "symbols": ["a", ",", "b", "."],
            "durations": [6, 2, 5, 2],
        }
        for clip in cache.clips
    ]
    (folder / "sentences.json").write_text(json.dumps(sentences))
    return cache


def make(cache):
    keras.utils.set_random_seed(1)
    small = {"encoder_layers": 1, "decoder_layers": 1, "pitch_layers": 1}
    small |= {"channels": 4, "pitch_channels": 4}
    model = AcousticModel(SYMBOLS, cache.mel, **small)
    training.compile_acoustic(model, training.optimizer(ema=0.9))
    model.run_eagerly = EAGER
    return model


def fit(model, cache, folder, steps, **options):
    options = {"frames": 300, "verbose": 0, **options}
    return training.fit_acoustic(model, cache, folder, steps=steps, **options)


class Interrupt(keras.callbacks.Callback):
    def __init__(self, step):
        super().__init__()
        self.left = step

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if not self.left:
            signal.raise_signal(signal.SIGINT)


def test_goes_on_exactly_and_says_what_it_does(
    said, tmp_path, assert_same_files, monkeypatch, capsys
):
    """Epochs of two batches; interrupted in the second, which is validated."""
    monkeypatch.setattr(run, "VALIDATE_EVERY", 2)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    model = make(said)
    history = fit(model, said, whole, 5, verbose=1)
    first, *lines, last = capsys.readouterr().out.splitlines()
    assert first.startswith("AcousticModel on ") and first.endswith(
        f"begins in {whole}"
    )
    assert lines[0].startswith("Step 2 of 5, 40%, ") and "mel loss " in lines[0]
    assert "validation loss " in lines[1]
    assert last.startswith("Done after step 5: 5 steps of ")
    assert history.epoch == [0, 1, 2]

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with pytest.raises(KeyboardInterrupt, match=r"Saved after step 3\. "):
        fit(make(said), said, parts, 5, callbacks=[Interrupt(3)])
    signal.signal(signal.SIGINT, before)
    again = make(said)
    assert fit(again, said, parts, 5).epoch == [1, 2]
    name = "checkpoint.weights.h5"
    assert_same_files(whole / name, parts / name)
    one, other = ((folder / "history.csv").read_text() for folder in (whole, parts))
    assert one == other
    for weight, expected in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, expected)


def test_what_makes_another_run_is_refused(said, tmp_path, monkeypatch):
    fit(make(said), said, tmp_path / "run", 1)
    for options in ({"frames": 200}, {"seed": 1}):
        with pytest.raises(ValueError, match=f"{next(iter(options))}="):
            fit(make(said), said, tmp_path / "run", 2, **options)
    model = make(said)
    model.preprocessor = LogMelSpectrogram(8000, 256, 80, 200, n_mels=8, fmax=3000)
    for options, message in (({"steps": 0}, "steps=0"), ({"steps": 1}, "fmax.*3000")):
        with pytest.raises(ValueError, match=message):
            fit(model, said, tmp_path / "other", **options)
    assert not (tmp_path / "other").exists()


@pytest.mark.tensorflow
def test_lengths_that_the_first_batches_share_are_not_those_of_all(said):
    """Keras would take them for those of all, and fail at the first other one."""
    sentences = read_sentences(said, "train")[:3]
    sentences.append(Sentence(9, 0, ("a",) * 20, np.ones(20, "int64")))
    data = SentenceBatches(make(said), said, sentences, 15, fixed=True)
    lengths = []
    for step, (inputs, *_) in zip(range(4), batches(data), strict=False):
        for name, array in data.batch(0, step)[0].items():
            np.testing.assert_array_equal(inputs[name], array)
        lengths.append(inputs["symbols"].shape[1])
    assert lengths == [16, 16, 16, 32]


def refiner(cache, **options):
    found = training.MelRefiner(make(cache), channels=2, **options)
    found.compile(training.optimizer(1e-2, ema=0.9))
    found.run_eagerly = EAGER
    return found


def test_the_mel_alone_is_trained(said, tmp_path):
    model = refiner(said)
    weights = model.acoustic_model.weights
    before = [keras.ops.convert_to_numpy(weight) for weight in weights]
    critic = model.critic.get_weights()
    history = fit(model, said, tmp_path / "run", 2)
    after = [keras.ops.convert_to_numpy(weight) for weight in weights]
    moved = [
        weight.path
        for weight, *values in zip(weights, before, after, strict=True)
        if not np.array_equal(*values)
    ]
    assert moved
    assert all("mel_" in path for path in moved)
    assert any(
        (a != b).any() for a, b in zip(critic, model.critic.get_weights(), strict=True)
    )
    terms = ("loss", "critic", "fooled", "layers", "mel")
    assert all(np.isfinite(history.history[term]).all() for term in terms)


def test_refining_goes_on_exactly(said, tmp_path, assert_same_files):
    fit(refiner(said), said, tmp_path / "whole", 5)
    fit(refiner(said), said, tmp_path / "parts", 3)
    fit(refiner(said), said, tmp_path / "parts", 5)
    assert_same_files(
        *(tmp_path / run / "checkpoint.weights.h5" for run in ("whole", "parts"))
    )


def test_padding_counts_for_nothing(said):
    model = refiner(said)
    inputs, targets, weights = SentenceBatches(
        model, said, read_sentences(said, "train"), fixed=True
    ).batch(0, 0)
    assert not weights["mel"].all()
    losses = []
    for padding in (0.0, 1.0):
        mel = targets["mel"].copy()
        mel[weights["mel"] == 0] = padding
        found = model(inputs, training=False)
        loss = model.compute_loss(inputs, {"mel": mel}, found, weights)
        losses.append(float(keras.ops.convert_to_numpy(loss)))
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)


def test_the_loss_is_the_sum_that_is_stated(said):
    model = refiner(said, distance=0.5, fooled=0.25, layers=3)
    data = SentenceBatches(model, said, read_sentences(said, "train"), fixed=True)
    found = model.evaluate(data, verbose=0, return_dict=True)
    weights = {"mel": 0.5, "fooled": 0.25, "layers": 3, "critic": 1}
    total = sum(weight * found[term] for term, weight in weights.items())
    assert found["loss"] == pytest.approx(total, rel=1e-5)


def test_refuses_a_negative_weight(said):
    with pytest.raises(ValueError, match="Received: fooled=-1"):
        refiner(said, fooled=-1)


def test_a_refiner_serialises(said):
    model = refiner(said, distance=0.5, fooled=0.25, layers=3)
    saved = keras.saving.serialize_keras_object(model)
    copy = keras.saving.deserialize_keras_object(saved)
    assert copy.get_config() == model.get_config()
    assert copy.weights_of == model.weights_of
