"""LiteRT (TensorFlow Lite) files that speak bit by bit."""

import os
from collections.abc import Sequence
from pathlib import Path

from keras_pwavenet.export.litert import write_litert
from keras_pwavenet.export.stream import stream_functions
from keras_pwavenet.export.student import check_float32, exportable
from keras_pwavenet.models import ParallelWaveNet


def export_litert_stream(
    model: ParallelWaveNet | str | os.PathLike,
    path: str | os.PathLike,
    frames: Sequence[int] = (4,),
) -> Path:
    """Writes a student as a LiteRT file that takes frames as they come.

    Its memory does not grow with the clip. Two signatures, for one clip:

    - `start` takes the first frames, as many as the look-ahead, and gives the state:
      tensors whose names begin with `state_`.
    - `step` takes the state and the next frames, and gives the next state and `audio`
      `(1, frames * hop_length)` in [-1, 1] of as many frames: those that the look-ahead
      ends at.

    Both take `conditioning` and what goes with a pitch predictor as the signatures of
    `export_litert` do, for a batch of one; and `length` `(1,)`, int32, how many of
    these frames are the clip's, 0 when it has ended. `step` also takes `noise` `(1,
    frames * hop_length)`, drawn from Logistic(0, 1), of the samples that it gives, and
    with several speakers `speaker` `(1,)`, int32. Names and shapes of all of them are
    in the file.

    A clip's audio is what the steps give, one after the other, cut after its last
    frame: what is heard and said after that is of no account.

    Args:
        model: The student, or its preset's name, folder or address.
        path: The file to write, usually `.tflite`; with one number of frames,
            `model.tflite` in a preset's folder is where `keras_pwavenet.speak` looks
            for it.
        frames: Of a step. Given several numbers, there is a signature `step_N` for each
            in place of `step`; a stream may use them as it likes.

    Returns:
        The path.

    Raises:
        Exception: As `export_litert`.
        ValueError: Also if there is no number of frames.
    """
    model = exportable(model)
    check_float32(model)
    functions = stream_functions(model, frames)
    signatures = {
        name: function.get_concrete_function() for name, function in functions.items()
    }
    return write_litert(model, path, signatures)
