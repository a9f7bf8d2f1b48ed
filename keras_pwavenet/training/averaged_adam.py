"""The optimiser that models are trained with."""

import math

import keras
from keras import ops

from keras_pwavenet.backend import move_averages
from keras_pwavenet.models.replicas import sum_over_replicas

# On torch, Keras makes an Adam of its own that updates all weights in one call. None is
# made elsewhere: its variables would start TensorFlow before a user has set devices.
_Adam = keras.optimizers.Adam
if keras.backend.backend() == "torch":
    _Adam = type(_Adam())


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class AveragedAdam(_Adam):
    """Adam whose average of the weights does not remember where they began.

    Keras averages with a constant momentum from the first step on, so that after
    `1 / (1 - momentum)` steps a third of the average is still the random start. Here
    the momentum of update n is at most `(n - 1) / (n + 8)`. Where the gradients of
    several steps make one update, only updates are averaged; Keras counts every step.

    Under `tf.distribute`, gradients are summed over the replicas before they are
    clipped, so that the update is that of one device; Keras clips each replica's.

    The methods of Keras that this overrides are private; `tests/test_keras_private.py`
    lists them and fails where a new Keras has others.

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
        if self.gradient_accumulation_steps:
            done = (self._iterations + 1) % self.gradient_accumulation_steps == 0
            momentum = ops.where(done, momentum, 1.0)
        averages = self._model_variables_moving_average
        move_averages(averages, trainable_variables, momentum)

    def _clip_gradients(self, gradients):
        return super()._clip_gradients(sum_over_replicas(gradients))

    def _all_reduce_sum_gradients(self, gradients_and_variables):
        return gradients_and_variables  # summed before they were clipped


def optimizer(
    learning_rate: float = 1e-3,
    halve_every: int = 20_000,
    ema: float = 0.999,
    clip: float = 1.0,
    accumulate: int = 1,
    betas: tuple[float, float] = (0.9, 0.999),
) -> AveragedAdam:
    """Adam with a decaying learning rate, clipped gradients and averaged weights.

    Args:
        learning_rate: At the first step.
        halve_every: Steps in which the learning rate halves; each step counts, also
            where several make one update.
        ema: Momentum of the exponential moving average of the weights.
        clip: Largest norm of all gradients together.
        accumulate: Steps whose mean gradient makes one update, as one step with so
            many times the batch would.
        betas: Momentum of the gradient's mean and of its square's; less where a critic
            is trained beside, which changes what is asked.

    Returns:
        The optimiser.

    Raises:
        ValueError: If a number is out of its range.
    """
    for name, value, fits, wanted in (
        ("learning_rate", learning_rate, 0 < learning_rate < math.inf, "above 0"),
        ("halve_every", halve_every, halve_every >= 1, "1 or more"),
        ("ema", ema, 0 <= ema < 1, "0 or more and less than 1"),
        ("clip", clip, clip > 0, "above 0"),
        ("betas", betas, all(0 <= beta < 1 for beta in betas), "0 or more and below 1"),
        ("accumulate", accumulate, accumulate >= 1, "1 or more"),
    ):
        if not fits:
            raise ValueError(
                f"Expected `{name}` to be {wanted}. Received: {name}={value}"
            )
    schedule = keras.optimizers.schedules.ExponentialDecay(
        learning_rate, halve_every, 0.5
    )
    return AveragedAdam(
        schedule,
        *betas,
        global_clipnorm=clip,
        ema_momentum=ema,
        gradient_accumulation_steps=accumulate if accumulate > 1 else None,
    )
