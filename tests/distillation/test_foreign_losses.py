"""Losses of someone else's: what they are given, and what becomes of what they hold."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_pwavenet import Distiller
from keras_pwavenet.models.scale import own_numbers


def make(small, losses, **shared):
    distiller = Distiller(
        small.teacher(**shared), small.student(**shared), losses, seed=1
    )
    # XLA takes TensorFlow long to compile.
    jit = "auto" if keras.backend.backend() == "jax" else False
    distiller.compile(keras.optimizers.SGD(0.0), jit_compile=jit)
    return distiller


def data(small):
    inputs = small.inputs("audio", batch=4)
    return inputs, inputs["audio"]


class Asked(keras.losses.Loss):
    """Keeps what it is given."""

    def call(self, y_true, y_pred):
        self.given = keras.tree.map_structure(
            ops.convert_to_numpy, (y_true, dict(y_pred))
        )
        return ops.mean(y_pred["loc"])


def test_losses_get_what_they_state_and_share_the_inner_samples(small):
    losses = [Asked(name="own"), Asked(name="other")]
    for loss, compares in zip(losses, ("teacher", "other_teacher"), strict=True):
        loss.compares = compares
    distiller = make(small, losses, scale=0.8)
    inputs, audio = data(small)
    outputs = distiller(inputs)
    distiller.compute_loss(inputs, ops.convert_to_tensor(audio), outputs)
    (own, student), (other, same) = (loss.given for loss in losses)
    assert student.keys() == {"loc", "log_scale"}  # no one wants inner samples

    losses[0].inner_samples = losses[1].inner_samples = 3
    distiller = make(small, losses, scale=0.8)
    distiller.compute_loss(inputs, ops.convert_to_tensor(audio), outputs)
    (own, student), (other, same) = (loss.given for loss in losses)
    assert student["uniform"].shape == (*audio.shape, 3)
    for name in ("loc", "log_scale", "uniform"):
        np.testing.assert_array_equal(student[name], same[name])
    conditioning = inputs["conditioning"]
    for given, told in ((own, conditioning), (other, np.roll(conditioning, 1, 0))):
        spoken = {"conditioning": told, "audio": ops.convert_to_numpy(outputs["audio"])}
        with own_numbers():
            expected = ops.convert_to_numpy(distiller.teacher(spoken))
        np.testing.assert_allclose(given, expected, rtol=1e-4, atol=1e-5)
    assert np.abs(own - other).max() > 0.1


@keras.saving.register_keras_serializable(package="tests")
class Heard(keras.losses.Loss):
    """A loss of someone else's: it states nothing, and holds a layer."""

    def __init__(self, name="heard", layer=None):
        super().__init__(name=name)
        self.layers = [layer or keras.layers.Dense(1)]
        if not self.layers[0].built:
            self.layers[0].build((None, 8))

    def call(self, y_true, y_pred):
        shape = (-1, y_pred.shape[1] // 8, 8)
        made, true = (self.layers[0](ops.reshape(x, shape)) for x in (y_pred, y_true))
        return ops.mean(ops.square(made - true), axis=(1, 2))

    def get_config(self):
        layer = keras.saving.serialize_keras_object(self.layers[0])
        return {"name": self.name, "layer": layer}

    @classmethod
    def from_config(cls, config):
        layer = keras.saving.deserialize_keras_object(config["layer"])
        return cls(**{**config, "layer": layer})


def test_a_plain_loss_compares_audio(small):
    distiller = make(small, [keras.losses.MeanSquaredError(name="squares")])
    inputs, audio = data(small)
    found = distiller.evaluate(inputs, audio, 4, verbose=0, return_dict=True)
    outputs = make(small, ["stft"])(inputs)  # the same seed, hence the same noise
    drawn = ops.convert_to_numpy(outputs["audio"])
    assert found["squares"] == pytest.approx(np.square(drawn - audio).mean(), rel=1e-4)
    assert found["loss"] == found["squares"]


def test_what_a_loss_holds_is_frozen_state_and_saved(small, tmp_path):
    """New weights of the layer are seen by a step that is compiled already."""
    loss = Heard()
    (layer,) = loss.layers
    distiller = make(small, [loss])
    assert not layer.trainable_variables
    state = {id(w) for w in distiller.non_trainable_variables}
    assert {id(w) for w in layer.weights} <= state
    inputs, audio = data(small)
    first, second = (
        distiller.evaluate(inputs, audio, 4, verbose=0, return_dict=True)["heard"]
        for _ in range(2)
    )
    layer.set_weights([10 * w for w in layer.get_weights()])
    third = distiller.evaluate(inputs, audio, 4, verbose=0, return_dict=True)["heard"]
    assert second == pytest.approx(first, rel=0.5)
    assert third == pytest.approx(100 * second, rel=0.5)

    distiller.save(tmp_path / "distiller.keras")
    copy = keras.saving.load_model(tmp_path / "distiller.keras")
    (loaded,) = copy.terms[0][0].layers
    np.testing.assert_array_equal(loaded.get_weights()[0], layer.get_weights()[0])
    assert not loaded.trainable_variables
