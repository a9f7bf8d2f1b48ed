"""Audio files to waveforms inside a TensorFlow graph, by tensorflow-io.

Optional: the extra `tensorflow-io`. Its compiled operations load on
TensorFlow 2.16 and 2.17 only; on newer versions `import tensorflow_io` succeeds and
the first operation fails, so a probe decides. Elsewhere `read_audio` does the work.
"""

import functools
import importlib.metadata
import io
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import soundfile

if TYPE_CHECKING:
    import tensorflow as tf

# The type tensorflow-io decodes each format to must be known when the graph is built.
_DTYPES = {".wav": "int16", ".flac": "int16", ".ogg": "float32", ".mp3": "float32"}

# Samples, at the lower of the two rates, by which its resampler comes late.
_DELAY = 32


@functools.cache
def tensorflow_io_loads() -> bool:
    """Tells whether tensorflow-io is installed and its operations work here."""
    file = io.BytesIO()
    soundfile.write(file, np.array([8192], "int16"), 16000, format="WAV")
    try:
        import tensorflow_io as tfio

        decoded = tfio.audio.decode_wav(file.getvalue(), dtype="int16")
    except (ImportError, NotImplementedError):
        return False
    return decoded.numpy().tolist() == [[8192]]


def graph_audio_reader(
    sample_rate: int, suffix: str = ".wav"
) -> Callable[["tf.Tensor"], "tf.Tensor"]:
    """Makes a function that reads an audio file, all in TensorFlow operations.

    Unlike `read_audio` the function can be traced, so it runs inside
    `tf.data.Dataset.map` and `tf.function`. It too mixes down and resamples.

    Args:
        sample_rate: Samples a second wanted.
        suffix: The files' format: ".wav" or ".flac" (16 bits a sample), ".ogg"
            (Vorbis) or ".mp3".

    Returns:
        A function from a file name, a string tensor of rank 0, to a float32 tensor
        (samples,) in [-1, 1]. It fails with a `tf.errors.OpError` when it is run on
        a file that cannot be read.

    Raises:
        ImportError: If tensorflow-io is missing or does not load here.
        ValueError: If the format is none of these.

    Example:
        >>> names = tf.data.Dataset.list_files("wavs/*.wav")
        >>> waveforms = names.map(graph_audio_reader(16000, ".wav"))
    """
    if suffix not in _DTYPES:
        raise ValueError(
            f"Expected `suffix` to be one of {', '.join(_DTYPES)}. "
            f"Received: suffix={suffix!r}"
        )
    if not tensorflow_io_loads():
        raise ImportError(_what_is_missing())
    import tensorflow as tf
    import tensorflow_io as tfio

    dtype = tf.as_dtype(_DTYPES[suffix])

    @tf.autograph.experimental.do_not_convert
    def read(path: tf.Tensor) -> tf.Tensor:
        file = tfio.audio.AudioIOTensor(path, dtype=dtype)
        audio = tf.cast(file.to_tensor(), tf.float32)
        if dtype == tf.int16:
            audio /= 32768.0
        audio = tf.reduce_mean(audio, axis=-1)
        rate, wanted = tf.cast(file.rate, tf.int64), tf.constant(sample_rate, tf.int64)
        audio = tf.cond(
            tf.equal(rate, wanted),
            lambda: audio,
            lambda: _resample(audio, rate, wanted),
        )
        return tf.clip_by_value(tf.ensure_shape(audio, [None]), -1.0, 1.0)

    return read


def _resample(
    audio: "tf.Tensor", rate: "tf.Tensor", wanted: "tf.Tensor"
) -> "tf.Tensor":
    """Resamples (samples,), less the delay of tensorflow-io's filter."""
    import tensorflow as tf
    import tensorflow_io as tfio

    ratio = tf.cast(wanted / rate, tf.float64)
    samples = tf.cast(tf.round(tf.cast(tf.size(audio), tf.float64) * ratio), tf.int32)
    delay = tf.cast(tf.round(_DELAY * tf.maximum(ratio, 1)), tf.int32)
    tail = tf.cast(tf.math.ceil(_DELAY / tf.minimum(ratio, 1)), tf.int32) + 1
    resampled = tfio.audio.resample(tf.pad(audio, [[0, tail]]), rate, wanted)
    return resampled[delay : delay + samples]


def _what_is_missing() -> str:
    try:
        found = importlib.metadata.version("tensorflow-io")
    except importlib.metadata.PackageNotFoundError:
        found = "not installed"
    return (
        "Reading audio in the graph needs tensorflow-io on TensorFlow 2.16 or 2.17, "
        "the versions its operations load on: "
        "pip install tensorflow-io 'tensorflow<2.18'. `read_audio` works everywhere. "
        "Received: "
        f"tensorflow-io={found}"
    )
