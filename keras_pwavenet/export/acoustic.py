"""Acoustic models as LiteRT files, for text to speech without Keras."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import keras

from keras_pwavenet.export.student import (
    check_float32,
    checked_frames,
    disk_errors,
    write_stated,
)
from keras_pwavenet.presets import PresetMixin, preset_class
from keras_pwavenet.text.durations import PLACES

QUANTIZE = ("float32", "float16")
SYMBOLS = (64, 160, 400)  # of the signatures of fixed length


def export_acoustic(
    model,
    path: str | os.PathLike,
    quantize: str = "float32",
    frames: Sequence[int] = (),
) -> Path:
    """Writes an acoustic model as a LiteRT file of two signatures.

    `encode` takes `symbols` `(1, symbols)`, int32, places in the inventory plus 1, and
    with several speakers `speaker` `(1,)`, int32; it gives `hidden` `(1, symbols,
    channels)` and `durations` `(1, symbols)`, logarithms of 1 + frames. `decode` takes
    `frames` `(1, frames, channels + 3)`, what
    `keras_pwavenet.text.durations.regulate` makes of the hidden symbols, and
    `pitch_scale` `(1,)`; it gives `pitch` `(1, frames)` in Hz, 0 where unvoiced, and
    `mel` `(1, frames, bands)` in the preprocessor's scale and range.

    Lengths are open. For runtimes without open lengths, such as LiteRT.js, `frames`
    gives signatures of fixed ones instead, all on the same weights: `encode_64`,
    `encode_160` and `encode_400`, whose symbols are padded with 0, and for each number
    of frames a `decode_N` that also takes `valid` `(1, N)`, 1 where a frame is the
    sentence's and 0 where it is padding. What is told of a frame depends on
    `model.reach` frames before and after it alone, so that a long sentence can be
    decoded window by window.

    Args:
        model: The `AcousticModel`, or its preset's name, folder or address.
        path: The file to write; `model.tflite` in the preset's folder is where
            `keras_pwavenet.speak` looks for it.
        quantize: How weights are stored: "float32", or "float16", half the size.
        frames: Numbers of frames to have signatures for; empty for any number.

    Returns:
        The path.

    Raises:
        RuntimeError: If Keras does not run on TensorFlow.
        ValueError: If the model is no acoustic model in float32, or `quantize` is not
            one of those above, or `frames` are not different positive integers.
        OSError: If the file cannot be written; names it.
    """
    if keras.backend.backend() != "tensorflow":
        raise RuntimeError(
            "Expected the TensorFlow backend, whose graphs are exported. "
            f"Received: backend='{keras.backend.backend()}'"
        )
    if quantize not in QUANTIZE:
        raise ValueError(
            f"Expected `quantize` to be one of {QUANTIZE}. Received: {quantize=}"
        )
    if isinstance(model, str | os.PathLike):
        model = PresetMixin.from_preset(model)
    if not is_acoustic(model):
        raise ValueError(
            "Expected an acoustic model, an AcousticModel, or its preset. "
            f"Received: model={type(model).__name__}"
        )
    check_float32(model)
    frames = checked_frames(frames)
    import tensorflow as tf

    module = tf.Module()
    module.weights = [weight.value for weight in model.weights]
    signatures = _fixed(model, frames) if frames else _open(model)
    with tempfile.TemporaryDirectory() as folder, disk_errors(folder):
        tf.saved_model.save(module, folder, signatures=signatures)
        converter = tf.lite.TFLiteConverter.from_saved_model(
            folder, signature_keys=list(signatures)
        )
        if quantize == "float16":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.target_spec.supported_types = [tf.float16]
        content = converter.convert()
    return write_stated(path, content)


def is_acoustic(model) -> bool:
    """Whether something is an acoustic model, or the preset of one.

    Raises:
        ValueError: If there is no such preset.
    """
    if isinstance(model, str | os.PathLike):
        model = preset_class(model)
    return hasattr(model, "predict_mel")


def _open(model):
    encode = _encode(model, None)
    return {"encode": encode, "decode": _decode(model, _width(encode), None)}


def _fixed(model, frames):
    signatures = {f"encode_{number}": _encode(model, number) for number in SYMBOLS}
    width = _width(signatures[f"encode_{SYMBOLS[0]}"])
    decodes = {f"decode_{number}": _decode(model, width, number) for number in frames}
    return signatures | decodes


def _encode(model, length):
    import tensorflow as tf

    inputs = [tf.TensorSpec((1, length), tf.int32, "symbols")]
    if model.num_speakers:
        inputs.append(tf.TensorSpec((1,), tf.int32, "speaker"))

    def encode(symbols, speaker=None):
        hidden, durations = model.encode(symbols, speaker, training=False)
        return {"hidden": hidden, "durations": durations}

    return tf.function(encode, input_signature=inputs).get_concrete_function()


def _width(encode):
    return encode.structured_outputs["hidden"].shape[-1] + PLACES


def _decode(model, width, length):
    import tensorflow as tf

    inputs = [
        tf.TensorSpec((1, length, width), tf.float32, "frames"),
        tf.TensorSpec((1,), tf.float32, "pitch_scale"),
    ]
    if length is not None:
        inputs.append(tf.TensorSpec((1, length), tf.float32, "valid"))
    lowest, highest = model.preprocessor.value_range

    def decode(frames, pitch_scale, *valid):
        valid = [one[..., None] for one in valid]
        pitch, mel = model.decode(frames, pitch_scale[:, None], *valid)
        return {"pitch": pitch, "mel": tf.clip_by_value(mel, lowest, highest)}

    return tf.function(decode, input_signature=inputs).get_concrete_function()
