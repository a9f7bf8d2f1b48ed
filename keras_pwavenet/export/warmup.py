"""Warm-up requests of a SavedModel, which TensorFlow Serving replays as it loads it.

They are `tensorflow.serving.PredictionLog` messages. The two messages around the
tensors are written by hand, so that exporting does not need tensorflow-serving-api.
"""

from pathlib import Path
from typing import Any

WARMUP = Path("assets.extra") / "tf_serving_warmup_requests"


def write_warmup(folder: Path, requests: list[tuple[str, dict[str, Any]]]) -> None:
    """Writes the warm-up file of a SavedModel.

    A version whose requests fail is not taken into service; the one before goes on.

    Args:
        folder: The SavedModel's folder.
        requests: For each request the signature's name and its inputs, arrays by name.
    """
    import tensorflow as tf

    (folder / WARMUP).parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(folder / WARMUP)) as writer:
        for signature, inputs in requests:
            writer.write(_prediction_log(signature, inputs))


def _prediction_log(signature, inputs) -> bytes:
    """`PredictionLog.predict_log.request`, with `model_spec` and `inputs`."""
    import tensorflow as tf

    request = _field(1, _field(3, signature.encode()))
    for name, value in inputs.items():
        tensor = tf.make_tensor_proto(value).SerializeToString()
        request += _field(2, _field(1, name.encode()) + _field(2, tensor))
    return _field(6, _field(1, request))


def _field(number: int, content: bytes) -> bytes:
    """A protocol buffer's field of bytes: its key, its length and the bytes."""
    size, length = len(content), b""
    while size > 127:
        length += bytes([size & 127 | 128])
        size >>= 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + content
