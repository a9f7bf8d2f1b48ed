"""ONNX files that take frames as they come say what the student says."""

import runpy
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from keras_pwavenet import ParallelWaveNet
from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.export import export_onnx_stream

pytestmark = pytest.mark.tensorflow
EXAMPLE = Path(__file__).parents[2] / "examples" / "stream_onnx.py"
HOP = 160


@pytest.fixture
def following(make_following):
    mel = LogMelSpectrogram(16000, 512, HOP, 400, n_mels=40, fmax=8000.0)
    return make_following(mel, 0.1)


@pytest.mark.slow
def test_the_example_says_what_the_student_says(
    following, like_speech, tmp_path, monkeypatch, script
):
    pytest.importorskip("onnxruntime")
    pytest.importorskip("tf2onnx")
    folder = export_onnx_stream(following, tmp_path / "stream")
    features = like_speech(np.random.default_rng(0), 43, 40)
    np.save(tmp_path / "features.npy", features)
    arguments = [folder, tmp_path / "features.npy", tmp_path / "spoken.wav"]
    monkeypatch.setattr(sys, "argv", [str(EXAMPLE), *map(str, arguments)])
    runpy.run_path(str(EXAMPLE), None, "__main__")
    with wave.open(str(tmp_path / "spoken.wav")) as spoken:
        assert spoken.getframerate() == 16000
        found = np.frombuffer(spoken.readframes(10**6), "<i2") / 32767
    noise = np.random.default_rng(0).logistic(size=(1, 43 * HOP)).astype("float32")
    truth = following({"noise": noise, "conditioning": features[None]})["audio"][0]
    truth = np.clip(truth, -1, 1)
    assert truth.std() > 1e-3 and np.mean(np.abs(truth) == 1) < 0.01
    np.testing.assert_allclose(found, truth, atol=1e-3)
    spoken = tmp_path / "refused.wav"
    arguments[2] = spoken
    for shape in ((5, 39), (0, 40)):
        np.save(arguments[1], np.zeros(shape, "float32"))
        with pytest.raises(SystemExit, match=r"\(frames, 40\).*Received: \("):
            script("examples/stream_onnx.py", *arguments)
    arguments[1].write_bytes(bytes(1600))
    with pytest.raises(SystemExit, match=r"np\.save\. Received: .*features\.npy"):
        script("examples/stream_onnx.py", *arguments)
    assert not spoken.exists()


def test_the_example_says_how_it_is_called(script):
    pytest.importorskip("onnxruntime")
    with pytest.raises(SystemExit, match=r"Usage: stream_onnx\.py stream/"):
        script("examples/stream_onnx.py")


def test_steps_of_several_lengths_have_files_of_their_own(tmp_path):
    pytest.importorskip("tf2onnx")
    student = ParallelWaveNet(
        *(8, HOP, (1,), 1), residual_channels=4, upsample_channels=4, num_speakers=3
    )
    folder = export_onnx_stream(student, tmp_path / "stream", frames=(1, 5))
    names = {file.name for file in folder.iterdir()}
    assert names == {"start.onnx", "step_1.onnx", "step_5.onnx"}


def test_bad_arguments(following, tmp_path):
    for frames in ((), (0,), (5, 5)):
        with pytest.raises(ValueError, match=r"Expected `frames`.*Received: frames="):
            export_onnx_stream(following, tmp_path / "new", frames)
    assert not (tmp_path / "new").exists()
