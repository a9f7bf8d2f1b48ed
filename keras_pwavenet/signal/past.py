"""What a causal computation must keep of one piece to go on with the next."""

from keras import ops


class Past:
    """Hands out what was kept of the pieces before, and keeps what the next one needs.

    Whoever computes piece by piece asks in the same order each time; so what is kept
    needs no names.

    Args:
        kept: `kept` after the piece before; None for silence before the first.

    Attributes:
        kept: List of tensors `(batch, steps, ...)`, in the order of asking.
    """

    def __init__(self, kept=None):
        self._before = None if kept is None else iter(kept)
        self.kept = []

    def before(self, values, steps: int):
        """Puts the last steps of the pieces before in front of a piece.

        Args:
            values: `(batch, time, ...)`.
            steps: How many to put in front.

        Returns:
            `(batch, steps + time, ...)`; zeros stand for what was before the first
            piece.
        """
        if not steps:
            return values
        if self._before is None:
            shape = (ops.shape(values)[0], steps, *values.shape[2:])
            earlier = ops.zeros(shape, dtype=values.dtype)
        else:
            earlier = next(self._before)
        found = ops.concatenate([earlier, values], axis=1)
        self.kept.append(found[:, -steps:])
        return found


def put_before(values, steps: int, past: Past | None = None):
    """Puts what came before in front of a sequence: zeros if it is no piece of one.

    Args:
        values: `(batch, time, ...)`.
        steps: How many steps.
        past: The `Past` of a sequence that is computed piece by piece, or None.

    Returns:
        `(batch, steps + time, ...)`.
    """
    if past is not None:
        return past.before(values, steps)
    return ops.pad(values, [[0, 0], [steps, 0]] + [[0, 0]] * (len(values.shape) - 2))
