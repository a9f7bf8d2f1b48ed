"""What torch does to many tensors in one call, and the others in a loop."""

import keras
from keras import ops


def global_norm(tensors):
    """Root of the sum of squares of all tensors, float32."""
    if keras.backend.backend() == "torch":
        import torch

        norms = torch._foreach_norm([ops.cast(t, "float32") for t in tensors])
        return torch.linalg.vector_norm(torch.stack(norms))
    squares = [ops.sum(ops.square(ops.cast(t, "float32"))) for t in tensors]
    return ops.sqrt(sum(squares))


def move_averages(averages, variables, momentum) -> None:
    """Moves averages towards values, in place.

    Args:
        averages: Variables that become
            `momentum * average + (1 - momentum) * variable`.
        variables: As many variables.
        momentum: A number, in [0, 1].
    """
    if keras.backend.backend() == "torch":
        import torch

        values = [variable.value for variable in variables]
        with torch.no_grad():
            held = [average.value for average in averages]
            torch._foreach_lerp_(held, values, 1.0 - float(momentum))
        return
    for average, variable in zip(averages, variables, strict=True):
        average.assign(momentum * average + (1.0 - momentum) * variable)
