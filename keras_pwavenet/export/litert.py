"""LiteRT (TensorFlow Lite) files."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from keras_pwavenet.export import QUANTIZE
from keras_pwavenet.export.acoustic import export_acoustic, is_acoustic
from keras_pwavenet.export.student import (
    check_float32,
    checked_frames,
    disk_errors,
    exportable,
    speaking_function,
    write_stated,
)
from keras_pwavenet.models import ParallelWaveNet


def export_litert(
    model: ParallelWaveNet | str | os.PathLike,
    path: str | os.PathLike,
    quantize: str = "float32",
    frames: Sequence[int] = (),
) -> Path:
    """Writes a student, or an acoustic model, as a LiteRT file.

    An acoustic model becomes what `keras_pwavenet.export.acoustic.export_acoustic`
    describes. A student becomes a file of built-in operations only.

    A signature takes `noise` `(batch, frames * hop_length)`, drawn from
    Logistic(0, 1), `conditioning` `(batch, frames, conditioning_channels)`, with
    several speakers `speaker` `(batch,)`, int32, and with a pitch predictor `pitch`
    `(batch, frames)` in Hz, 0 where there is none and negative where the model is to
    predict it, and `pitch_scale` `(batch,)`, a factor on it; it gives `audio`
    `(batch, frames * hop_length)` in [-1, 1].

    Args:
        model: The model, or its preset's name, folder or address.
        path: The file to write, usually `.tflite`; `model.tflite` in the folder of an
            acoustic model's preset is where `keras_pwavenet.speak` looks for it; its
            sha256 then stands in the preset's metadata.
        quantize: How weights are stored: "float32"; "float16", half the size and
            computed in float32; "int8", a quarter, with matrix products of bytes whose
            inputs are quantised as they come. A student with a filter or a source
            wants "float32": the converter rounds what those are computed with, too.
        frames: Empty for one signature, `serving_default`, of any batch and number of
            frames. Else one signature `frames_N` for a batch of one clip of each of
            these numbers of frames, all on the same weights, for runtimes without
            dynamic shapes such as LiteRT.js; of an acoustic model as `export_acoustic`
            says.

    Returns:
        The path.

    Raises:
        RuntimeError: If Keras does not run on TensorFlow.
        ValueError: If the model is no `ParallelWaveNet` in float32, or another
            argument is not one of those above.
        OSError: If the file, or one in the system's temporary folder, cannot be
            written; names it.
    """
    if is_acoustic(model):
        return export_acoustic(model, path, quantize, frames)
    model = exportable(model)
    check_float32(model)
    if quantize not in QUANTIZE:
        raise ValueError(
            f"Expected `quantize` to be one of {QUANTIZE}. Received: {quantize=}"
        )
    if quantize != "float32" and (model.predictor_order or model.pitch_predictor):
        # The converter would round what filter and source are computed with, too:
        # 2**32 is infinite in float16, and steep spectra need more than 8 bits.
        raise ValueError(
            'Expected quantize="float32" for a student with a synthesis filter or a '
            f"harmonic source. Received: {quantize=}, model={model.name}"
        )
    frames = checked_frames(frames)
    signatures = {
        f"frames_{number}" if number else "serving_default": (
            speaking_function(model, number).get_concrete_function()
        )
        for number in frames or (None,)
    }
    return write_litert(model, path, signatures, quantize)


def write_litert(model, path, signatures: dict, quantize: str = "float32") -> Path:
    """Writes concrete functions of a model as the signatures of one file.

    Args:
        model: Whose weights they use.
        path: The file.
        signatures: Concrete functions of TensorFlow by name.
        quantize: As of `export_litert`.

    Returns:
        The path.

    Raises:
        OSError: If the file, or one in the system's temporary folder, cannot be
            written; names it.
    """
    import tensorflow as tf

    module = tf.Module()
    module.weights = [weight.value for weight in model.weights]
    with tempfile.TemporaryDirectory() as folder, disk_errors(folder):
        tf.saved_model.save(module, folder, signatures=signatures)
        converter = tf.lite.TFLiteConverter.from_saved_model(
            folder, signature_keys=list(signatures)
        )
        if quantize != "float32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if quantize == "float16":
            converter.target_spec.supported_types = [tf.float16]
        content = converter.convert()
    return write_stated(path, content)
