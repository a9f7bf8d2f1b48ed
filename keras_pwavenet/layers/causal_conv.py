"""Causal dilated convolution."""

import numbers

import keras
from keras import ops

from keras_pwavenet.signal import put_before


def _validate_positive(**arguments):
    for name, value in arguments.items():
        if not isinstance(value, numbers.Integral) or value < 1:
            raise ValueError(
                f"Expected `{name}` to be a positive integer. Received: {name}={value}"
            )


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class CausalConv1D(keras.layers.Layer):
    """Masked convolution over time: the output at t sees inputs up to and with t.

    It is computed in one of two forms, which give the same result. Taps: shifted copies
    of the input, concatenated and multiplied by the kernel in one matrix product; the
    fastest form on torch, in LiteRT and in ONNX Runtime. Or the backend's own dilated
    convolution, which TensorFlow and JAX train faster (`benchmarks/forms.py`).

    Args:
        filters: Number of output channels.
        kernel_size: Number of taps.
        dilation_rate: Distance of the taps, in steps.
        use_bias: Whether a bias is added.
        kernel_initializer: Initialiser of the kernel.
        **kwargs: `name`, `dtype` and other arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: `(batch, time, channels)`.
        training: Whether a gradient is wanted, which decides the form on TensorFlow and
            JAX.
        past: The `Past` of a sequence that comes piece by piece, or None.

    Returns:
        `(batch, time, filters)`.

    Raises:
        ValueError: If an integer argument is below one.

    Reference:
        WaveNet (van den Oord et al., 2016), section 2.1.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int,
        dilation_rate: int = 1,
        use_bias: bool = True,
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        _validate_positive(
            filters=filters, kernel_size=kernel_size, dilation_rate=dilation_rate
        )
        self.filters = filters
        self.kernel_size = kernel_size
        self.dilation_rate = dilation_rate
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    @property
    def receptive_field(self) -> int:
        """Number of input steps that one output step sees."""
        return (self.kernel_size - 1) * self.dilation_rate + 1

    def build(self, input_shape):
        self.kernel = self.add_weight(
            name="kernel",
            shape=(self.kernel_size, input_shape[-1], self.filters),
            initializer=self.kernel_initializer,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias", shape=(self.filters,), initializer="zeros"
            )

    def call(self, inputs, training=False, past=None):
        steps = self.receptive_field - 1
        padded = put_before(inputs, steps, past)
        if training and keras.backend.backend() in ("tensorflow", "jax"):
            outputs = ops.conv(padded, self.kernel, dilation_rate=self.dilation_rate)
        else:
            outputs = self._product(padded, steps)
        return outputs if self.bias is None else outputs + self.bias

    def _product(self, padded, steps):
        taps = [
            padded[
                :, tap * self.dilation_rate : tap * self.dilation_rate - steps or None
            ]
            for tap in range(self.kernel_size)
        ]
        taps = taps[0] if len(taps) == 1 else ops.concatenate(taps, axis=-1)
        return ops.matmul(taps, ops.reshape(self.kernel, (-1, self.filters)))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "dilation_rate": self.dilation_rate,
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
