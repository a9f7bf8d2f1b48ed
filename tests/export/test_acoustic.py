"""What an acoustic model's file refuses; what it says, `tests/speech` hears."""

import pytest

from keras_pwavenet import ParallelWaveNet
from keras_pwavenet.export import export_litert, export_onnx
from keras_pwavenet.export.acoustic import export_acoustic


@pytest.mark.tensorflow
def test_what_is_refused(text_voice, tmp_path):
    acoustic, path = text_voice.parent / "acoustic", tmp_path / "model.tflite"
    with pytest.raises(ValueError, match="Received: quantize='int8'"):
        export_litert(acoustic, path, "int8")
    with pytest.raises(ValueError, match="model=ParallelWaveNet"):
        export_acoustic(ParallelWaveNet.from_preset(text_voice), path)
    with pytest.raises(ValueError, match="ParallelWaveNet"):
        export_litert(acoustic, path, frames=[5])
    with pytest.raises(ValueError, match="ParallelWaveNet"):
        export_onnx(acoustic, path)
    assert not path.exists()


def test_it_needs_tensorflow(text_voice, tmp_path):
    import keras

    if keras.backend.backend() == "tensorflow":
        pytest.skip("Keras runs on TensorFlow")
    with pytest.raises(RuntimeError, match="Received: backend="):
        export_litert(text_voice.parent / "acoustic", tmp_path / "model.tflite")
