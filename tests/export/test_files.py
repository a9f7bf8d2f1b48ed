"""LiteRT and ONNX files say what the student says, with its trained weights."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from keras_pwavenet import ParallelWaveNet, WaveNet
from keras_pwavenet.audio import LogMelSpectrogram, read_audio
from keras_pwavenet.export import export_litert, export_onnx, export_saved_model

pytestmark = pytest.mark.tensorflow
SHAPES = [(1, 1), (1, 7), (5, 7), (5, 40)]
HOP = 160
CLIPS = Path(__file__).parents[1] / "clips"
ONNX_SLOWLY = pytest.param("onnx", marks=pytest.mark.slow)

# Reads requests from IN.npz, writes answers to OUT.npz, and tells what it imported.
LITERT = """
import sys, numpy as np
from ai_edge_litert.interpreter import Interpreter
speak = Interpreter(sys.argv[1]).get_signature_runner("serving_default")
"""
ONNX = """
import sys, numpy as np, onnxruntime
session = onnxruntime.InferenceSession(
    sys.argv[1], providers=["CPUExecutionProvider"])
def speak(**inputs):
    return dict(zip(["audio"], session.run(["audio"], inputs)))
"""
ANSWER = """
requests, answers = np.load(sys.argv[2]), {}
for name in {key.partition("/")[0] for key in requests}:
    inputs = {key.partition("/")[2]: requests[key]
              for key in requests if key.partition("/")[0] == name}
    answers[name] = speak(**inputs)["audio"]
np.savez(sys.argv[3], **answers)
assert not {"tensorflow", "keras", "keras_pwavenet"} & set(sys.modules)
"""


@pytest.fixture(scope="module")
def voice():
    return ParallelWaveNet.from_preset("en_female")


@pytest.fixture(scope="module")
def several():
    student = ParallelWaveNet(
        *(8, HOP, (2, 2), 2), residual_channels=8, upsample_channels=8, num_speakers=3
    )
    random = np.random.default_rng(0)
    for weight in student.weights:
        weight.assign(random.normal(0, 0.1, weight.shape))
    return student


@pytest.fixture(scope="module")
def following(make_following):
    mel = LogMelSpectrogram(16000, 512, HOP, 400, n_mels=40, fmax=8000.0)
    return make_following(mel, 0.1, num_speakers=2)


def request(student, clips, frames, given=True):
    """Inputs; of speech at a given pitch for a student that follows one."""
    random, hop = np.random.default_rng(2), student.hop_length
    shape = (clips, frames, student.conditioning_channels)
    inputs = {
        "noise": random.logistic(size=(clips, frames * hop)),
        "conditioning": random.normal(0, 1, shape),
    }
    if student.pitch_predictor is not None:
        mel = student.preprocessor
        audio, _ = read_audio(CLIPS / "arctic_a0498.flac", mel.sample_rate)
        inputs["conditioning"] = np.resize(mel(audio)[30:], shape)  # silence is before
        inputs["noise"] *= 0.5
        pitch = random.uniform(-50, 300, (clips, -(-frames // 5)))
        pitch = np.maximum(np.repeat(pitch, 5, axis=1)[:, :frames], 0)
        inputs["pitch"] = pitch if given else np.full((clips, frames), -1.0)
        inputs["pitch_scale"] = np.linspace(0.8, 1.3, clips)
    inputs = {name: array.astype("float32") for name, array in inputs.items()}
    if student.num_speakers:
        inputs["speaker"] = np.arange(clips, dtype="int32") % student.num_speakers
    return inputs


def answers(script, file, requests, folder):
    """What a process without TensorFlow says."""
    given, found = folder / "in.npz", folder / "out.npz"
    flat = {
        f"{name}/{key}": value
        for name, inputs in requests.items()
        for key, value in inputs.items()
    }
    np.savez(given, **flat)
    command = [sys.executable, "-c", script + ANSWER, file, given, found]
    subprocess.run(list(map(str, command)), check=True, capture_output=True)
    return dict(np.load(found))


def expected(student, inputs):
    return np.clip(student(inputs)["audio"], -1, 1)


def signal_to_noise(truth, found):
    return 10 * np.log10(np.sum(truth**2) / np.sum((truth - found) ** 2))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Exports a student once, and gives what runs the file beside it."""
    made = {}

    def exported(kind, student):
        if (kind, student) not in made:
            folder = tmp_path_factory.mktemp(kind)
            made[kind, student] = export(kind, student, folder)
        return made[kind, student]

    return exported


def export(kind, student, folder):
    if kind == "onnx":
        pytest.importorskip("tf2onnx")
        pytest.importorskip("onnxruntime")
        return ONNX, export_onnx(student, folder / "voice.onnx")
    pytest.importorskip("ai_edge_litert")
    return LITERT, export_litert(student, folder / "voice.tflite")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["litert", "onnx"])
