"""What an acoustic model's file refuses, and that of fixed lengths.

What a file of open lengths says, `tests/speech` hears.
"""

import numpy as np
import pytest

from keras_pwavenet import AcousticModel, ParallelWaveNet
from keras_pwavenet.audio.mel import LogMelSpectrogram
from keras_pwavenet.export import export_litert, export_onnx
from keras_pwavenet.export.acoustic import export_acoustic


@pytest.mark.tensorflow
def test_what_is_refused(text_voice, tmp_path):
    acoustic, path = text_voice.parent / "acoustic", tmp_path / "model.tflite"
    with pytest.raises(ValueError, match="Received: quantize='int8'"):
        export_litert(acoustic, path, "int8")
    with pytest.raises(ValueError, match="model=ParallelWaveNet"):
        export_acoustic(ParallelWaveNet.from_preset(text_voice), path)
    with pytest.raises(ValueError, match=r"Received: frames=\(5, 5\)"):
        export_litert(acoustic, path, frames=[5, 5])
    with pytest.raises(ValueError, match="ParallelWaveNet"):
        export_onnx(acoustic, path)
    assert not path.exists()


def test_it_needs_tensorflow(text_voice, tmp_path):
    import keras

    if keras.backend.backend() == "tensorflow":
        pytest.skip("Keras runs on TensorFlow")
    with pytest.raises(RuntimeError, match="Received: backend="):
        export_litert(text_voice.parent / "acoustic", tmp_path / "model.tflite")


@pytest.mark.tensorflow
def test_windows_of_fixed_length_tell_what_the_whole_sentence_does(tmp_path):
    interpreter = pytest.importorskip("ai_edge_litert.interpreter").Interpreter
    mel = LogMelSpectrogram(8000, 256, 80, 200, n_mels=8, fmax=4000.0)
    model = AcousticModel(
        ["a", "b", "."], mel, 16, 1, 1, 8, 1, kernel_size=3, num_speakers=2
    )
    random = np.random.default_rng(0)
    for weight in model.trainable_weights:
        weight.assign(weight + random.normal(0, 0.05, weight.shape))
    file = interpreter(str(export_litert(model, tmp_path / "m.tflite", frames=[9])))
    symbols = random.integers(1, 4, (1, 70)).astype("int32")
    padded = np.pad(symbols, ((0, 0), (0, 90)))
    encode = file.get_signature_runner("encode_160")
    found = encode(symbols=padded, speaker=np.int32([1]))
    hidden, durations = model.encode(symbols, np.int32([1]))
    np.testing.assert_allclose(found["hidden"][:, :70], hidden, atol=1e-5)
    np.testing.assert_allclose(found["durations"][:, :70], durations, atol=1e-5)

    frames = random.normal(size=(1, 28, 19)).astype("float32")
    pitch, log_mel = map(np.array, model.decode(frames, np.float32([[1.2]])))
    log_mel = log_mel.clip(*mel.value_range)
    assert 0.1 < np.mean(pitch > 0) and 0.1 < np.mean(np.abs(log_mel) < 1)
    around = np.pad(frames, ((0, 0), (9, 9), (0, 0)))
    valid = np.pad(np.ones((1, 28), "float32"), ((0, 0), (9, 9)))
    decode, kept = file.get_signature_runner("decode_9"), 9 - 2 * model.reach
    assert kept == 5
    for first in range(0, 28, kept):
        part = slice(9 + first - model.reach, 9 + first - model.reach + 9)
        told = decode(
            frames=around[:, part], valid=valid[:, part], pitch_scale=np.float32([1.2])
        )
        own = slice(model.reach, model.reach + min(kept, 28 - first))
        for name, truth in (("pitch", pitch), ("mel", log_mel)):
            whole = truth[:, first : first + kept]
            np.testing.assert_allclose(told[name][:, own], whole, rtol=1e-4, atol=3e-3)
