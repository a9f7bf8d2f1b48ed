"""What all losses refuse: text, other shapes than theirs, settings that are none."""

import math
import numbers
from typing import Any

import keras
import numpy as np

_LARGEST = 1e9  # that a setting is


class CheckedLoss(keras.losses.Loss):
    """A loss in float32 that looks at shapes and kinds before it compares.

    Numbers that are NaN or infinite give a loss that is: training is watched for it.

    Args:
        reduction: As in `keras.losses.Loss`.
        name: Name of the loss.
        dtype: As in `keras.losses.Loss`.

    Attributes:
        shapes: The axes of `y_true` and of `y_pred`, by name; axes of one name are as
            long in both.

    Raises:
        ValueError: On a call, if one has other axes, or is no array of numbers.
    """

    shapes: tuple[tuple[str, ...], tuple[str, ...]]

    def __init__(self, reduction="sum_over_batch_size", name=None, dtype=None):
        super().__init__(name=name, reduction=reduction, dtype=dtype or "float32")

    def __call__(self, y_true, y_pred, sample_weight=None):
        self.check(y_true, y_pred)
        return super().__call__(y_true, y_pred, sample_weight)

    def check(self, y_true, y_pred) -> None:
        """Refuses what the loss does not compare.

        Raises:
            ValueError: As for a call.
        """
        wanted = {"y_true": self.shapes[0], "y_pred": self.shapes[1]}
        check_arrays(wanted, {"y_true": y_true, "y_pred": y_pred})


class AudioLoss(CheckedLoss):
    """A loss that compares recorded and generated audio, `(batch, samples)` each.

    Args:
        reduction: As in `keras.losses.Loss`.
        name: Name of the loss.
        dtype: As in `keras.losses.Loss`.

    Attributes:
        compares: "audio".

    Raises:
        ValueError: On a call, if the two are not of this one shape, or of floats.
    """

    compares = "audio"
    shapes = (("batch", "samples"), ("batch", "samples"))

    def check(self, y_true, y_pred) -> None:
        super().check(y_true, y_pred)
        for name, value in (("y_true", y_true), ("y_pred", y_pred)):
            if "float" not in _kind(value):
                raise ValueError(
                    f"Expected `{name}` of floats in [-1, 1]; divide 16-bit integers "
                    f"by 32768. Received: {name}.dtype={_kind(value)}"
                )


def check_arrays(wanted: dict[str, tuple[str, ...]], given: dict[str, Any]) -> None:
    """Refuses arrays of other axes than wanted, and what is no array of numbers.

    Args:
        wanted: The names of the axes of each; axes of one name are as long in all. The
            length of an axis that is not known while a function is traced is None.
        given: The arrays, by the same names.

    Raises:
        ValueError: If an array has another number of axes, one without an entry, or
            one that is of another length elsewhere, or holds no numbers.
    """
    lengths: dict[str, int] = {}
    for name, axes in wanted.items():
        kind = _kind(given[name])
        if not any(known in kind for known in ("float", "int")):
            raise ValueError(
                f"Expected `{name}` of numbers. Received: {name} of {kind}"
            )
        shape = tuple(np.shape(given[name]))
        fits = len(shape) == len(axes) and all(
            size is None or (size > 0 and lengths.setdefault(axis, size) == size)
            for axis, size in zip(axes, shape, strict=True)
        )
        if not fits:
            known = ", ".join(f"{axis}={length}" for axis, length in lengths.items())
            raise ValueError(
                f"Expected `{name}` of shape ({', '.join(axes)})"
                f"{f', {known}' if known else ''}. Received: {name}.shape={shape}"
            )


def check_number(name: str, value: Any, low: float, whole: bool = False) -> None:
    """Refuses a setting that is no finite number, or too low.

    Args:
        name: What it is called.
        value: The setting.
        low: The lowest that is right.
        whole: Whether it is to be an integer.

    Raises:
        ValueError: If it is.
    """
    kind = numbers.Integral if whole else numbers.Real
    good = isinstance(value, kind) and not isinstance(value, bool)
    if not good or not (low <= value and abs(value) <= _LARGEST):
        text = "an integer" if whole else "a finite number"
        least = "" if low == -math.inf else f" of {low:g} or more"
        raise ValueError(
            f"Expected `{name}` to be {text}{least}. Received: {name}={value!r}"
        )


def _kind(value: Any) -> str:
    """The type of an array's numbers."""
    try:
        return str(value.dtype if hasattr(value, "dtype") else np.asarray(value).dtype)
    except ValueError:
        return "lists of different lengths"
