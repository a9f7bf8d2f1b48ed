"""16-bit samples and their floating-point values."""

import numpy as np


def to_int16(audio: np.ndarray) -> np.ndarray:
    """Rounds a waveform in [-1, 1] to 16 bits, 1/32768 a step.

    These are the levels that `keras_pwavenet.logistic` gives probabilities.

    Args:
        audio: Floating-point waveform of any shape. +1 becomes 32767, the largest
            value there is.

    Returns:
        int16 array of the same shape; `to_float` gives every 16-bit value back
        exactly.
    """
    steps = np.rint(np.asarray(audio, "float64") * 32768)
    return np.clip(steps, -32768, 32767).astype("int16")


def to_float(audio: np.ndarray) -> np.ndarray:
    """Turns 16-bit samples into float32 in [-1, 1).

    Args:
        audio: int16 array of any shape.

    Returns:
        float32 array of the same shape.
    """
    return audio.astype("float32") / np.float32(32768)
