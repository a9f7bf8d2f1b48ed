"""The formats by their names."""

import inspect

import pytest

from keras_pwavenet import export


@pytest.mark.parametrize("name", export.FORMATS)
def test_a_format_states_its_functions_options(name):
    function = getattr(export, export.FORMATS[name].function)
    _, _, *options = inspect.signature(function).parameters
    assert tuple(options) == export.FORMATS[name].options


def test_exports_by_name(monkeypatch):
    def written(model, path, frames=()):
        return model, path, frames

    monkeypatch.setattr(export, "export_litert", written)
    assert export.export("model", "path", "litert") == ("model", "path", ())
    found = export.export("model", "path", "litert", frames=[5])
    assert found == ("model", "path", [5])


@pytest.mark.parametrize(
    ("format", "options", "message"),
    [
        ("onx", {}, r"among saved_model, .*Received: format='onx'"),
        ("onnx", {"frames": [1]}, r"options of onnx among \[\]. Received: frames"),
    ],
)
def test_refuses(format, options, message):
    with pytest.raises(ValueError, match=message):
        export.export(None, "voice", format, **options)
