"""ONNX files that take frames as they come say what the student says."""

import numpy as np
import pytest

from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.export import export_onnx_stream

pytestmark = pytest.mark.tensorflow
HOP = 160


@pytest.mark.slow
def test_it_says_what_the_student_says(make_following, like_speech, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("tf2onnx")
    mel = LogMelSpectrogram(16000, 512, HOP, 400, n_mels=40, fmax=8000.0)
    student = make_following(mel, 0.1)
    folder = export_onnx_stream(student, tmp_path / "stream", frames=(1, 5))
    assert {file.name for file in folder.iterdir()} == {
        *("start.onnx", "step_1.onnx", "step_5.onnx")
    }
    run = {}
    for file in folder.iterdir():
        session = onnxruntime.InferenceSession(str(file))
        known = session.get_modelmeta().custom_metadata_map
        assert known["hop_length"] == "160" and known["sample_rate"] == "16000"
        run[file.stem] = session

    def called(name, **inputs):
        outputs = [output.name for output in run[name].get_outputs()]
        return dict(zip(outputs, run[name].run(None, inputs), strict=True))

    features = like_speech(np.random.default_rng(0), 43, 40)[None]
    noise = np.random.default_rng(1).logistic(size=(1, 43 * HOP)).astype("float32")
    ahead = run["start"].get_inputs()[0].shape[1]

    def heard(first, count):
        part = features[:, first : first + count]
        own = part.shape[1]
        return {
            "conditioning": np.pad(part, ((0, 0), (0, count - own), (0, 0))),
            "pitch": np.full((1, count), -1, "float32"),
            "pitch_scale": np.float32([1.2]),
            "length": np.int32([own]),
        }

    state, said, first = called("start", **heard(0, ahead)), [], 0
    for count in (1, 5, 5, 1, 1, *[5] * 6):
        drawn = noise[:, first * HOP : (first + count) * HOP]
        given = called(
            f"step_{count}", **state, **heard(first + ahead, count), noise=drawn
        )
        said.append(given.pop("audio"))
        state = {name.removeprefix("next_"): value for name, value in given.items()}
        first += count
    assert first == 43
    inputs = {"noise": noise, "conditioning": features}
    truth = student({**inputs, "pitch_scale": np.float32([1.2])})["audio"]
    truth, found = np.clip(truth, -1, 1), np.concatenate(said, axis=1)
    assert truth.std() > 1e-3 and np.mean(np.abs(truth) == 1) < 0.01
    np.testing.assert_allclose(found, truth, atol=1e-3)


def test_bad_arguments(make_following, tmp_path):
    mel = LogMelSpectrogram(16000, 512, HOP, 400, n_mels=40, fmax=8000.0)
    for frames in ((), (0,), (5, 5)):
        with pytest.raises(ValueError, match=r"Expected `frames`.*Received: frames="):
            export_onnx_stream(make_following(mel, 0.1), tmp_path / "new", frames)
    assert not (tmp_path / "new").exists()
