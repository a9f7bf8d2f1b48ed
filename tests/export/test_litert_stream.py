"""LiteRT files that take frames as they come say what the student says."""

import runpy
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from keras_pwavenet import ParallelWaveNet, WaveNet
from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.export import export_litert_stream

pytestmark = pytest.mark.tensorflow
EXAMPLE = Path(__file__).parents[2] / "examples" / "stream_litert.py"
HOP = 160


@pytest.fixture(scope="module")
def following(make_following):
    mel = LogMelSpectrogram(16000, 512, HOP, 400, n_mels=40, fmax=8000.0)
    return make_following(mel, 0.1)


@pytest.fixture(scope="module")
def file(following, tmp_path_factory):
    pytest.importorskip("ai_edge_litert")
    folder = tmp_path_factory.mktemp("stream")
    return export_litert_stream(following, folder / "voice.tflite")


def expected(student, features, seed=0, **inputs):
    """What the student says of the noise that the example draws."""
    shape = (1, len(features) * student.hop_length)
    noise = np.random.default_rng(seed).logistic(size=shape).astype("float32")
    inputs |= {"noise": noise, "conditioning": features[None]}
    return np.clip(student(inputs)["audio"], -1, 1)[0]


def signal_to_noise(truth, found):
    return 10 * np.log10(np.sum(truth**2) / np.sum((truth - found) ** 2))


@pytest.mark.parametrize("frames", [1, 3, 40, 83])
def test_the_example_says_what_the_student_says(frames, following, file, like_speech):
    features = like_speech(np.random.default_rng(frames), frames, 40)
    speak = runpy.run_path(str(EXAMPLE))["speak"]
    found = np.concatenate(list(speak(str(file), features, pitch_scale=1.2)))
    truth = expected(following, features, pitch_scale=np.float32([1.2]))
    assert truth.std() > 1e-3 and np.mean(np.abs(truth) == 1) < 0.01
    np.testing.assert_allclose(found, truth, atol=1e-3)
    assert signal_to_noise(truth, found) > 50


def test_the_example_needs_no_keras(following, file, like_speech, tmp_path):
    features = like_speech(np.random.default_rng(0), 20, 40)
    np.save(tmp_path / "features.npy", features)
    check = "assert not {'tensorflow', 'keras', 'keras_pwavenet'} & set(sys.modules)"
    code = f"import runpy, sys; runpy.run_path({str(EXAMPLE)!r}, None, '__main__'); "
    arguments = [file, tmp_path / "features.npy", tmp_path / "spoken.wav", 16000]
    command = [sys.executable, "-c", code + check, *map(str, arguments)]
    subprocess.run(command, check=True, capture_output=True)
    with wave.open(str(tmp_path / "spoken.wav")) as spoken:
        assert spoken.getframerate() == 16000
        samples = np.frombuffer(spoken.readframes(10**6), "<i2") / 32767
    truth = expected(following, features)
    np.testing.assert_allclose(samples, truth, atol=1e-3)


def test_what_the_example_refuses_leaves_nothing(file, tmp_path, script):
    name, spoken = "examples/stream_litert.py", tmp_path / "spoken.wav"
    with pytest.raises(SystemExit, match=r"Usage: stream_litert\.py voice\.tflite"):
        script(name)
    features = tmp_path / "features.npy"
    for shape in ((5, 39), (0, 40), (40,)):
        np.save(features, np.zeros(shape, "float32"))
        with pytest.raises(SystemExit, match=r"\(frames, 40\).*Received: \("):
            script(name, file, features, spoken, 16000)
    for content in (bytes(1600), b""):
        features.write_bytes(content)
        with pytest.raises(SystemExit, match=r"np\.save\. Received: .*features\.npy"):
            script(name, file, features, spoken, 16000)
    with pytest.raises(SystemExit, match="Error: "):
        script(name, tmp_path / "none.tflite", features, spoken, 16000)
    assert not spoken.exists()


def test_steps_of_several_lengths_share_a_state(like_speech, tmp_path):
    interpreter = pytest.importorskip("ai_edge_litert.interpreter").Interpreter
    student = ParallelWaveNet(
        *(8, HOP, (2, 2), 2), residual_channels=8, upsample_channels=8, num_speakers=3
    )
    random = np.random.default_rng(0)
    for weight in student.weights:
        weight.assign(random.normal(0, 0.1, weight.shape))
    file = export_litert_stream(student, tmp_path / "voice.tflite", frames=(1, 5))
    file = interpreter(str(file))
    assert sorted(file.get_signature_list()) == ["start", "step_1", "step_5"]
    features = like_speech(random, 1, 30, 8)
    noise = random.logistic(size=(1, 30 * HOP)).astype("float32")
    start = file.get_signature_runner("start")
    place = ahead = start.get_input_details()["conditioning"]["shape"][1]
    state = start(conditioning=features[:, :ahead], length=np.int32([ahead]))
    said, speaker = [], np.int32([2])
    for count in (1, 5, 1, 1, 5, 5, 5):
        first = place - ahead
        state = file.get_signature_runner(f"step_{count}")(
            **state,
            conditioning=features[:, place : place + count],
            length=np.int32([count]),
            noise=noise[:, first * HOP : (first + count) * HOP],
            speaker=speaker,
        )
        said.append(state.pop("audio"))
        place += count
    found = np.concatenate(said, axis=1)
    inputs = {"noise": noise, "conditioning": features, "speaker": speaker}
    truth = np.clip(student(inputs)["audio"], -1, 1)
    np.testing.assert_allclose(found, truth[:, : found.shape[1]], atol=1e-5)


def test_bad_arguments(following, tmp_path):
    path = tmp_path / "voice.tflite"
    for frames in ((), (0,), (5, 5)):
        with pytest.raises(ValueError, match=r"Expected `frames`.*Received: frames="):
            export_litert_stream(following, path, frames)
    with pytest.raises(ValueError, match="Received: model=WaveNet"):
        export_litert_stream(WaveNet(8, 40, 2, 1, 4, 4), path)
    assert list(tmp_path.iterdir()) == []
