"""Functions of a model's weights, compiled for inference."""

import keras
from keras import ops

SIZES = (256, 64, 16, 4, 1)  # steps at once: JAX compiles anew for each number


def sizes_of(count: int) -> list[int]:
    """How many steps to compute at once, so that few shapes are compiled.

    Args:
        count: Steps in all.

    Returns:
        Numbers of at most 256 whose sum is `count`; on JAX only powers of 4.
    """
    sizes = SIZES if keras.backend.backend() == "jax" else SIZES[:1]
    found = []
    for size in sizes:
        found += [size] * (count // size)
        count %= size
    return found + [count] * (count > 0)


def for_inference(function, model):
    """A pure function of arrays and of a model's weights, compiled where that helps.

    Args:
        function: Takes nested dicts and lists of tensors and gives such. It neither
            draws numbers nor changes weights.
        model: The model, whose weights are those of the moment of a call.

    Returns:
        A function of the same arguments, numpy arrays or tensors, without gradients. It
        may be called from several threads.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        compiled = tf.function(function, reduce_retracing=True, autograph=False)
        return lambda *inputs: compiled(*_tensors(inputs))
    if backend == "jax":
        import jax

        def stateless(values, *inputs):
            pairs = zip(model.variables, values, strict=True)
            with keras.StatelessScope(state_mapping=pairs):
                return function(*inputs)

        compiled = jax.jit(stateless)
        return lambda *inputs: compiled(
            [variable.value for variable in model.variables], *inputs
        )
    import torch

    return lambda *inputs: torch.no_grad()(function)(*_tensors(inputs))


def _tensors(inputs):
    return keras.tree.map_structure(ops.convert_to_tensor, inputs)
