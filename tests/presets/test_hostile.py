"""Presets that are damaged or lie are refused before anything is built."""

import json
import shutil

import h5py
import numpy as np
import pytest

from keras_pwavenet import AcousticModel, ParallelWaveNet, PitchPredictor
from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.presets import layout, storage

NAN, HUGE = float("nan"), 10**9


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A preset of a voice with every kind of setting."""
    mel = LogMelSpectrogram(8000, 256, 80, 256, 20)
    voice = ParallelWaveNet(
        flow_layers=(2,),
        layers_per_cycle=2,
        residual_channels=4,
        upsample_channels=4,
        preprocessor=mel,
        pitch_predictor=PitchPredictor(20, 4, bins=8),
    )
    folder = tmp_path_factory.mktemp("saved") / "voice"
    voice.save_to_preset(folder)
    return folder


@pytest.fixture
def preset(saved, tmp_path):
    shutil.copytree(saved, tmp_path / "voice")
    return tmp_path / "voice"


@pytest.fixture
def nothing_is_built(monkeypatch):
    def fail(*arguments, **options):
        raise AssertionError("a model was built")

    monkeypatch.setattr(ParallelWaveNet, "from_config", fail)


def change(path, key, value):
    """Changes a setting, `outer.inner` if it is nested, and makes the hashes fit."""
    content = json.loads(path.read_text())
    settings = content["config"]
    *outer, key = key.split(".")
    for name in outer:
        settings = settings[name]
    settings[key] = value
    path.write_text(json.dumps(content))
    rehash(path.parent)


def rehash(folder):
    metadata = json.loads((folder / "metadata.json").read_text())
    contents = {path.name: path.read_bytes() for path in folder.iterdir()}
    metadata["sha256"] = storage.hashes(contents)
    (folder / "metadata.json").write_text(json.dumps(metadata))


@pytest.mark.parametrize(
    ("file", "key", "value"),
    [
        ("config.json", "flow_layers", [10**5]),
        ("config.json", "flow_layers", [200] * 200),
        ("config.json", "flow_layers", 7),
        ("config.json", "flow_layers", ["7"]),
        ("config.json", "flow_layers", [0] * 10**5),
        ("config.json", "upsample_factors", [1] * 10**5),
        ("config.json", "upsample_channels", 4096),
        ("config.json", "residual_channels", HUGE),
        ("config.json", "residual_channels", 4096),
        ("config.json", "residual_channels", -3),
        ("config.json", "residual_channels", 64.0),
        ("config.json", "residual_channels", "64"),
        ("config.json", "residual_channels", True),
        ("config.json", "kernel_size", None),
        ("config.json", "layers_per_cycle", 60),
        ("config.json", "block_size", 10**400),
        ("config.json", "initial_scale", NAN),
        ("config.json", "hop_length", 160),
        ("config.json", "num_speakers", HUGE),
        ("config.json", "no_such_setting", 1),
        ("config.json", "pitch_predictor.channels", HUGE),
        ("config.json", "pitch_predictor.num_layers", 10**5),
        ("config.json", "pitch_predictor.lowest", NAN),
        ("config.json", "pitch_predictor.no_such_setting", 1),
        ("preprocessor.json", "hop_length", 81),
        ("preprocessor.json", "hop_length", HUGE),
        ("preprocessor.json", "n_mels", 10**6),
        ("preprocessor.json", "n_mels", 4096),
        ("preprocessor.json", "n_fft", HUGE),
        ("preprocessor.json", "floor", NAN),
        ("preprocessor.json", "offset", float("inf")),
        ("preprocessor.json", "scale", "1"),
        ("preprocessor.json", "sample_rate", [8000]),
    ],
)
def test_setting_is_refused(preset, nothing_is_built, file, key, value):
    change(preset / file, key, value)
    with pytest.raises(ValueError) as refused:
        ParallelWaveNet.from_preset(preset)
    message = str(refused.value)
    assert str(preset) in message and file in message
    if value != 4096 and not isinstance(value, list):  # these are too much together
        assert key.rpartition(".")[2] in message


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *((f"{part}_layers", 10**5) for part in ("encoder", "decoder", "pitch")),
        ("encoder_layers", -1),
        ("pitch_channels", 4096),
        ("symbols", [f"s{number}" for number in range(10**5)]),
        ("symbols", [["a"]] * 3),
        ("symbols", ["a", "b" * 10**6]),
        ("symbols", 3),
    ],
)
def test_acoustic_model_of_no_such_size_is_refused(key, value, tmp_path, monkeypatch):
    mel = LogMelSpectrogram(8000, 256, 80, 256, 20)
    sizes = dict.fromkeys(("encoder_layers", "decoder_layers", "pitch_layers"), 1)
    model = AcousticModel(("a", "b"), mel, channels=4, pitch_channels=4, **sizes)
    model.save_to_preset(tmp_path / "voice")
    monkeypatch.setattr(AcousticModel, "from_config", None)
    change(tmp_path / "voice" / "config.json", key, value)
    with pytest.raises(ValueError, match=r"in .*config\.json"):
        AcousticModel.from_preset(tmp_path / "voice")


@pytest.mark.parametrize("key", ["layers_per_cycle", "block_size", "upsample_factors"])
def test_what_only_the_class_refuses_names_the_file(preset, key):
    change(preset / "config.json", key, [0] if key == "upsample_factors" else 0)
    with pytest.raises(
        ValueError, match=r"settings of a ParallelWaveNet\. Received: .*config\.json"
    ):
        ParallelWaveNet.from_preset(preset)


@pytest.mark.parametrize("content", ["[" * 100_000, "1" * 10_000, " " * 5_000_000])
@pytest.mark.parametrize("file", ["config.json", "preprocessor.json", "metadata.json"])
def test_json_is_refused(preset, nothing_is_built, file, content):
    (preset / file).write_text(content)
    with pytest.raises(ValueError, match=file):
        ParallelWaveNet.from_preset(preset)


def test_every_flipped_byte_is_found(preset, nothing_is_built):
    random = np.random.default_rng(0)
    for name in layout.HASHED:
        content = (preset / name).read_bytes()
        for place in random.integers(len(content), size=20):
            flipped = bytearray(content)
            flipped[place] ^= 1 << int(random.integers(8))
            (preset / name).write_bytes(flipped)
            with pytest.raises(ValueError):
                ParallelWaveNet.from_preset(preset)
        (preset / name).write_bytes(content)


def test_missing_file_is_named(preset, nothing_is_built):
    (preset / "preprocessor.json").unlink()
    with pytest.raises(ValueError, match=r"preprocessor\.json.* damaged or altered"):
        ParallelWaveNet.from_preset(preset)


def test_preset_without_hashes_loads(preset):
    metadata = json.loads((preset / "metadata.json").read_text())
    assert metadata.pop("sha256").keys() == set(layout.HASHED)
    (preset / "metadata.json").write_text(json.dumps(metadata))
    with pytest.warns(UserWarning, match="metadata.json has no `sha256`"):
        assert ParallelWaveNet.from_preset(preset).hop_length == 80
    (preset / "metadata.json").unlink()
    with pytest.warns(UserWarning, match="metadata.json has no `sha256`"):
        assert ParallelWaveNet.from_preset(preset).hop_length == 80


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sample_rate", 16000),
        ("n_fft", 512),
        ("win_length", 200),
        ("scale", 0.5),
        ("offset", 4.0),
        ("fmin", 50.0),
        ("fmax", 3000.0),
    ],
)
def test_features_are_those_that_the_model_states(preset, nothing_is_built, key, value):
    (preset / "metadata.json").unlink()
    content = json.loads((preset / "preprocessor.json").read_text())
    content["config"][key] = value
    (preset / "preprocessor.json").write_text(json.dumps(content))
    with (
        pytest.warns(UserWarning, match="no `sha256`"),
        pytest.raises(ValueError, match=rf"preprocessor\.json .* {key}={value}"),
    ):
        ParallelWaveNet.from_preset(preset)


def test_older_presets_state_less(preset):
    for name in ("config.json", "preprocessor.json"):
        content = json.loads((preset / name).read_text())
        content["config"].pop("preprocessor", None)
        (preset / name).write_text(json.dumps(content))
    rehash(preset)
    assert ParallelWaveNet.from_preset(preset).preprocessor.n_fft == 256


def spoil(array, kind, folder):
    group, name = array.parent, array.name.rpartition("/")[2]
    values = array[()]
    if kind in ("nan", "inf"):
        values.flat[0] = float(kind)
        array[...] = values
        return
    del group[name]
    if kind == "complex":
        group[name] = values.astype("complex64")
    elif kind == "huge":  # which float32 cannot hold
        group[name] = np.full(values.shape, 1e300)
    elif kind == "bool":
        group[name] = values > 0
    elif kind == "text":
        group[name] = "weights"
    elif kind == "bomb":
        group.create_dataset(name, (10**6, 10**6), "f4", compression="gzip")
    elif kind == "link":
        group[name] = h5py.ExternalLink(str(folder / "other.h5"), "/x")
    elif kind == "soft":
        group[name] = h5py.SoftLink("/vars")
    elif kind == "external":
        external = [(str(folder / "config.json"), 0, values.nbytes)]
        group.create_dataset(name, values.shape, "f4", external=external)


@pytest.mark.parametrize(
    "kind",
    [
        *("nan", "inf", "huge", "bool", "complex", "text", "bomb", "link", "soft"),
        "external",
    ],
)
def test_weights_are_refused(preset, nothing_is_built, kind):
    with h5py.File(preset / "model.weights.h5", "a") as file:
        arrays = []
        file.visititems(
            lambda _, item: (
                arrays.append(item)
                if isinstance(item, h5py.Dataset) and item.size > 1
                else None
            )
        )
        spoil(arrays[0], kind, preset)
    rehash(preset)
    with pytest.raises(
        ValueError, match=r"`/.*model\.weights\.h5|model\.weights\.h5.*`/"
    ):
        ParallelWaveNet.from_preset(preset)


def test_weights_of_no_such_size_are_refused(preset, nothing_is_built):
    with open(preset / "model.weights.h5", "r+b") as file:
        file.truncate(2**30)  # of which the disk holds nothing
    (preset / "metadata.json").unlink()
    with pytest.raises(ValueError, match=r"model\.weights\.h5 of 1073741824"):
        ParallelWaveNet.from_preset(preset)


def test_one_great_matrix_is_refused(preset, nothing_is_built):
    """It would take more than 2 GB to load."""
    change(preset / "config.json", "pitch_predictor.channels", 1000)
    change(preset / "config.json", "pitch_predictor.bins", 65_000)
    with pytest.raises(ValueError, match=r"at most \d+ weights in .*config\.json"):
        ParallelWaveNet.from_preset(preset)


def test_groups_within_themselves_are_left(preset):
    with h5py.File(preset / "model.weights.h5", "a") as file:
        group = file
        for number in range(40):
            inner = file.create_group(f"deep{number}")
            group["one"], group["two"] = inner, inner
            group = inner
        group["first"] = file
    rehash(preset)
    assert ParallelWaveNet.from_preset(preset).hop_length == 80


@pytest.mark.parametrize("mode", ["int8", "float8"])
def test_quantized_model_is_not_saved(mode, tmp_path):
    predictor = PitchPredictor(20, 4, bins=8)
    predictor.quantize(mode)
    with pytest.raises(ValueError, match=r"not quantized.*Received: .*logits"):
        predictor.save_to_preset(tmp_path / "voice")
    assert list(tmp_path.iterdir()) == []
