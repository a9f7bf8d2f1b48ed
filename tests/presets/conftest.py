"""A small registered model with a preprocessor, and a built-in folder of its own."""

import keras
import numpy as np
import pytest

from keras_pwavenet.presets import PresetMixin, registry


@keras.saving.register_keras_serializable(package="preset_tests")
class Features:
    def __init__(self, sample_rate=16000, hop_length=160):
        self.sample_rate = sample_rate
        self.hop_length = hop_length

    def get_config(self):
        return {"sample_rate": self.sample_rate, "hop_length": self.hop_length}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


class TinyBase(PresetMixin, keras.Model):
    def __init__(self, units=3, activation="tanh", **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.activation = activation
        self.dense = keras.layers.Dense(units, activation, dtype=self.dtype_policy)
        self.build((None, 2))

    def build(self, input_shape):
        self.dense.build(input_shape)
        self.built = True

    def call(self, inputs):
        return self.dense(inputs)

    def get_config(self):
        config = {"units": self.units, "activation": self.activation}
        return {**super().get_config(), **config}


@keras.saving.register_keras_serializable(package="preset_tests")
class Tiny(TinyBase):
    pass


@keras.saving.register_keras_serializable(package="preset_tests")
class TinyChild(Tiny):
    pass


@keras.saving.register_keras_serializable(package="preset_tests")
class Other(TinyBase):
    pass


class Unregistered(TinyBase):
    pass


@pytest.fixture
def classes():
    """The model classes, by name."""
    return {kind.__name__: kind for kind in (Tiny, TinyChild, Other, Unregistered)}


@pytest.fixture
def model():
    """A model with known random weights and a preprocessor that is not the default."""
    model = Tiny(units=4)
    rng = np.random.default_rng(3)
    model.set_weights([rng.normal(size=w.shape) for w in model.weights])
    model.preprocessor = Features(sample_rate=8000)
    return model


@pytest.fixture
def builtins(tmp_path, monkeypatch, model):
    """Two built-ins: `tiny_voice`, and `other_config`, which has no weights."""
    folder = tmp_path / "builtins"
    monkeypatch.setattr(registry, "FOLDER", folder)
    metadata = {"description": "A tiny voice.", "licence": "CC0-1.0"}
    model.save_to_preset(folder / "tiny_voice", metadata)
    Other(units=5).save_to_preset(folder / "other_config", metadata, save_weights=False)
    for name in ("tiny_voice", "other_config"):
        (folder / name / "README.md").write_text(f"# {name}\n")
    registry.write_index()
    return folder


@pytest.fixture
def no_network(monkeypatch):
    """Makes any use of a socket an error."""

    def refuse(*args, **kwargs):
        raise AssertionError("the network was touched")

    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(f"socket.{name}", refuse)
