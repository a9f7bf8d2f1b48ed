"""The gradient step of each backend, around one loss that they share.

Each function computes the gradients of `model.compute_loss`, applies them, and reports
the model's metrics together with the gradients' norm before clipping.
"""

import keras
from keras import ops


def tensorflow_step(model, data):
    """One step on TensorFlow: takes and returns what `Model.train_step` does there."""
    import tensorflow as tf

    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    with tf.GradientTape() as tape:
        y_pred = model(x, training=True)
        loss = model.compute_loss(x, y, y_pred, sample_weight)
        loss = model.optimizer.scale_loss(loss)
    variables = model.trainable_variables
    gradients = tape.gradient(loss, variables)
    model.optimizer.apply_gradients(zip(gradients, variables, strict=True))
    model.trackers["gradient_norm"].update_state(global_norm(gradients))
    return model.get_metrics_result()


def torch_step(model, data):
    """One step on torch: takes and returns what `Model.train_step` does there."""
    import torch

    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    y_pred = model(x, training=True)
    loss = model.compute_loss(x, y, y_pred, sample_weight)
    model.zero_grad()
    model.optimizer.scale_loss(loss).backward()
    variables = model.trainable_variables
    with torch.no_grad():
        gradients = [variable.value.grad for variable in variables]
        model.optimizer.apply(gradients, variables)
        model.trackers["gradient_norm"].update_state(global_norm(gradients))
    return model.get_metrics_result()


def jax_step(model, state, data):
    """One step on JAX: takes and returns what `Model.train_step` does there."""
    import jax

    trainable, non_trainable, optimizer_state, metrics_state = state
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    value_and_gradients = jax.value_and_grad(
        model.compute_loss_and_updates, has_aux=True
    )
    (_, updates), gradients = value_and_gradients(
        trainable,
        non_trainable,
        metrics_state,
        x,
        y,
        sample_weight,
        training=True,
        optimizer_variables=optimizer_state,
    )
    _, _, non_trainable, metrics_state = updates
    trainable, optimizer_state = model.optimizer.stateless_apply(
        optimizer_state, gradients, trainable
    )
    mapping = list(zip(model.metrics_variables, metrics_state, strict=True))
    with keras.StatelessScope(state_mapping=mapping) as scope:
        model.trackers["gradient_norm"].update_state(global_norm(gradients))
        logs = model.get_metrics_result()
    metrics_state = [
        scope.get_current_value(variable) for variable in model.metrics_variables
    ]
    return logs, (trainable, non_trainable, optimizer_state, metrics_state)


def global_norm(gradients):
    """Root of the sum of squares of all gradients, float32."""
    squares = [ops.sum(ops.square(ops.cast(g, "float32"))) for g in gradients]
    return ops.sqrt(sum(squares))


TRAIN_STEPS = {
    "tensorflow": tensorflow_step,
    "torch": torch_step,
    "jax": jax_step,
}
