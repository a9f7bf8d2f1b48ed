"""Length regulation: from symbols to frames, in NumPy alone."""

import numpy as np

PLACES = 3  # channels that `regulate` adds


def frames_of(log_durations, pauses, rate: float = 1.0) -> np.ndarray:
    """Whole frames of each symbol; fractions are carried on, so that none are lost.

    Args:
        log_durations: Logarithms of 1 + frames, (symbols,).
        pauses: Which symbols may have no frame, bool (symbols,).
        rate: Divides the durations.

    Returns:
        int64 (symbols,), 1 or more but for pauses, and one or more altogether.
    """
    frames = np.maximum(np.expm1(np.asarray(log_durations, "float64")), 0) / rate
    whole = np.diff(np.round(np.cumsum(frames)), prepend=0).astype("int64")
    whole = np.maximum(whole, ~np.asarray(pauses, bool))
    whole[-1] += not whole.any()
    return whole


def places(durations) -> np.ndarray:
    """Where each frame lies in its symbol.

    Args:
        durations: Frames of each symbol, (symbols,).

    Returns:
        float32 (frames, 3): the part of the symbol that is over at the frame's centre;
        a tenth of the frames since its beginning; and a tenth of those to its end.
    """
    durations = np.asarray(durations)
    long = np.repeat(durations, durations)
    begins = np.repeat(np.cumsum(durations) - durations, durations)
    since = np.arange(len(long)) - begins + 0.5
    return np.stack([since / long, since / 10, (long - since) / 10], 1).astype("f4")


def regulate(hidden, durations) -> np.ndarray:
    """Repeats each symbol's channels for as many frames as it has.

    Args:
        hidden: What an acoustic model encodes, (symbols, channels).
        durations: Frames of each symbol, (symbols,).

    Returns:
        float32 (frames, channels + 3), with `places`.
    """
    repeated = np.repeat(np.asarray(hidden, "float32"), durations, axis=0)
    return np.concatenate([repeated, places(durations)], axis=-1)