def test_a_file_says_what_the_student_says(kind, voice, files, tmp_path):
    script, file = files(kind, voice)
    requests = {f"{b}x{f}": request(voice, b, f) for b, f in SHAPES}
    found = answers(script, file, requests, tmp_path)
    for name, inputs in requests.items():
        truth = expected(voice, inputs)
        assert np.abs(truth).max() > 1e-3
        np.testing.assert_allclose(found[name], truth, atol=5e-4)
        assert signal_to_noise(truth, found[name]) > 50


@pytest.mark.parametrize("kind", ["litert", ONNX_SLOWLY])
def test_a_file_follows_a_pitch(kind, following, files, tmp_path):
    script, file = files(kind, following)
    requests = {f"{b}x{f}": request(following, b, f, given=False) for b, f in SHAPES}
    last = requests["5x40"]
    requests["given"] = request(following, 5, 40)
    requests["high"] = {**last, "pitch_scale": 2 * last["pitch_scale"]}
    found = answers(script, file, requests, tmp_path)
    for name, inputs in requests.items():
        truth = expected(following, inputs)
        assert np.mean(np.abs(truth) == 1) < 0.01
        np.testing.assert_allclose(found[name], truth, atol=1e-3)
        if truth.std() > 0.01:  # or silence
            assert signal_to_noise(truth, found[name]) > 50
    assert found["5x40"].std() > 0.01
    for other in ("given", "high"):
        assert np.abs(found[other] - found["5x40"]).max() > 1e-2


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["litert", "onnx"])
def test_a_long_clip_follows_a_pitch(kind, following, files, tmp_path):
    script, file = files(kind, following)
    inputs = request(following, 1, 10_000)
    found = answers(script, file, {"long": inputs}, tmp_path)["long"]
    truth = expected(following, inputs)
    np.testing.assert_allclose(found, truth, atol=2e-3)  # a few frames' steep filters
    assert signal_to_noise(truth, found) > 60
    late = slice(-100 * HOP, None)
    assert signal_to_noise(truth[:, late], found[:, late]) > 60


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["litert", "onnx"])
def test_a_long_clip(kind, voice, files, tmp_path):
    script, file = files(kind, voice)
    inputs = request(voice, 1, 10_000)
    found = answers(script, file, {"long": inputs}, tmp_path)["long"]
    truth = expected(voice, inputs)
    np.testing.assert_allclose(found, truth, atol=1e-3)  # a few frames' steep filters
    assert signal_to_noise(truth, found) > 60


@pytest.mark.parametrize("kind", ["litert", "onnx"])
def test_several_speakers(kind, several, files, tmp_path):
    script, file = files(kind, several)
    inputs = request(several, 3, 4)
    other = {**inputs, "speaker": np.array([1, 2, 0], "int32")}
    found = answers(script, file, {"a": inputs, "b": other}, tmp_path)
    np.testing.assert_allclose(found["a"], expected(several, inputs), atol=1e-5)
    np.testing.assert_allclose(found["b"], expected(several, other), atol=1e-5)
    assert np.abs(found["a"] - found["b"]).max() > 1e-3


@pytest.mark.parametrize("kind", ["litert", ONNX_SLOWLY])
@pytest.mark.parametrize(
    ("name", "axis"), [("noise", 1), ("pitch", 1), ("pitch_scale", 0), ("speaker", 0)]
)
def test_lengths_that_differ_are_refused(kind, name, axis, small_files, following):
    speak = small_files(kind)
    inputs = request(following, 2, 4)
    assert speak(**inputs)["audio"].shape == (2, 4 * HOP)
    inputs[name] = np.concatenate([inputs[name]] * 2, axis)
    with pytest.raises(Exception, match=r"(?i)reshape"):
        speak(**inputs)


class _Session:
    def __init__(self, session):
        self.session = session

    def __call__(self, **inputs):
        return {"audio": self.session.run(None, inputs)[0]}


@pytest.fixture(scope="module")
def small_files(following, files):
    """Functions that run the exported student, here."""
    made = {}

    def runner(kind):
        if kind not in made:
            _, file = files(kind, following)
            if kind == "onnx":
                import onnxruntime

                made[kind] = _Session(onnxruntime.InferenceSession(str(file)))
            else:
                from ai_edge_litert.interpreter import Interpreter

                made[kind] = lambda **inputs: Interpreter(
                    str(file)
                ).get_signature_runner()(**inputs)
        return made[kind]

    return runner


