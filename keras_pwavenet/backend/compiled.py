"""Loss and gradients of a Keras model as one compiled function of torch.

Keras' layers are Python that torch's own tracer breaks off at. So the step is recorded
instead: the loss and its backward pass run once on tensors without data, which leaves
a flat graph of torch's operations, and that graph is compiled whole.
"""

import itertools

import keras
from keras import ops

from keras_pwavenet.backend.draws import drawn_from


class CompiledStep:
    """Lets `compile(jit_compile=True)` compile the gradient step on torch.

    A mixin before `keras.Model`. Everywhere else `jit_compile` is Keras' own. On torch
    Keras would compile its Python and gain nothing; here loss and gradients become one
    graph, which takes a minute or more for each shape of the batches, once a process.
    Validation and the optimiser run as ever.

    The graph is a function of all weights, metrics, inputs and noise: values that are
    assigned later are seen. What else the loss depends on, such as a weight of a term
    that is a Python number or whether a layer is trainable, is fixed at the first step,
    until `compile` is called again. Random numbers must be drawn by `draw`.
    """

    compiled_gradients = None

    def compile(self, *arguments, jit_compile="auto", run_eagerly=False, **options):
        self.compiled_gradients = None
        if keras.backend.backend() == "torch" and jit_compile is True:
            self.compiled_gradients = None if run_eagerly else CompiledGradients(self)
            jit_compile = False
        super().compile(
            *arguments, jit_compile=jit_compile, run_eagerly=run_eagerly, **options
        )

    def compile_from_config(self, config):
        # Keras' own leaves models alone whose `compile` is not its own.
        self.compile(**keras.saving.deserialize_keras_object(config))
        if self.optimizer is not None and self.built:
            self.optimizer.build(self.trainable_variables)

    def train_step(self, *arguments):
        if self.compiled_gradients is None:
            return super().train_step(*arguments)
        import torch

        (data,) = arguments
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        loss, y_pred, gradients = self.compiled_gradients(x, y, sample_weight)
        batch = keras.tree.flatten(x)[0].shape[0]
        with torch.no_grad():
            _loss_tracker(self).update_state(loss, sample_weight=batch)
            self.optimizer.apply(gradients, self.trainable_variables)
            return self.compute_metrics(x, y, y_pred, sample_weight)


class CompiledGradients:
    """What `model.compute_loss` gives, and the gradients, compiled for each shape.

    Args:
        model: A compiled `keras.Model`.

    Call arguments:
        x: The inputs, any structure of arrays.
        y: The target.
        sample_weight: As `compute_loss` takes it.

    Returns:
        The loss, the model's outputs, and the gradient of every trainable variable.
        Metrics, seeds and other state are updated as an eager step would.

    Raises:
        ValueError: If the optimiser scales the loss, which the graph does not.
    """

    def __init__(self, model):
        self.model = model
        self.graphs = {}

    def __call__(self, x, y, sample_weight=None):
        if isinstance(self.model.optimizer, keras.optimizers.LossScaleOptimizer):
            raise ValueError(
                "Expected an optimiser that does not scale the loss with "
                f"`jit_compile=True`. Received: optimizer={self.model.optimizer}"
            )
        data = x, y, sample_weight
        leaves = [
            None if leaf is None else ops.convert_to_tensor(leaf)
            for leaf in keras.tree.flatten(data)
        ]
        shapes = tuple(
            leaf if leaf is None else (leaf.shape, leaf.dtype) for leaf in leaves
        )
        if shapes not in self.graphs:
            self.graphs[shapes] = _Graph(self.model, data, leaves)
        return self.graphs[shapes](leaves)


class _Graph:
    """The compiled function for data of one shape."""

    def __init__(self, model, data, leaves):
        import torch
        from torch.fx.experimental.proxy_tensor import make_fx

        self.model = model
        self.structure = keras.tree.map_structure(lambda leaf: None, data)
        self.trainable = model.trainable_variables
        self.state = [*model.non_trainable_variables, *model.metrics_variables]
        self.draws = []
        noise = self._rehearse(leaves)

        def pure(trainable, state, noise, leaves):
            return self._gradients(trainable, state, noise, leaves)

        record = make_fx(pure, tracing_mode="fake")
        try:
            graph = record(*self._values(), noise, leaves)
        except Exception as error:
            raise RuntimeError(
                "Expected a loss of the model's variables, its data and numbers drawn "
                f"by `draw` alone, which can be compiled. Received: {error!r}"
            ) from error
        # tanh by exp, which is off by 1e-7 at most, at half the time of Sleef's.
        options = {"cpp.use_decompose_tanh": True}
        self.run = torch.compile(graph, dynamic=False, options=options)

    def __call__(self, leaves):
        import torch

        noise = [sample(shape, seed) for sample, shape, seed in self.draws]
        with torch.no_grad():
            loss, outputs, gradients, state = self.run(*self._values(), noise, leaves)
            for variable, value in zip(self.changed, state, strict=True):
                variable.assign(value)
        return loss, outputs, gradients

    def _values(self):
        """What the variables hold now."""
        return [
            [variable.value.detach() for variable in variables]
            for variables in (self.trainable, self.state)
        ]

    def _rehearse(self, leaves):
        """Notes what the loss draws; no variable is changed. Returns the draws."""
        import torch

        noise = []

        def note(*draw):
            sample, shape, seed = draw
            self.draws.append(draw)
            noise.append(sample(shape, seed))
            return noise[-1]

        with torch.no_grad(), keras.StatelessScope(), drawn_from(note):
            self._loss(leaves)
        return noise

    def _gradients(self, trainable, state, noise, leaves):
        """Loss, outputs, gradients and what state becomes, as a pure function."""
        import torch

        trainable = [value.detach().requires_grad_() for value in trainable]
        variables = [*self.trainable, *self.state]
        before = list(zip(variables, [*trainable, *state], strict=True))
        noise = iter(noise)
        with (
            keras.StatelessScope(state_mapping=before) as scope,
            drawn_from(lambda *draw: next(noise)),
        ):
            loss, outputs = self._loss(leaves)
        gradients = torch.autograd.grad(loss, trainable, allow_unused=True)
        after = [scope.get_current_value(variable) for variable in self.state]
        changed = [a is not b for a, b in zip(after, state, strict=True)]
        self.changed = list(itertools.compress(self.state, changed))
        return loss, outputs, gradients, list(itertools.compress(after, changed))

    def _loss(self, leaves):
        x, y, sample_weight = keras.tree.pack_sequence_as(self.structure, leaves)
        outputs = self.model(x, training=True)
        loss = self.model.compute_loss(x, y, outputs, sample_weight, training=True)
        return loss, outputs


def _loss_tracker(model):
    return next(metric for metric in model.metrics if metric.name == "loss")
