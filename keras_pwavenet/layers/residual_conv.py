"""Residual convolution that sees both sides."""

import random

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class ResidualConv1D(keras.layers.Layer):
    """Adds to its input what a normalised, dilated convolution with GELU makes of it.

    The convolution is computed as one matrix product of shifted copies, the fastest
    form on torch and in LiteRT.

    Args:
        kernel_size: Number of taps, odd.
        dilation_rate: Distance of the taps, in steps.
        dropout: Share of the addend's numbers that is dropped in training.
        **kwargs: `name`, `dtype` and other arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: `(batch, time, channels)`.
        valid: `(batch, time, 1)`, 1 where steps count and 0 in padding, or None. Steps
            that do not count are as silent as what is outside.
        training: Whether to drop.

    Returns:
        `(batch, time, channels)`, float32.

    Raises:
        ValueError: If `kernel_size` is even or below 1.
    """

    def __init__(
        self,
        kernel_size: int = 5,
        dilation_rate: int = 1,
        dropout: float = 0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if kernel_size < 1 or kernel_size % 2 == 0 or dilation_rate < 1:
            raise ValueError(
                "Expected an odd `kernel_size` and a `dilation_rate` of 1 or more. "
                f"Received: kernel_size={kernel_size}, dilation_rate={dilation_rate}"
            )
        self.autocast = False
        self.kernel_size = kernel_size
        self.dilation_rate = dilation_rate
        self.dropout_rate = dropout
        self.norm = keras.layers.LayerNormalization(
            epsilon=1e-5, dtype="float32", name="norm"
        )
        # Given a seed, it draws from a state of its own, which checkpoints hold.
        self.dropout = keras.layers.Dropout(
            dropout, seed=random.randrange(2**31), dtype="float32", name="dropout"
        )

    def build(self, input_shape):
        channels = input_shape[-1]
        self.norm.build(input_shape)
        self.kernel = self.add_weight(
            name="kernel",
            shape=(self.kernel_size, channels, channels),
            initializer="glorot_uniform",
        )
        self.bias = self.add_weight(
            name="bias", shape=(channels,), initializer="zeros", dtype="float32"
        )

    def call(self, inputs, valid=None, training=None):
        hidden = self.norm(inputs)
        if valid is not None:
            hidden = hidden * valid
        around = self.kernel_size // 2 * self.dilation_rate
        hidden = ops.cast(hidden, self.compute_dtype)
        hidden = ops.pad(hidden, [[0, 0], [around, around], [0, 0]])
        last = (self.kernel_size - 1) * self.dilation_rate
        taps = [
            hidden[:, shift : shift - last or None]
            for shift in range(0, last + 1, self.dilation_rate)
        ]
        taps = ops.concatenate(taps, axis=-1)
        kernel = ops.cast(self.kernel, self.compute_dtype)
        kernel = ops.reshape(kernel, (-1, kernel.shape[-1]))
        found = ops.cast(ops.matmul(taps, kernel), "float32") + self.bias
        return inputs + self.dropout(ops.gelu(found), training=training)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "kernel_size": self.kernel_size,
            "dilation_rate": self.dilation_rate,
            "dropout": self.dropout_rate,
        }