@pytest.mark.slow
def test_onnx_tells_its_axes_rate_hop_and_mel(following, small_files):
    session = small_files("onnx").session
    shapes = {value.name: value.shape for value in session.get_inputs()}
    assert shapes == {
        "noise": ["batch", "samples"],
        "conditioning": ["batch", "frames", 40],
        "speaker": ["batch"],
        "pitch": ["batch", "frames"],
        "pitch_scale": ["batch"],
    }
    assert session.get_outputs()[0].shape == ["batch", "samples"]
    told = session.get_modelmeta().custom_metadata_map
    assert told["hop_length"] == str(HOP) and told["sample_rate"] == "16000"
    assert json.loads(told["mel"]) == following.preprocessor.get_config()


@pytest.mark.parametrize("export", [export_litert, export_onnx])
@pytest.mark.parametrize("dtype", ["bfloat16", "mixed_bfloat16", "mixed_float16"])
def test_other_precisions_are_refused(export, dtype, tmp_path):
    student = ParallelWaveNet(8, HOP, (2,), 2, residual_channels=8, dtype=dtype)
    with pytest.raises(ValueError, match=f"in float32.*Received: dtype='{dtype}'"):
        export(student, tmp_path / "voice")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["litert", "onnx", "saved_model"])
def test_full_disk_leaves_nothing(kind, several, tmp_path, full_disk):
    exports = {"litert": export_litert, "onnx": export_onnx}
    if kind == "onnx":
        pytest.importorskip("tf2onnx")
    path = tmp_path / "voice"
    with full_disk(10_000), pytest.raises(OSError, match=f"{tempfile.gettempdir()}/"):
        exports.get(kind, export_saved_model)(several, path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["several", "following"])
def test_litert_has_builtin_operations_only(name, files, request):
    interpreter = pytest.importorskip("ai_edge_litert.interpreter").Interpreter
    _, file = files("litert", request.getfixturevalue(name))
    operations = interpreter(str(file))._get_ops_details()
    names = {operation["op_name"] for operation in operations}
    assert "FULLY_CONNECTED" in names
    assert not [name for name in names if "Flex" in name or "CUSTOM" in name.upper()]
    assert not {"VAR_HANDLE", "READ_VARIABLE"} & names


@pytest.mark.parametrize(
    ("quantize", "share", "least_db"),
    [
        pytest.param("float16", 0.6, 50.0, marks=pytest.mark.slow),
        ("int8", 0.4, 15.0),
    ],
)
def test_quantised_weights(tmp_path, quantize, share, least_db):
    pytest.importorskip("ai_edge_litert")
    plain = ParallelWaveNet(80, HOP, (3, 3), 3)
    random = np.random.default_rng(0)
    for weight in plain.trainable_weights:
        weight.assign(weight + random.normal(0, 0.02, weight.shape))
    full = export_litert(plain, tmp_path / "full.tflite").stat().st_size
    file = export_litert(plain, tmp_path / "small.tflite", quantize)
    assert file.stat().st_size < share * full
    inputs = request(plain, 1, 40)
    found = answers(LITERT, file, {"a": inputs}, tmp_path)["a"]
    assert least_db < signal_to_noise(expected(plain, inputs), found) < 100


@pytest.mark.parametrize("quantize", ["float16", "int8"])
def test_filter_and_source_are_not_quantised(following, tmp_path, quantize):
    with pytest.raises(ValueError, match=f"harmonic source.*quantize='{quantize}'"):
        export_litert(following, tmp_path / "voice.tflite", quantize)


@pytest.mark.slow
def test_signatures_of_fixed_length_share_their_weights(voice, files, tmp_path):
    interpreter = pytest.importorskip("ai_edge_litert.interpreter").Interpreter
    one = files("litert", voice)[1].stat().st_size
    file = export_litert(voice, tmp_path / "fixed.tflite", frames=(5, 12))
    assert file.stat().st_size < 1.3 * one
    for frames in (5, 12):
        speak = interpreter(str(file)).get_signature_runner(f"frames_{frames}")
        inputs = request(voice, 1, frames)
        found = speak(**inputs)["audio"]
        np.testing.assert_allclose(found, expected(voice, inputs), atol=2e-3)


def test_bad_arguments(several, tmp_path):
    path = tmp_path / "voice.tflite"
    path.write_bytes(b"before")
    with pytest.raises(ValueError, match="quantize='int4'"):
        export_litert(several, path, "int4")
    for frames in ((0,), (5, 5), (2.0,)):
        with pytest.raises(ValueError, match=r"different positive.*Received: frames="):
            export_litert(several, path, frames=frames)
    for export in (export_litert, export_onnx):
        with pytest.raises(ValueError, match="Received: model=WaveNet"):
            export(WaveNet(8, 40, 2, 1, 4, 4), path)
    with pytest.raises(FileNotFoundError):
        export_litert(several, tmp_path / "missing" / "voice.tflite")
    assert path.read_bytes() == b"before" and len(list(tmp_path.iterdir())) == 1
