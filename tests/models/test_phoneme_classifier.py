"""The classifier: what it hears when, learning, features, saving."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_pwavenet.models import PhonemeClassifier

SMALL = {
    "classes": 3,
    "hop_length": 8,
    "block_size": 4,
    "num_layers": 2,
    "num_cycles": 1,
    "residual_channels": 6,
    "lookahead": 2,
}


def make(scale=0.5, **options):
    model = PhonemeClassifier(**{**SMALL, **options})
    rng = np.random.default_rng(1)
    model.set_weights([scale * rng.normal(size=w.shape) for w in model.get_weights()])
    return model


def test_hears_the_past_and_a_little_ahead(run):
    model = make()
    audio = np.random.default_rng(2).normal(size=(1, 80)).astype("float32")
    logits = run(model, {"audio": audio})
    assert logits.shape == (1, 10, 3)
    changed = audio.copy()
    changed[0, 48:56] += 1  # frame 6
    difference = np.abs(run(model, {"audio": changed}) - logits).max(axis=(0, 2))
    # Frame 4 hears frames 5 and 6. The field is 9 steps of half a frame; frame 8's last
    # reaches back to the first of frame 6.
    assert (difference[4:9] > 1e-4).all()
    assert (np.delete(difference, range(4, 9)) == 0).all()


def test_features_are_what_the_logits_are_made_of(run):
    model = make(lookahead=0)
    audio = np.random.default_rng(3).normal(size=(2, 40)).astype("float32")
    maps = run(model.features, audio)
    assert [m.shape for m in maps] == [(2, 10, 6)] * 2
    frames = sum(maps).reshape(2, 5, 2, 6).mean(axis=2) / np.sqrt(2)
    kernel, bias, output_kernel, output_bias = map(
        ops.convert_to_numpy, [*model.hidden.weights, *model.logits.weights]
    )
    hidden = np.maximum(np.maximum(frames, 0) @ kernel + bias, 0)
    expected = hidden @ output_kernel + output_bias
    np.testing.assert_allclose(run(model, {"audio": audio}), expected, atol=1e-4)


def test_learns_which_frames_are_loud():
    rng = np.random.default_rng(4)
    phones = rng.integers(0, 3, (16, 10)).astype("int32")
    audio = rng.normal(size=(16, 10, 8)) * 3.0 ** phones[..., None]
    audio = 0.1 * audio.reshape(16, 80).astype("float32")
    known = np.ones((16, 10), "float32")
    known[:, :5] = 0
    phones[:, :5] = 2  # wrong, but not known
    model = PhonemeClassifier(**SMALL)
    model.compile(
        keras.optimizers.Adam(0.02),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        weighted_metrics=["accuracy"],
        jit_compile="auto" if keras.backend.backend() == "jax" else False,
    )
    model.fit({"audio": audio}, phones, 4, 30, sample_weight=known, verbose=0)
    found = np.argmax(model.predict({"audio": audio}, verbose=0), axis=-1)
    assert (found == phones)[:, 5:].mean() > 0.8
    assert (found == phones)[:, :5].mean() < 0.6


def test_saves_and_mixes_precisions(tmp_path, run):
    model = make(dtype="mixed_bfloat16")
    audio = np.random.default_rng(5).normal(size=(1, 16)).astype("float32")
    logits = run(model, {"audio": audio})
    assert logits.dtype == np.float32
    assert all(m.dtype == np.float32 for m in run(model.features, audio))
    model.save_to_preset(tmp_path / "preset")
    copy = PhonemeClassifier.from_preset(tmp_path / "preset", dtype="mixed_bfloat16")
    np.testing.assert_allclose(run(copy, {"audio": audio}), logits, atol=1e-6)
    wide = make()
    found = run(wide, {"audio": audio})
    np.testing.assert_allclose(logits, found, atol=0.1 * np.abs(found).max())


def test_refuses_blocks_that_do_not_fit():
    with pytest.raises(ValueError, match="block_size=3, hop_length=8"):
        PhonemeClassifier(**{**SMALL, "block_size": 3})
