"""The optimiser of both training scripts."""

import keras


def optimizer(
    learning_rate: float = 1e-3,
    halve_every: int = 20_000,
    ema: float = 0.999,
    clip: float = 1.0,
) -> keras.optimizers.Adam:
    """Adam with a decaying learning rate, clipped gradients and averaged weights.

    Args:
        learning_rate: At the first step.
        halve_every: Steps in which the learning rate halves.
        ema: Momentum of the exponential moving average of the weights.
        clip: Largest norm of all gradients together.
    """
    schedule = keras.optimizers.schedules.ExponentialDecay(
        learning_rate, halve_every, 0.5
    )
    return keras.optimizers.Adam(
        schedule, global_clipnorm=clip, use_ema=True, ema_momentum=ema
    )
