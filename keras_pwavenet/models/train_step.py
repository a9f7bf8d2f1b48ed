"""The gradient step of each backend, around one loss that they share.

Each function computes the gradients of `model.compute_loss`, applies them, and reports
the model's metrics together with the gradients' norm before clipping. A step whose
loss or gradients are not finite leaves weights, optimiser and metrics as they were,
and is counted. `keras.optimizers.LossScaleOptimizer` skips such steps by itself, to
try another scale, and so is called in any case.
"""

import keras
from keras import ops

from keras_pwavenet.backend import global_norm
from keras_pwavenet.models.replicas import replica_count, sum_over_replicas


def tensorflow_step(model, data):
    """One step on TensorFlow: takes and returns what `Model.train_step` does there.

    Apply and put back, rather than a condition: replicas must not meet in a branch.
    """
    import tensorflow as tf

    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    metrics = _values(model.metrics_variables)
    with tf.GradientTape() as tape:
        y_pred = model(x, training=True)
        loss = model.compute_loss(x, y, y_pred, sample_weight)
        loss = model.optimizer.scale_loss(loss)
    variables = model.trainable_variables
    gradients = tape.gradient(loss, variables)
    *sums, loss = sum_over_replicas([*gradients, loss])
    norm = global_norm(sums)
    finite = ops.isfinite(norm + loss)
    if not model.optimizer.built:
        model.optimizer.build(variables)
    guarded = [] if _skips_itself(model) else [*variables, *model.optimizer.variables]
    before = _values(guarded)
    model.optimizer.apply_gradients(zip(gradients, variables, strict=True))
    _put_back(guarded, before, finite)
    return _report(model, norm, finite, metrics)


def torch_step(model, data):
    """One step on torch: takes and returns what `Model.train_step` does there."""
    import torch

    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    metrics = _values(model.metrics_variables)
    variables = model.trainable_variables
    if compiled := getattr(model, "compiled_gradients", None):
        loss, _, gradients = compiled(x, y, sample_weight)
    else:
        y_pred = model(x, training=True)
        loss = model.compute_loss(x, y, y_pred, sample_weight)
        model.zero_grad()
        model.optimizer.scale_loss(loss).backward()
        gradients = [variable.value.grad for variable in variables]
    with torch.no_grad():
        norm = global_norm(gradients)
        finite = ops.isfinite(norm + loss)
        if finite or _skips_itself(model):
            model.optimizer.apply(gradients, variables)
        return _report(model, norm, finite, metrics)


def jax_step(model, state, data):
    """One step on JAX: takes and returns what `Model.train_step` does there."""
    import jax

    trainable, non_trainable, optimizer_state, metrics_before = state
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    value_and_gradients = jax.value_and_grad(
        model.compute_loss_and_updates, has_aux=True
    )
    (loss, updates), gradients = value_and_gradients(
        trainable,
        non_trainable,
        metrics_before,
        x,
        y,
        sample_weight,
        training=True,
        optimizer_variables=optimizer_state,
    )
    _, _, non_trainable, metrics_state = updates
    norm = global_norm(gradients)
    finite = ops.isfinite(norm + loss)
    before = trainable, optimizer_state
    after = model.optimizer.stateless_apply(optimizer_state, gradients, trainable)
    if not _skips_itself(model):
        after = jax.tree.map(
            lambda new, old: ops.where(finite, new, old), after, before
        )
    trainable, optimizer_state = after
    mapping = list(zip(model.metrics_variables, metrics_state, strict=True))
    with keras.StatelessScope(state_mapping=mapping) as scope:
        logs = _report(model, norm, finite, metrics_before)
    metrics_state = [
        scope.get_current_value(variable) for variable in model.metrics_variables
    ]
    return logs, (trainable, non_trainable, optimizer_state, metrics_state)


def _skips_itself(model):
    return isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)


def _values(variables):
    """Copies of the variables' values, which later steps do not change."""
    return [ops.copy(variable) for variable in variables]


def _put_back(variables, before, finite):
    for variable, value in zip(variables, before, strict=True):
        variable.assign(ops.where(finite, ops.convert_to_tensor(variable), value))


def _report(model, norm, finite, metrics_before):
    """The metrics with this step's, or, if it was skipped, without."""
    model.trackers["gradient_norm"].update_state(norm)
    _put_back(model.metrics_variables, metrics_before, finite)
    skipped = 1.0 - ops.cast(finite, "float32")
    model.trackers["skipped_steps"].update_state(skipped / replica_count())
    return model.get_metrics_result()


TRAIN_STEPS = {
    "tensorflow": tensorflow_step,
    "torch": torch_step,
    "jax": jax_step,
}
