"""`saved_models/en_female`, run by other loaders in processes of their own."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from keras_pwavenet import ParallelWaveNet
from keras_pwavenet.audio import read_audio

pytestmark = pytest.mark.tensorflow
ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "saved_models" / "en_female" / "1"
CLIP = ROOT / "tests" / "clips" / "arctic_a0498.flac"
HOP = 256
BATCHES = {"one": [1], "short": [7], "clips": [7, 1, 3, 7, 5]}


@pytest.fixture(scope="module")
def voice():
    return ParallelWaveNet.from_preset("en_female")


@pytest.fixture(scope="module")
def batch(voice):
    """Makes a padded batch for `from_noise`; the padding is what the server pads."""
    mel = voice.preprocessor
    features = mel(read_audio(CLIP, mel.sample_rate)[0])[30:]  # silence is before

    def make(lengths):
        random, frames = np.random.default_rng(max(lengths)), max(lengths)
        shape = (len(lengths), frames)
        conditioning = np.resize(features, (*shape, mel.n_mels))
        pitch = random.uniform(-50, 300, (len(lengths), -(-frames // 5)))
        pitch = np.maximum(np.repeat(pitch, 5, axis=1)[:, :frames], 0)
        for clip, length in enumerate(lengths):
            conditioning[clip, length:] = conditioning[clip, 0, 0]
            pitch[clip, length:] = pitch[clip, 0]
        noise = random.logistic(0, 0.5, (len(lengths), frames * HOP))
        return {
            "conditioning": conditioning.astype("float32"),
            "length": np.array(lengths, "int32"),
            "noise": noise.astype("float32"),
            "pitch": pitch.astype("float32"),
            "pitch_scale": np.ones(len(lengths), "float32"),
        }

    return make


def agree(found, expected):
    """Within 1e-3, where filters are steep, and 60 dB below in the mean."""
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-3)
    assert np.std(found - expected) < 1e-3 * np.std(expected)


def check(voice, inputs, audio):
    """Each clip is what Keras says for it alone, then silence."""
    lengths = inputs["length"]
    assert audio.shape == (len(lengths), lengths.max() * HOP)
    for clip, length in enumerate(lengths):
        alone = {
            "conditioning": inputs["conditioning"][clip : clip + 1, :length],
            "noise": inputs["noise"][clip : clip + 1, : length * HOP],
            "pitch": inputs["pitch"][clip : clip + 1, :length],
        }
        if inputs["pitch"].min() < 0:
            del alone["pitch"]
        expected = np.clip(voice(alone)["audio"][0], -1, 1)
        own = audio[clip, : length * HOP]
        agree(own, expected)
        np.testing.assert_array_equal(audio[clip, length * HOP :], 0.0)
        assert expected.std() > 1e-4


def run(*command):
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, timeout=500
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def answers(requests, tmp_path):
    """What a process with TensorFlow alone answers to `{name: (signature, inputs)}`."""
    arrays = {
        f"{name}/{signature}/{key}": value
        for name, (signature, inputs) in requests.items()
        for key, value in inputs.items()
    }
    np.savez(tmp_path / "requests.npz", **arrays)
    script = Path(__file__).with_name("run_saved_model.py")
    files = [tmp_path / "requests.npz", tmp_path / "answers.npz"]
    run(sys.executable, script, FOLDER, *files)
    return np.load(files[1])


def test_holds_the_presets_weights(voice):
    import tensorflow as tf

    reader = tf.train.load_checkpoint(str(FOLDER / "variables" / "variables"))
    names = reader.get_variable_to_shape_map()
    stored = [reader.get_tensor(name) for name in names if "VARIABLE_VALUE" in name]

    def hashes(arrays):
        return sorted(hashlib.sha256(x.tobytes()).hexdigest() for x in arrays)

    assert hashes(stored) == hashes(voice.get_weights())


def test_speaks_as_the_preset(voice, batch, tmp_path):
    requests = {
        name: ("from_noise", batch(lengths)) for name, lengths in BATCHES.items()
    }
    bad = dict(batch([7]), length=np.array([8], "int32"))
    drawn = {**batch([7, 3]), "seed": np.array([5, 6])}
    drawn["temperature"] = np.array([1.0, 0.7], "float32")
    del drawn["noise"]
    predicted = batch([9, 4])
    predicted["pitch"] = np.full((2, 9), -1.0, "float32")
    found = answers(
        {
            "predicted": ("from_noise", predicted),
            "bad": ("from_noise", bad),
            "drawn": ("serving_default", drawn),
            **requests,
        },
        tmp_path,
    )
    assert "Expected each `length` from 1 to the frames" in str(found["bad"])
    for name, (_, inputs) in requests.items():
        check(voice, inputs, found[name])
    check(voice, predicted, found["predicted"])
    for clip, length in enumerate((7, 3)):
        expected = voice.generate(
            drawn["conditioning"][clip : clip + 1, :length],
            int(drawn["seed"][clip]),
            float(drawn["temperature"][clip]),
            pitch=drawn["pitch"][clip : clip + 1, :length],
        )[0]
        own = found["drawn"][clip, : length * HOP]
        agree(own, expected)


@pytest.mark.slow
@pytest.mark.parametrize("lengths", [[10_000], [3_000, 40, 1500, 1, 2_999]])
def test_speaks_long_clips_as_the_preset(voice, batch, tmp_path, lengths):
    inputs = batch(lengths)
    audio = answers({"long": ("from_noise", inputs)}, tmp_path)["long"]
    check(voice, inputs, audio)


@pytest.mark.slow
def test_the_command_line_runs_it(voice, batch, tmp_path):
    inputs = batch([7, 3])
    arguments = []
    for name, value in inputs.items():
        np.save(tmp_path / f"{name}.npy", value)
        arguments.append(f"{name}={tmp_path / name}.npy")
    cli = "from tensorflow.python.tools.saved_model_cli import main; main()"
    command = [sys.executable, "-c", cli]
    shown = run(*command, "show", "--dir", FOLDER, "--all")
    for signature in ("serving_default", "from_noise"):
        assert f"signature_def['{signature}']" in shown
    options = ["--dir", FOLDER, "--tag_set", "serve", "--signature_def", "from_noise"]
    run(
        *command, "run", *options, "--inputs", ";".join(arguments), "--outdir", tmp_path
    )
    check(voice, inputs, np.load(tmp_path / "audio.npy"))


@pytest.mark.slow
def test_the_servers_own_loader_runs_it(voice, batch, tmp_path):
    """TensorFlow's C++ library, without Python."""
    import tensorflow as tf

    if shutil.which("g++") is None:
        pytest.skip("needs g++")
    home = Path(tf.__file__).parent
    library = home / "libtensorflow_cc.so.2"
    if not library.exists():
        pytest.skip(f"needs {library.name}, which not every TensorFlow package has")
    source = Path(__file__).with_name("load_saved_model.cc")
    flags = "-w -O1 --std=c++17 -DEIGEN_MAX_ALIGN_BYTES=64 -D_GLIBCXX_USE_CXX11_ABI=1"
    libraries = f"-l:{library.name} -l:libtensorflow_framework.so.2"
    run(
        *("g++", *flags.split(), f"-I{home / 'include'}", source),
        *("-o", tmp_path / "load", "-Wl,--no-as-needed", f"-L{home}"),
        *(*libraries.split(), f"-Wl,-rpath,{home}"),
    )
    requests, bad = {name: batch(lengths) for name, lengths in BATCHES.items()}, {}
    short = batch([7])
    for name, change in {
        "`conditioning` of shape (batch, frames, 100)": np.zeros((1, 7, 99)),
        "with a clip and a frame or more": np.zeros((1, 0, 100)),
        "`conditioning` of numbers from -10000 to 10000": np.full((1, 7, 100), np.nan),
    }.items():
        bad[name] = {**short, "conditioning": change.astype("float32")}
    files = {}
    # Each bad request comes before a good one.
    for name, inputs in [*bad.items(), *requests.items()]:
        request = tf.compat.v1.saved_model.signature_def_utils.build_signature_def()
        request.method_name = "from_noise"
        for key, value in inputs.items():
            request.defaults[key].CopyFrom(tf.make_tensor_proto(value))
        files[name] = tmp_path / f"request-{len(files)}"
        files[name].write_bytes(request.SerializeToString())
    run(tmp_path / "load", FOLDER, *files.values())
    for name in bad:
        assert name in Path(f"{files[name]}.error").read_text()
    for name, inputs in requests.items():
        reply = tf.make_tensor_proto(0.0)
        reply.ParseFromString(Path(f"{files[name]}.out").read_bytes())
        check(voice, inputs, tf.make_ndarray(reply))
