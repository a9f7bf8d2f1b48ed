import sys
import types

import pytest

from keras_pwavenet.presets import resolve


def fake_module(monkeypatch, name, **members):
    module = types.ModuleType(name)
    vars(module).update(members)
    monkeypatch.setitem(sys.modules, name, module)


def failing(error):
    def download(*args, **kwargs):
        raise error

    return download


def test_near_miss_suggests_the_name(builtins):
    with pytest.raises(ValueError, match="Did you mean 'tiny_voice'") as caught:
        resolve("Tiny_Voise")
    assert "pwavenet presets" in str(caught.value)
    assert str(caught.value).endswith("Received: preset='Tiny_Voise'")
    with pytest.raises(ValueError, match="Expected a built-in name") as caught:
        resolve("qqqq")
    assert "Did you mean" not in str(caught.value)


def test_builtin_comes_before_a_folder_of_its_name(
    builtins, model, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    model.save_to_preset("tiny_voice")
    assert resolve("tiny_voice") == builtins / "tiny_voice"
    assert resolve("./tiny_voice").resolve() == tmp_path / "tiny_voice"
    model.save_to_preset("mine")
    assert resolve("mine").resolve() == tmp_path / "mine"


def test_missing_folder(tmp_path):
    for preset in (tmp_path / "nothing", str(tmp_path / "nothing"), "./nothing"):
        with pytest.raises(FileNotFoundError, match="Expected a preset's folder"):
            resolve(preset)


@pytest.mark.parametrize(
    ("preset", "message"),
    [
        ("hf://model", "Expected 'hf://organisation/model"),
        ("hf://a/b/c", "Expected 'hf://organisation/model"),
        ("kaggle://a/b", "Expected 'kaggle://organisation/model/framework"),
        ("s3://bucket/model", "Expected one of the schemes"),
    ],
)
def test_malformed_handles(preset, message):
    with pytest.raises(ValueError, match=message):
        resolve(preset)


def test_hugging_face(model, classes, tmp_path, monkeypatch):
    model.save_to_preset(tmp_path)
    calls = []

    def snapshot_download(repository, revision, allow_patterns):
        calls.append((repository, revision))
        assert "model.weights.h5" in allow_patterns
        return str(tmp_path)

    fake_module(monkeypatch, "huggingface_hub", snapshot_download=snapshot_download)
    assert classes["Tiny"].from_preset("hf://me/voice").units == 4
    assert classes["Tiny"].from_preset("hf://me/voice@v1").units == 4
    assert calls == [("me/voice", None), ("me/voice", "v1")]


def test_kaggle(model, classes, tmp_path, monkeypatch):
    model.save_to_preset(tmp_path)
    calls = []

    def model_download(handle):
        calls.append(handle)
        return str(tmp_path)

    fake_module(monkeypatch, "kagglehub", model_download=model_download)
    assert classes["Tiny"].from_preset("kaggle://me/voice/keras/small/2").units == 4
    assert calls == ["me/voice/keras/small/2"]


@pytest.mark.parametrize(
    ("preset", "module", "extra"),
    [
        ("hf://me/voice", "huggingface_hub", "hf"),
        ("kaggle://me/voice/keras/small", "kagglehub", "kaggle"),
    ],
)
def test_missing_library_says_what_to_install(monkeypatch, preset, module, extra):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match="pip install "):
        resolve(preset)


def test_network_failure_is_named(monkeypatch):
    class ConnectError(Exception):
        __module__ = "httpx"

    for error in (ConnectError("no route"), OSError("no route"), TimeoutError("late")):
        fake_module(monkeypatch, "huggingface_hub", snapshot_download=failing(error))
        with pytest.raises(ConnectionError, match=r"The network failed.*Received"):
            resolve("hf://me/voice")


def test_refusal_is_not_called_a_network_failure(monkeypatch):
    error = OSError("404")
    error.response = types.SimpleNamespace(status_code=404)
    fake_module(monkeypatch, "huggingface_hub", snapshot_download=failing(error))
    with pytest.raises(ValueError, match=r"me/voice.*refused with HTTP status 404"):
        resolve("hf://me/voice")


def test_other_errors_pass_through(monkeypatch):
    fake_module(monkeypatch, "kagglehub", model_download=failing(TypeError("a bug")))
    with pytest.raises(TypeError, match="a bug"):
        resolve("kaggle://me/voice/keras/small")
