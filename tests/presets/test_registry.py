import runpy

import pytest

import keras_pwavenet
from keras_pwavenet.presets import PresetMixin, builtin_presets, registry


@pytest.mark.parametrize(
    "file",
    ["config.json", "metadata.json", "preprocessor.json", "model.weights.h5"],
)
def test_altered_file_is_an_error(builtins, classes, file):
    path = builtins / "tiny_voice" / file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"tiny_voice.*{file}.* damaged"):
        classes["Tiny"].from_preset("tiny_voice")


def test_missing_and_added_files_are_errors(builtins, classes):
    (builtins / "tiny_voice/model.weights.h5").unlink()
    with pytest.raises(ValueError, match=r"weights\.h5.*Received: .*sha256=None"):
        classes["Tiny"].from_preset("tiny_voice", load_weights=False)
    (builtins / "other_config/preprocessor.json").write_text("{}")
    with pytest.raises(ValueError, match=r"preprocessor\.json.*shipped with, None"):
        classes["Other"].from_preset("other_config", load_weights=False)


def test_index_wants_description_licence_and_card(builtins, model):
    (builtins / "tiny_voice/README.md").unlink()
    with pytest.raises(FileNotFoundError, match=r"model card README\.md"):
        registry.write_index()
    model.save_to_preset(builtins / "tiny_voice", {"description": "No licence."})
    before = (builtins / "index.json").read_bytes()
    with pytest.raises(ValueError, match="Expected a `licence`"):
        registry.write_index()
    assert (builtins / "index.json").read_bytes() == before
    assert not list(builtins.glob(".*"))


def test_shipped_index_is_current():
    assert registry.build_index() == builtin_presets(), (
        "run `python -m keras_pwavenet.presets`"
    )


def test_command_writes_the_index(builtins, capsys):
    expected = (builtins / "index.json").read_bytes()
    (builtins / "index.json").write_text("{}")
    runpy.run_module("keras_pwavenet.presets", run_name="__main__")
    assert (builtins / "index.json").read_bytes() == expected
    assert "other_config, tiny_voice" in capsys.readouterr().out


def test_every_shipped_preset_loads_offline(no_network):
    assert keras_pwavenet  # registers the models
    assert PresetMixin.presets.keys() == builtin_presets().keys()
    for name, entry in builtin_presets().items():
        model = PresetMixin.from_preset(name, load_weights=entry["weights"])
        assert model.count_params() == entry["parameter_count"]
        assert model.preprocessor is not None
