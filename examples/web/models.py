"""Models for the page: exported, rounded so that they compress, packed."""

import gzip
import tempfile
from pathlib import Path

import numpy as np

MODEL_BITS = 6  # of the mantissa of an acoustic model's weights
VOICE_BITS = 8  # of a voice's weights
TABLE_BITS = 16  # of its tables of sines, which steep spectra are computed with
_TABLES = ("synthesis", "envelope", "arith.constant")
_LEAST = 4096  # bytes of a tensor that is rounded


def write_models(folder, acoustic_model, presets, windows, step):
    """Writes an acoustic model as `acoustic.gz`, and each preset as `PRESET.gz`."""
    from keras_pwavenet.export import export_litert, export_litert_stream

    with tempfile.TemporaryDirectory() as work:
        path = Path(work, "model.tflite")
        export_litert(acoustic_model, path, frames=windows)
        _write(folder / "acoustic.gz", path, lambda name: MODEL_BITS)
        for preset in presets:
            export_litert_stream(preset, path, frames=[step])
            _write(folder / f"{preset}.gz", path, _voice_bits)


def settings(acoustic_model, voices, again, windows, step) -> dict:
    """What the page must know of its models."""
    from keras_pwavenet import AcousticModel
    from keras_pwavenet.export.acoustic import SYMBOLS

    model = AcousticModel.from_preset(acoustic_model)
    mel = model.preprocessor
    return {
        "symbols": list(model.symbols),
        "lengths": list(SYMBOLS),
        "windows": windows,
        "reach": model.reach,
        "channels": model.channels,
        "step": step,
        "mel": {**mel.get_config(), "range": mel.value_range},
        "filters": _filters(mel),
        "voices": voices,
        "again": again,
    }


def packed(content: bytes) -> bytes:
    """Compresses a file of float32, whose bytes of a kind are put together first."""
    content += bytes(-len(content) % 4)
    planes = np.frombuffer(content, "u1").reshape(-1, 4).T
    return gzip.compress(planes.tobytes(), 9, mtime=0)


def unpacked(content: bytes) -> bytes:
    """Undoes `packed`, as the page does."""
    planes = np.frombuffer(gzip.decompress(content), "u1").reshape(4, -1)
    return planes.T.tobytes()


def rounded(content: bytes, bits) -> bytes:
    """Rounds the large float32 tensors of a LiteRT file.

    Args:
        content: The file.
        bits: Gives the bits of mantissa that are kept for a tensor's name.

    Returns:
        The file, as long as before.
    """
    from tensorflow.lite.python import schema_py_generated as schema

    changed = bytearray(content)
    model = schema.Model.GetRootAsModel(content, 0)
    done = set()
    for graph in map(model.Subgraphs, range(model.SubgraphsLength())):
        for tensor in map(graph.Tensors, range(graph.TensorsLength())):
            buffer = model.Buffers(tensor.Buffer())
            size = buffer.DataLength()
            floats = tensor.Type() == schema.TensorType.FLOAT32
            if not floats or size < _LEAST or tensor.Buffer() in done:
                continue
            done.add(tensor.Buffer())
            start = buffer._tab.Vector(buffer._tab.Offset(4))
            values = np.frombuffer(content, "<u4", size // 4, start).astype("u8")
            lost = 23 - bits(tensor.Name().decode())
            values = (values + (1 << lost - 1)) >> lost << lost
            changed[start : start + size] = values.astype("<u4").tobytes()
    return bytes(changed)


def _write(target, path, bits):
    target.write_bytes(packed(rounded(path.read_bytes(), bits)))


def _voice_bits(name):
    return TABLE_BITS if any(part in name for part in _TABLES) else VOICE_BITS


def _filters(mel):
    """Of each band the first bin of its triangle, and the weights from there on."""
    from keras_pwavenet.audio.mel_scale import mel_filters

    top = mel.fmax or mel.sample_rate / 2
    filters = mel_filters(mel.sample_rate, mel.n_fft, mel.n_mels, mel.fmin, top)
    found = []
    for band in filters.T:
        inside = np.flatnonzero(band)
        first, last = (inside[0], inside[-1]) if len(inside) else (0, -1)
        weights = [float(f"{one:.7g}") for one in band[first : last + 1]]
        found.append([int(first), weights])
    return found
