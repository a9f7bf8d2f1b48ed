"""From where to where a log-mel goes; without Keras."""

import math

import numpy as np

LARGEST_INPUT = 1e4  # of conditioning and noise; beyond it sums of float32 overflow
_MARGIN = 0.1  # of the range; what predicts features may overshoot


def log_mel_range(
    filters, win_length: int, floor: float, offset: float, scale: float
) -> tuple[float, float]:
    """The lowest and the highest value that audio in [-1, 1] can give.

    Args:
        filters: As `mel_filters` gives them, or sparse.
        win_length: As of `LogMelSpectrogram`, and so are the others.
        floor: Smallest mel magnitude.
        offset: Added to the logarithm.
        scale: Multiplies the sum.
    """
    largest = win_length / 2 * filters.sum(axis=1).max()  # of a periodic Hann window
    ends = [
        (math.log(magnitude) + offset) * scale
        for magnitude in (floor, max(largest, floor))
    ]
    return min(ends), max(ends)


def check_numbers(name: str, values) -> None:
    """Refuses text, complex numbers, objects, and rows of different length.

    Args:
        name: Of the argument.
        values: An array of any kind, or lists.

    Raises:
        ValueError: If it holds something else than real numbers.
    """
    try:
        dtype = getattr(values, "dtype", None) or np.asarray(values).dtype
    except ValueError:
        raise ValueError(
            f"Expected `{name}` of real numbers. Received: rows of different length"
        ) from None
    odd = any(word in str(dtype) for word in ("complex", "string"))
    if odd or getattr(dtype, "kind", "f") not in "biufV":  # V: bfloat16
        raise ValueError(
            f"Expected `{name}` of real numbers. Received: {name}.dtype={dtype}"
        )


def check_range(
    name: str, values: np.ndarray, value_range: tuple[float, float] | None
) -> None:
    """Refuses features that no audio has.

    Args:
        name: Of the argument.
        values: The features.
        value_range: As `log_mel_range` gives it; None where it is not known.

    Raises:
        ValueError: If a number is NaN, or well beyond the range or 10 000.
    """
    lowest, highest = value_range or (-LARGEST_INPUT, LARGEST_INPUT)
    beyond = _MARGIN * (highest - lowest) if value_range else 0.0
    found = values.min(), values.max()
    if found[0] >= lowest - beyond and found[1] <= highest + beyond:
        return
    if value_range is None:
        raise ValueError(
            f"Expected `{name}` from {lowest:g} to {highest:g}. "
            f"Received: numbers from {found[0]:g} to {found[1]:g}"
        )
    raise ValueError(
        f"Expected `{name}` as the model's `preprocessor` makes it, from "
        f"{lowest:.2f} to {highest:.2f}; its `from_log_mel` converts log-mels of "
        f"others. Received: numbers from {found[0]:.2f} to {found[1]:.2f}"
    )
