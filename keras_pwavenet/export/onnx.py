"""ONNX files."""

import json
import os
from pathlib import Path

from keras_pwavenet.export.student import (
    check_float32,
    exportable,
    speaking_function,
)
from keras_pwavenet.files import write_bytes
from keras_pwavenet.models import ParallelWaveNet

OPSET = 17
_AXES = {
    "noise": ("batch", "samples"),
    "conditioning": ("batch", "frames", "channels"),
    "pitch": ("batch", "frames"),
    "audio": ("batch", "samples"),
}


def export_onnx(
    model: ParallelWaveNet | str | os.PathLike, path: str | os.PathLike
) -> Path:
    """Writes a student as an ONNX file, for onnxruntime, OpenVINO and others.

    Inputs are `noise` `(batch, frames * hop_length)`, drawn from Logistic(0, 1),
    `conditioning` `(batch, frames, conditioning_channels)`, with several speakers
    `speaker` `(batch,)`, int32, and with a pitch predictor `pitch` `(batch, frames)` in
    Hz, 0 where there is none and negative where the model is to predict it, and
    `pitch_scale` `(batch,)`, a factor on it; the output is `audio`
    `(batch, frames * hop_length)` in [-1, 1]. Batch and frames are open. The file's
    metadata holds `hop_length`, `sample_rate` and, as JSON, the settings of the `mel`.

    Args:
        model: The student, or its preset's name, folder or address.
        path: The file to write, usually `.onnx`.

    Returns:
        The path.

    Raises:
        ImportError: If tf2onnx is missing.
        RuntimeError: If Keras does not run on TensorFlow.
        ValueError: If the model is no `ParallelWaveNet` in float32.
        OSError: If the file cannot be written; names it.
    """
    model = exportable(model)
    check_float32(model)
    found = converted(model, speaking_function(model))
    _name_axes(found.graph)
    return write_bytes(path, found.SerializeToString())


def converted(model: ParallelWaveNet, function):
    """A TensorFlow function of a student as an ONNX model.

    Args:
        model: The student.
        function: A `tf.function` with an `input_signature`.

    Returns:
        The `onnx.ModelProto`, with the student's metadata.

    Raises:
        ImportError: If tf2onnx is missing.
    """
    try:
        import tf2onnx
    except ImportError as error:
        raise ImportError(
            "Exporting to ONNX needs tf2onnx: pip install onnx tf2onnx. "
            f"Received: {error}"
        ) from error
    found, _ = tf2onnx.convert.from_function(
        function, input_signature=function.input_signature, opset=OPSET
    )
    for key, value in _metadata(model).items():
        found.metadata_props.add(key=key, value=value)
    return found


def _name_axes(graph) -> None:
    """Gives the open axes names in place of numbers."""
    for value in (*graph.input, *graph.output):
        axes = value.type.tensor_type.shape.dim
        for axis, name in zip(axes, _AXES.get(value.name, ("batch",)), strict=True):
            if not axis.dim_value:
                axis.dim_param = name


def _metadata(model: ParallelWaveNet) -> dict[str, str]:
    """What a caller must know: hop, rate, and how the mel is made."""
    known = {"hop_length": str(model.hop_length), "noise": "Logistic(0, 1)"}
    if model.preprocessor is not None:
        settings = model.preprocessor.get_config()
        known["sample_rate"] = str(settings["sample_rate"])
        known["mel"] = json.dumps(settings)
    return known
