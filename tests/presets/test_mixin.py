import json

import h5py
import keras
import numpy as np
import pytest

from keras_pwavenet.presets import PresetMixin, preset_class
from keras_pwavenet.version import __version__


def predict(model):
    x = np.random.default_rng(0).normal(size=(5, 2)).astype("float32")
    return keras.ops.convert_to_numpy(model(x))


def test_round_trip_is_bit_equal(model, classes, tmp_path):
    model.save_to_preset(tmp_path / "voice")
    loaded = classes["Tiny"].from_preset(str(tmp_path / "voice"))
    assert type(loaded) is preset_class(tmp_path / "voice") is classes["Tiny"]
    assert loaded.units == 4
    np.testing.assert_array_equal(predict(loaded), predict(model))
    assert loaded.preprocessor.get_config() == model.preprocessor.get_config()


def test_a_trained_model_leaves_its_optimizer_out(model, tmp_path):
    optimizer = keras.optimizers.Adam()
    model.compile(optimizer, "mse")
    model.fit(np.ones((4, 2)), np.ones((4, 4)), verbose=0)
    model.save_to_preset(tmp_path / "voice")
    with h5py.File(tmp_path / "voice/model.weights.h5") as file:
        assert set(file) == {"dense", "vars"}
    assert model.optimizer is optimizer
    model.fit(np.ones((4, 2)), np.ones((4, 4)), verbose=0)
    assert optimizer.iterations == 2


def test_layout_is_kerashubs(model, tmp_path):
    model.compile(optimizer="adam", loss="mse")
    model.save_to_preset(tmp_path / "voice", {"licence": "CC0-1.0"})
    names = {path.name for path in (tmp_path / "voice").iterdir()}
    assert names == {
        "config.json",
        "metadata.json",
        "model.weights.h5",
        "preprocessor.json",
    }
    config = json.loads((tmp_path / "voice/config.json").read_text())
    assert config.keys() == {"module", "class_name", "config", "registered_name"}
    assert config["registered_name"] == "preset_tests>Tiny"
    metadata = json.loads((tmp_path / "voice/metadata.json").read_text())
    assert metadata["keras_version"] == keras.__version__
    assert metadata["keras_pwavenet_version"] == __version__
    assert metadata["parameter_count"] == 2 * 4 + 4
    assert metadata["licence"] == "CC0-1.0"
    assert metadata.keys() >= {"date_saved", "tasks"}


def test_no_preprocessor_no_file(model, classes, tmp_path):
    model.preprocessor = None
    model.save_to_preset(tmp_path / "voice")
    assert not (tmp_path / "voice/preprocessor.json").exists()
    assert classes["Tiny"].from_preset(tmp_path / "voice").preprocessor is None


def test_random_weights_and_overrides(model, classes, tmp_path):
    model.save_to_preset(tmp_path / "voice")
    load = classes["Tiny"].from_preset
    random = load(tmp_path / "voice", load_weights=False)
    assert np.abs(predict(random) - predict(model)).max() > 1e-3
    assert random.preprocessor.sample_rate == 8000
    linear = load(tmp_path / "voice", activation="linear")
    np.testing.assert_allclose(np.tanh(predict(linear)), predict(model), atol=1e-5)
    with pytest.raises(
        ValueError, match=r"Expected whole weights.*\['units'\] overridden"
    ):
        load(tmp_path / "voice", units=7)
    assert load(tmp_path / "voice", load_weights=False, units=7).units == 7


def test_dtype_is_the_current_policy_or_the_argument(model, classes, tmp_path):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        classes["Tiny"]().save_to_preset(tmp_path / "voice")
    finally:
        keras.config.set_dtype_policy("float32")
    config = json.loads((tmp_path / "voice/config.json").read_text())
    assert "mixed_bfloat16" in str(config["config"]["dtype"])
    load = classes["Tiny"].from_preset
    assert load(tmp_path / "voice").dtype_policy.name == "float32"
    mixed = load(tmp_path / "voice", dtype="mixed_bfloat16")
    assert mixed.dense.compute_dtype == "bfloat16"


def test_configuration_only(model, classes, tmp_path):
    model.save_to_preset(tmp_path / "voice", save_weights=False)
    assert not (tmp_path / "voice/model.weights.h5").exists()
    with pytest.raises(ValueError, match=r"with weights.*load_weights=False"):
        classes["Tiny"].from_preset(tmp_path / "voice")
    loaded = classes["Tiny"].from_preset(tmp_path / "voice", load_weights=False)
    assert loaded.units == 4


def test_another_class_is_named(model, classes, tmp_path):
    model.save_to_preset(tmp_path / "voice")
    for name in ("Other", "TinyChild"):
        with pytest.raises(
            ValueError, match=r"a `Tiny`, which is loaded by `Tiny\.from_preset`"
        ):
            classes[name].from_preset(str(tmp_path / "voice"))
    assert type(PresetMixin.from_preset(tmp_path / "voice")) is classes["Tiny"]


def test_subclass_loads_through_its_base(classes, tmp_path):
    classes["TinyChild"]().save_to_preset(tmp_path / "voice")
    loaded = classes["Tiny"].from_preset(tmp_path / "voice")
    assert type(loaded) is classes["TinyChild"]


@pytest.mark.parametrize("damage", ["garbage", "truncated"])
def test_damaged_weights_are_named(model, classes, tmp_path, damage):
    model.save_to_preset(tmp_path / "voice")
    path = tmp_path / "voice/model.weights.h5"
    content = path.read_bytes()
    path.write_bytes(b"nonsense" if damage == "garbage" else content[:2000])
    with pytest.raises(ValueError, match=r"model\.weights\.h5.*damaged"):
        classes["Tiny"].from_preset(tmp_path / "voice")


def test_saving_refuses(model, classes, tmp_path):
    with pytest.raises(ValueError, match="register_keras_serializable"):
        classes["Unregistered"]().save_to_preset(tmp_path / "voice")
    with pytest.raises(ValueError, match=r"written anyway.*keras_version"):
        model.save_to_preset(tmp_path / "voice", {"keras_version": "1"})
    with pytest.raises(TypeError, match="JSON serializable"):
        model.save_to_preset(tmp_path / "voice", {"licence": object()})
    assert list(tmp_path.iterdir()) == []


def test_presets_are_those_of_the_class(builtins, classes):
    assert set(classes["Tiny"].presets) == {"tiny_voice"}
    assert set(classes["Other"].presets) == {"other_config"}
    assert set(classes["TinyChild"].presets) == set()
    assert set(PresetMixin.presets) == {"tiny_voice", "other_config"}
    assert set(classes["Tiny"]().presets) == {"tiny_voice"}
    entry = classes["Tiny"].presets["tiny_voice"]
    assert entry["description"] == "A tiny voice."
    assert entry["licence"] == "CC0-1.0"
    assert entry["parameter_count"] == 12
    assert entry["weights"] is True
    assert classes["Other"].presets["other_config"]["weights"] is False


def test_builtin_needs_no_network(builtins, model, classes, no_network):
    loaded = classes["Tiny"].from_preset("tiny_voice")
    np.testing.assert_array_equal(predict(loaded), predict(model))
    assert loaded.preprocessor.sample_rate == 8000
    config = classes["Other"].from_preset("other_config", load_weights=False)
    assert config.units == 5


def test_the_network_guard_guards(no_network):
    import urllib.request

    with pytest.raises(AssertionError, match="network was touched"):
        urllib.request.urlopen("http://127.0.0.1:9/")
