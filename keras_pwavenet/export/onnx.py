"""ONNX files."""

import os
from pathlib import Path

from keras_pwavenet.export.student import exportable, speaking_function
from keras_pwavenet.files import write_bytes
from keras_pwavenet.models import ParallelWaveNet

OPSET = 17


def export_onnx(
    model: ParallelWaveNet | str | os.PathLike, path: str | os.PathLike
) -> Path:
    """Writes a student as an ONNX file, for onnxruntime, OpenVINO and others.

    Inputs are `noise` `(batch, frames * hop_length)`, drawn from Logistic(0, 1),
    `conditioning` `(batch, frames, conditioning_channels)`, with several speakers
    `speaker` `(batch,)`, int32, and with a pitch predictor `pitch` `(batch, frames)` in
    Hz, 0 where there is none and negative where the model is to predict it, and
    `pitch_scale` `(batch,)`, a factor on it; the output is `audio`
    `(batch, frames * hop_length)` in [-1, 1]. Batch and frames are open.

    Args:
        model: The student, or its preset's name, folder or address.
        path: The file to write, usually `.onnx`.

    Returns:
        The path.

    Raises:
        ImportError: If tf2onnx is missing.
        RuntimeError: If Keras does not run on TensorFlow.
        ValueError: If the model is no `ParallelWaveNet`.
        OSError: If the file cannot be written; names it.
    """
    model = exportable(model)
    try:
        import tf2onnx
    except ImportError as error:
        raise ImportError(
            "Exporting to ONNX needs tf2onnx: pip install onnx tf2onnx. "
            f"Received: {error}"
        ) from error
    function = speaking_function(model)
    found, _ = tf2onnx.convert.from_function(
        function, input_signature=function.input_signature, opset=OPSET
    )
    return write_bytes(path, found.SerializeToString())
