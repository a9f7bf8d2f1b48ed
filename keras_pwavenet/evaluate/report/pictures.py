"""Spectrograms side by side."""

import io
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import scipy.signal

from keras_pwavenet.files import write_bytes

_WINDOW_SECONDS = 0.025
_HOP_SECONDS = 0.004
_RANGE_DB = 80.0


def spectrogram(audio: np.ndarray, sample_rate: int) -> np.ndarray:
    """Computes the picture of a waveform (samples,) with windows of 25 ms.

    Returns:
        (frequencies, times), in dB; 0 is the power of a full-scale sine.
    """
    length = max(16, round(_WINDOW_SECONDS * sample_rate))
    hop = max(1, round(_HOP_SECONDS * sample_rate))
    window = scipy.signal.get_window("hann", length)
    audio = np.pad(np.asarray(audio, "float64"), length // 2)
    frames = np.lib.stride_tricks.sliding_window_view(audio, length)[::hop]
    amplitude = 2 * np.abs(np.fft.rfft(frames * window, 1024)) / window.sum()
    return 20 * np.log10(np.maximum(amplitude, 1e-6)).T


def spectrogram_png(audio: np.ndarray, sample_rate: int, top: float) -> bytes:
    """Draws one waveform as a PNG file (package matplotlib).

    Args:
        audio: Waveform (samples,).
        sample_rate: Samples a second.
        top: The brightest colour, in dB as in `spectrogram`; the darkest is 80 below.

    Raises:
        ImportError: If matplotlib is missing.
    """
    from matplotlib.figure import Figure

    figure = Figure((4.2, 2.1))
    axis = figure.add_axes((0.09, 0.17, 0.9, 0.8))
    picture = spectrogram(audio, sample_rate)
    _draw(axis, picture, len(audio) / sample_rate, sample_rate, top)
    axis.set_xlabel("s", fontsize=8, labelpad=0)
    axis.set_ylabel("kHz", fontsize=8, labelpad=2)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=100)
    return file.getvalue()


def write_spectrograms(
    path: str | os.PathLike,
    clips: Sequence[tuple[str, Sequence[tuple[str, np.ndarray]]]],
    sample_rate: int,
) -> None:
    """Draws a row a clip and a column a system (package matplotlib).

    Args:
        path: The picture; .png, .svg or .pdf.
        clips: (title of the clip, [(name of the system, waveform (samples,)), ...]).
        sample_rate: Samples a second.

    Raises:
        ImportError: If matplotlib is missing.
    """
    from matplotlib.figure import Figure

    columns = max(len(systems) for _, systems in clips)
    figure = Figure((3.4 * columns, 2.6 * len(clips)), layout="constrained")
    axes = figure.subplots(len(clips), columns, squeeze=False, sharey=True)
    for row, (title, systems) in zip(axes, clips, strict=True):
        for axis in row[len(systems) :]:
            axis.set_visible(False)
        pictures = [spectrogram(audio, sample_rate) for _, audio in systems]
        top = max(picture.max() for picture in pictures)
        for axis, (name, audio), picture in zip(row, systems, pictures, strict=False):
            _draw(axis, picture, len(audio) / sample_rate, sample_rate, top)
            axis.set_title(name, fontsize=10)
        row[0].set_ylabel(f"{title}\nkHz", fontsize=8)
    for axis in axes[-1]:
        axis.set_xlabel("s", fontsize=8)
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = io.BytesIO()
    figure.savefig(content, dpi=110, format=path.suffix[1:])
    write_bytes(path, content.getvalue())


def _draw(axis, picture, seconds, sample_rate, top):
    axis.imshow(
        picture,
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        cmap="magma",
        vmin=top - _RANGE_DB,
        vmax=top,
        extent=(0, seconds, 0, sample_rate / 2000),
    )
    axis.tick_params(labelsize=8)
