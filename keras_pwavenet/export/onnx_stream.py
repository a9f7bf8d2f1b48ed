"""ONNX files that speak bit by bit."""

import os
from collections.abc import Sequence
from pathlib import Path

from keras_pwavenet.export.onnx import converted
from keras_pwavenet.export.stream import STATE, stream_functions
from keras_pwavenet.export.student import check_float32, exportable
from keras_pwavenet.files import write_bytes
from keras_pwavenet.models import ParallelWaveNet

NEXT = f"next_{STATE}"  # how the names of the state that a step gives begin


def export_onnx_stream(
    model: ParallelWaveNet | str | os.PathLike,
    path: str | os.PathLike,
    frames: Sequence[int] = (4,),
) -> Path:
    """Writes a student as a folder of ONNX files that take frames as they come.

    `start.onnx` and `step.onnx` (with several numbers of frames `step_N.onnx`) take and
    give what the signatures `start` and `step` of `export_litert_stream` do, under the
    same names; but what a step gives of the state is named `next_state_...`, as a name
    stands for one thing in ONNX. Their metadata is that of `export_onnx`.

    Args:
        model: The student, or its preset's name, folder or address.
        path: The folder; made if missing.
        frames: As of `export_litert_stream`.

    Returns:
        The path.

    Raises:
        Exception: As `export_onnx`.
        ValueError: Also if `frames` are not different positive integers, or there is
            none.
    """
    model = exportable(model)
    check_float32(model)
    functions = stream_functions(model, frames)
    files = {"start": converted(model, functions.pop("start"))}
    for name, function in functions.items():
        files[name] = converted(model, _with_next_state(function))
    path = Path(path)
    path.mkdir(parents=True, exist_ok=True)
    for name, file in files.items():
        write_bytes(path / f"{name}.onnx", file.SerializeToString())
    return path


def _with_next_state(step):
    import tensorflow as tf

    def traced(*values):
        return {
            name.replace(STATE, NEXT) if name.startswith(STATE) else name: value
            for name, value in step(*values).items()
        }

    return tf.function(traced, input_signature=step.input_signature)
