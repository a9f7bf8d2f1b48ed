"""Functions of a model's weights, compiled for inference."""

import threading

import keras
from keras import ops

# Steps at once: JAX compiles anew for each number, and torch records below `EAGER`.
SIZES = (256, 64, 16, 4, 1)
EAGER = 16


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
    return _Recorded(function, model)


class _Recorded:
    """A function on torch, whose operations are recorded where they are small.

    Keras' layers cost more than their sums when a call computes a few steps. So the
    first call of each shape notes torch's operations, and later ones run these.
    """

    def __init__(self, function, model):
        self.function, self.model = function, model
        self.recorded, self.lock = {}, threading.Lock()

    def __call__(self, *inputs):
        import torch

        inputs = _tensors(inputs)
        with torch.no_grad():
            if inputs[-1]["conditioning"].shape[1] >= EAGER:
                return self.function(*inputs)
            leaves = keras.tree.flatten(inputs)
            weights = [variable.value.detach() for variable in self.model.variables]
            key = tuple((leaf.shape, leaf.dtype) for leaf in [*weights, *leaves])
            with self.lock:
                if key not in self.recorded:
                    self.recorded[key] = self._record(weights, inputs)
            graph, structure = self.recorded[key]
            return keras.tree.pack_sequence_as(structure, graph(weights, leaves))

    def _record(self, weights, inputs):
        from torch.fx.experimental.proxy_tensor import make_fx

        structure = None

        def flat(weights, leaves):
            nonlocal structure
            pairs = zip(self.model.variables, weights, strict=True)
            with keras.StatelessScope(state_mapping=pairs):
                found = self.function(*keras.tree.pack_sequence_as(inputs, leaves))
            structure = keras.tree.map_structure(lambda leaf: None, found)
            return keras.tree.flatten(found)

        graph = make_fx(flat, tracing_mode="fake")(weights, keras.tree.flatten(inputs))
        for node in list(graph.graph.nodes):  # constants stay what they are
            if "lift_fresh_copy" in str(node.target):
                node.replace_all_uses_with(node.args[0])
                graph.graph.erase_node(node)
        graph.recompile()
        return graph, structure


def _tensors(inputs):
    return keras.tree.map_structure(ops.convert_to_tensor, inputs)
