"""Conditioning upsampler."""

import math
import numbers

import keras
from keras import ops


def fitting_factors(hop_length: int, block_size: int = 1) -> tuple[int, ...]:
    """One stage of 5, or of the next smaller factor that divides the hop."""
    fitting = (n for n in (5, 4, 3, 2) if hop_length % (max(1, block_size) * n) == 0)
    return (next(fitting, 1),)


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class ConditioningUpsampler(keras.layers.Layer):
    """Brings conditioning frames to a higher rate without checkerboard patterns.

    A convolution first gives each frame the context of its neighbours. Then, for each
    factor, every step is repeated and the steps are smoothed by a convolution: unlike
    a transposed convolution, this gives every output step the same number of
    contributions.

    Args:
        channels: Number of output channels.
        factors: Upsampling factor of each stage.
        context: Frames seen to each side by the first convolution.
        **kwargs: `name`, `dtype` and other arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: `(batch, frames, input channels)`.
        present: `(batch, frames)` booleans, which frames are the clip's and which are
            padding, or None. A clip's own steps are then those that it gets alone,
            whatever is in the padding, whose steps are zero.

    Returns:
        `(batch, frames * product of factors, channels)`.

    Raises:
        ValueError: If a factor is below one.
    """

    def __init__(self, channels: int, factors=(5,), context: int = 2, **kwargs):
        super().__init__(**kwargs)
        if any(
            not isinstance(factor, numbers.Integral) or factor < 1 for factor in factors
        ):
            raise ValueError(
                "Expected `factors` to be positive integers. "
                f"Received: factors={factors}"
            )
        self.channels = channels
        self.factors = tuple(factors)
        self.context = context
        self.context_conv = keras.layers.Conv1D(
            channels,
            2 * context + 1,
            padding="same",
            activation="leaky_relu",
            dtype=self.dtype_policy,
            name="context_conv",
        )
        self.smoothing_convs = [
            keras.layers.Conv1D(
                channels,
                2 * factor + 1,
                padding="same",
                activation="leaky_relu",
                dtype=self.dtype_policy,
                name=f"smoothing_conv_{index}",
            )
            for index, factor in enumerate(self.factors)
        ]

    @property
    def rate(self) -> int:
        """Steps that are made of a frame."""
        return math.prod(self.factors)

    @property
    def reach(self) -> int:
        """Frames to each side that what is made of a frame depends on."""
        return self.context + len(self.factors)  # a stage smooths over less than one

    def build(self, input_shape):
        self.context_conv.build(input_shape)
        for conv in self.smoothing_convs:
            conv.build((input_shape[0], None, self.channels))

    def call(self, inputs, present=None):
        outputs = self.context_conv(zero_absent(inputs, present))
        for factor, conv in zip(self.factors, self.smoothing_convs, strict=True):
            outputs = zero_absent(outputs, present)
            outputs = conv(ops.repeat(outputs, factor, axis=1))
            present = None if present is None else ops.repeat(present, factor, axis=1)
        return zero_absent(outputs, present)

    def compute_output_shape(self, input_shape):
        batch, frames, _ = input_shape
        for factor in self.factors:
            frames = None if frames is None else frames * factor
        return (batch, frames, self.channels)

    def get_config(self):
        return {
            **super().get_config(),
            "channels": self.channels,
            "factors": self.factors,
            "context": self.context,
        }


def zero_absent(inputs, present):
    """Zeros the steps of padding, as the convolutions pad a clip alone.

    Args:
        inputs: `(batch, steps, channels)`.
        present: `(batch, steps)` booleans, or None where nothing is padding.
    """
    if present is None:
        return inputs
    return ops.where(present[..., None], inputs, ops.zeros_like(inputs))
