"""Power of the short-time spectrum."""

import numpy as np
from keras import ops


def stft_power(audio, fft_length: int, hop_length: int, win_length: int):
    """Power of the short-time Fourier transform with a periodic Hann window.

    Args:
        audio: `(batch, samples)`.
        fft_length: Length of the transform, in samples.
        hop_length: Distance of the frames, in samples.
        win_length: Length of the window, in samples.

    Returns:
        `(batch, 1 + samples // hop_length, fft_length // 2 + 1)`, float32. Frame i is
        centred on sample `i * hop_length`, with the audio mirrored at both ends, so
        that the first and last samples count as much as the others. Audio shorter
        than a transform is padded with zeros to one.
    """
    audio = ops.cast(audio, "float32")
    missing = fft_length - audio.shape[-1] if audio.shape[-1] else 0
    if missing > 0:
        audio = ops.pad(audio, [[0, 0], [0, missing]])
    real, imaginary = ops.stft(
        audio,
        win_length,
        hop_length,
        fft_length,
        window=hann(win_length).astype("float32"),
        center=True,
    )
    return real * real + imaginary * imaginary


def hann(length: int) -> np.ndarray:
    """The periodic Hann window; TensorFlow's own is not where its length is odd."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
