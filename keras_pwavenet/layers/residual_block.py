"""Gated residual block."""

import keras
from keras import ops

from keras_pwavenet.layers.causal_conv import CausalConv1D


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class GatedResidualBlock(keras.layers.Layer):
    """One WaveNet layer: dilated convolution, gate, residual and skip projection.

        h = tanh(W_f * x + V_f c + U_f g) . sigmoid(W_g * x + V_g c + U_g g)

    Local conditioning may come at any rate that divides the rate of the input. It is
    projected at its own rate and held for the steps that it spans, which costs a
    fraction of projecting it at every step.

    Args:
        residual_channels: Channels of the residual path.
        skip_channels: Channels of the skip path; 0 leaves it out, as the paper's
            student does.
        kernel_size: Taps of the dilated convolution.
        dilation_rate: Distance of the taps, in steps.
        gate_channels: Tanh units, and as many sigmoid units; default
            `residual_channels`.
        **kwargs: `name`, `dtype` and other arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: `(batch, time, residual_channels)`.
        local_conditioning: `(batch, time / held, channels)`, for a whole `held`, or
            None.
        global_conditioning: `(batch, channels)`, e.g. a speaker embedding, or None.
        past: The `Past` of a sequence that comes piece by piece, or None.

    Returns:
        The residual output `(batch, time, residual_channels)` and, with skip channels,
        the skip output `(batch, time, skip_channels)`.

    Reference:
        WaveNet (van den Oord et al., 2016), sections 2.3 to 2.5.
    """

    def __init__(
        self,
        residual_channels: int,
        skip_channels: int = 0,
        kernel_size: int = 3,
        dilation_rate: int = 1,
        gate_channels: int | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.residual_channels = residual_channels
        self.skip_channels = skip_channels
        self.kernel_size = kernel_size
        self.dilation_rate = dilation_rate
        self.gate_channels = gate_channels or residual_channels
        self.conv = CausalConv1D(
            2 * self.gate_channels,
            kernel_size,
            dilation_rate,
            dtype=self.dtype_policy,
            name="conv",
        )
        self.local_projection = keras.layers.Dense(
            2 * self.gate_channels,
            use_bias=False,
            dtype=self.dtype_policy,
            name="local_projection",
        )
        self.global_projection = keras.layers.Dense(
            2 * self.gate_channels,
            use_bias=False,
            dtype=self.dtype_policy,
            name="global_projection",
        )
        self.output_projection = keras.layers.Dense(
            residual_channels + skip_channels,
            dtype=self.dtype_policy,
            name="output_projection",
        )

    def build(
        self,
        inputs_shape,
        local_conditioning_shape=None,
        global_conditioning_shape=None,
    ):
        self.conv.build(inputs_shape)
        if local_conditioning_shape is not None:
            self.local_projection.build(local_conditioning_shape)
        if global_conditioning_shape is not None:
            self.global_projection.build(global_conditioning_shape)
        self.output_projection.build((*inputs_shape[:-1], self.gate_channels))

    def call(
        self, inputs, local_conditioning=None, global_conditioning=None, past=None
    ):
        gate, condition = self.conv(inputs, past=past), None
        if global_conditioning is not None:
            per_clip = self.global_projection(global_conditioning)
            condition = ops.expand_dims(per_clip, 1)
        if local_conditioning is not None:
            local = self.local_projection(local_conditioning)
            condition = local if condition is None else local + condition
        if condition is not None:
            gate = add_held(gate, condition)
        filtered, gated = ops.split(gate, 2, axis=-1)
        hidden = self.output_projection(ops.tanh(filtered) * ops.sigmoid(gated))
        if not self.skip_channels:
            return inputs + hidden
        residual, skip = ops.split(hidden, [self.residual_channels], axis=-1)
        return inputs + residual, skip

    def compute_output_shape(
        self,
        inputs_shape,
        local_conditioning_shape=None,
        global_conditioning_shape=None,
    ):
        if not self.skip_channels:
            return inputs_shape
        return inputs_shape, (*inputs_shape[:-1], self.skip_channels)

    def get_config(self):
        return {
            **super().get_config(),
            "residual_channels": self.residual_channels,
            "skip_channels": self.skip_channels,
            "kernel_size": self.kernel_size,
            "dilation_rate": self.dilation_rate,
            "gate_channels": self.gate_channels,
        }


def add_held(inputs, slower):
    """Adds a slower sequence to a faster one, each slow step held over its span.

    Args:
        inputs: `(batch, time, channels)`.
        slower: `(batch, time / held, channels)`, for a whole number `held`.

    Returns:
        `(batch, time, channels)`.
    """
    batch, steps, channels = ops.shape(slower)
    spans = ops.reshape(inputs, (batch, steps, -1, channels))
    return ops.reshape(spans + ops.expand_dims(slower, 2), (batch, -1, channels))
