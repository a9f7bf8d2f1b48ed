"""16-bit samples and their floating-point values."""

import numpy as np

# Lossy decoders and float files overshoot full scale a little; beyond 12 dB an array
# holds something else than audio in [-1, 1], most often unscaled integers.
LOUDEST = 4.0


def check_scale(audio: np.ndarray, name: str = "audio") -> None:
    """Refuses what is no floating-point audio in [-1, 1], give or take an overshoot.

    Args:
        audio: An array of any shape.
        name: What it is called.

    Raises:
        ValueError: If it holds integers, NaN or infinite numbers, or numbers beyond
            12 dB over full scale.
    """
    if not np.issubdtype(audio.dtype, np.floating):
        raise ValueError(
            f"Expected `{name}` of floats in [-1, 1]; divide 16-bit integers by 32768. "
            f"Received: {name}.dtype={audio.dtype}"
        )
    if not np.isfinite(audio).all():
        count = np.count_nonzero(~np.isfinite(audio))
        raise ValueError(
            f"Expected `{name}` of finite numbers. Received: {name} with NaN or "
            f"infinite numbers in {count} of {audio.size} samples"
        )
    peak = float(np.abs(audio).max(initial=0.0))
    if peak > LOUDEST:
        raise ValueError(
            f"Expected `{name}` in [-1, 1]; divide 16-bit values by 32768. "
            f"Received: {name} with a peak of {peak:g}"
        )


def to_int16(audio: np.ndarray) -> np.ndarray:
    """Rounds a waveform in [-1, 1] to 16 bits, 1/32768 a step.

    These are the levels that `keras_pwavenet.logistic` gives probabilities.

    Args:
        audio: Floating-point waveform of any shape. +1 becomes 32767, the largest
            value there is.

    Returns:
        int16 array of the same shape; `to_float` gives every 16-bit value back
        exactly.

    Raises:
        ValueError: As for `check_scale`.
    """
    audio = np.asarray(audio)
    check_scale(audio)
    steps = np.rint(audio.astype("float64") * 32768)
    return np.clip(steps, -32768, 32767).astype("int16")


def to_float(audio: np.ndarray) -> np.ndarray:
    """Turns 16-bit samples into float32 in [-1, 1).

    Args:
        audio: int16 array of any shape.

    Returns:
        float32 array of the same shape.
    """
    return audio.astype("float32") / np.float32(32768)
