"""Export of students to other runtimes: TensorFlow Serving, LiteRT, ONNX."""

import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

from keras_pwavenet.lazy import exports


class Format(NamedTuple):
    """A format that students are exported to.

    Attributes:
        module: Where its function is.
        function: The function's name; it takes a student, a path and the options.
        options: Names of its options.
        suffix: That of its files; "" for a folder. Of formats with the same suffix the
            first is the one that the suffix names.
    """

    module: str
    function: str
    options: tuple[str, ...] = ()
    suffix: str = ""


FORMATS = {
    "saved_model": Format("saved_model", "export_saved_model", ("version",)),
    "saved_model_phonemes": Format(
        "saved_model_phonemes", "export_saved_model_phonemes", ("version",)
    ),
    "litert": Format("litert", "export_litert", ("quantize", "frames"), ".tflite"),
    "litert_stream": Format(
        "litert_stream", "export_litert_stream", ("frames",), ".tflite"
    ),
    "onnx": Format("onnx", "export_onnx", (), ".onnx"),
    "onnx_stream": Format("onnx_stream", "export_onnx_stream", ("frames",)),
}

QUANTIZE = ("float32", "float16", "int8")  # numbers of a LiteRT file

__getattr__, __dir__, __all__ = exports(
    __name__, {entry.function: entry.module for entry in FORMATS.values()}
)
__all__ += ["FORMATS", "QUANTIZE", "export"]


def export(model, path: str | os.PathLike, format: str, **options: Any) -> Path:
    """Writes a student in a format by its name.

    Args:
        model: The student, or its preset, as `from_preset` takes it.
        path: The file or folder to write.
        format: A name of `FORMATS`.
        **options: Those of the format's own function, such as `export_litert`.

    Returns:
        What was written.

    Raises:
        ValueError: If there is no such format, or it has no such option; and whatever
            the format's function raises.
    """
    if format not in FORMATS:
        raise ValueError(
            f"Expected a format among {', '.join(FORMATS)}. Received: format={format!r}"
        )
    unknown = sorted(set(options) - set(FORMATS[format].options))
    if unknown:
        raise ValueError(
            f"Expected options of {format} among {list(FORMATS[format].options)}. "
            f"Received: {', '.join(unknown)}"
        )
    write = getattr(sys.modules[__name__], FORMATS[format].function)
    return write(model, path, **options)
