"""What the numbers of speaking may be, whoever speaks. Without Keras."""

import numbers

RATES = (0.25, 4.0)
PITCH_SCALES = (0.1, 10.0)
TEMPERATURES = (0.0, 10.0)
HIGHEST_SEED = 2**32 - 1
HIGHEST_PITCH = 2000.0  # Hz
USUAL_PITCH = 200.0  # Hz, about which a network's numbers are small


def check_factor(name: str, value: float, bounds: tuple[float, float]) -> None:
    """Refuses a factor out of bounds.

    Raises:
        ValueError: If it is no number within them.
    """
    lowest, highest = bounds
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not number or not lowest <= value <= highest:
        raise ValueError(
            f"Expected `{name}` from {lowest:g} to {highest:g}. "
            f"Received: {name}={value!r:.80}"
        )


def check_seed(seed: int | None, highest: int = HIGHEST_SEED) -> None:
    """Refuses what is no seed.

    Raises:
        ValueError: If it is neither None nor a whole number from 0 to `highest`.
    """
    if seed is None:
        return
    whole = isinstance(seed, numbers.Integral) and not isinstance(seed, bool)
    if not whole or not 0 <= seed <= highest:
        raise ValueError(
            f"Expected `seed` to be a whole number from 0 to {highest}. "
            f"Received: seed={_shown(seed)}"
        )


def _shown(seed):
    """A number in few digits; Python refuses to write very long ones."""
    if isinstance(seed, int) and seed.bit_length() > 200:
        return f"one of {seed.bit_length()} bits"
    return f"{seed!r:.80}"
