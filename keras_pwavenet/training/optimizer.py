"""The optimiser of both training scripts."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class AveragedAdam(keras.optimizers.Adam):
    """Adam whose average of the weights does not remember where they began.

    Keras averages with a constant momentum from the first step on, so that after
    `1 / (1 - momentum)` steps a third of the average is still the random start. Here
    the momentum of step n is at most `(n - 1) / (n + 8)`.

    Args:
        *args: As in `keras.optimizers.Adam`.
        **kwargs: As in `keras.optimizers.Adam`; `ema_momentum` is the largest momentum.

    Reference:
        Parallel WaveNet (van den Oord et al., 2017), section 5, for the averaging.
    """

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **{"use_ema": True, **kwargs})

    def _update_model_variables_moving_average(self, trainable_variables):
        steps = ops.cast(self.iterations, "float32")
        momentum = ops.minimum(self.ema_momentum, steps / (steps + 9.0))
        averages = self._model_variables_moving_average
        for variable, average in zip(trainable_variables, averages, strict=True):
            average.assign(momentum * average + (1.0 - momentum) * variable)


def optimizer(
    learning_rate: float = 1e-3,
    halve_every: int = 20_000,
    ema: float = 0.999,
    clip: float = 1.0,
) -> AveragedAdam:
    """Adam with a decaying learning rate, clipped gradients and averaged weights.

    Args:
        learning_rate: At the first step.
        halve_every: Steps in which the learning rate halves.
        ema: Momentum of the exponential moving average of the weights.
        clip: Largest norm of all gradients together.

    Returns:
        The optimiser.
    """
    schedule = keras.optimizers.schedules.ExponentialDecay(
        learning_rate, halve_every, 0.5
    )
    return AveragedAdam(schedule, global_clipnorm=clip, ema_momentum=ema)
