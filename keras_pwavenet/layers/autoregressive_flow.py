"""Inverse autoregressive flow over blocks of samples."""

import numbers

import keras
import numpy as np
from keras import ops

from keras_pwavenet.layers.causal_conv import CausalConv1D
from keras_pwavenet.layers.stack import WaveNetStack
from keras_pwavenet.signal import put_before

LOG_SCALE_BOUND = 5.0


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class InverseAutoregressiveFlow(keras.layers.Layer):
    """Transforms a sequence by an affine map that depends on its own past.

    The samples are grouped in blocks of `block_size`. A WaveNet sees the earlier
    blocks and the conditioning and gives, for every block u_b,

        v_b = N_b (s_b * u_b) + m_b

    with positive scales s_b, a unit lower triangular matrix N_b and a shift m_b. Inside
    a block the dependence is linear; across blocks it is the network. Given all earlier
    samples, each output sample is therefore an affine function of its own input with
    slope s, and the log-determinant is the sum of log s. With `block_size=1` this is
    the flow of the paper.

    The composition runs in float32 under any dtype policy; only the network follows
    the policy.

    Args:
        block_size: Samples in a block.
        num_layers: Layers of the network.
        num_cycles: Dilation cycles of the network.
        residual_channels: Channels of the network.
        kernel_size: Taps of the dilated convolutions.
        initial_log_scale: Log s before training.
        **kwargs: `name`, `dtype` and other arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: `(batch, samples)`, a multiple of `block_size` samples.
        local_conditioning: `(batch, samples / block_size / held, channels)`.
        global_conditioning: `(batch, channels)` or None.
        source: `(batch, samples, channels)`, a harmonic source, or None. A block's
            network sees that of the block itself.
        past: The `Past` of a sequence that comes piece by piece, or None.

    Returns:
        The transformed samples and log s, both `(batch, samples)` in float32. Log s
        lies within +-5.

    Reference:
        Parallel WaveNet (van den Oord et al., 2017), section 3.
    """

    def __init__(
        self,
        block_size: int = 1,
        num_layers: int = 10,
        num_cycles: int = 1,
        residual_channels: int = 64,
        kernel_size: int = 3,
        initial_log_scale: float = 0.0,
        **kwargs,
    ):
        super().__init__(autocast=False, **kwargs)
        if not isinstance(block_size, numbers.Integral) or block_size < 1:
            raise ValueError(
                "Expected `block_size` to be a positive integer. "
                f"Received: block_size={block_size}"
            )
        self.block_size = block_size
        self.num_layers = num_layers
        self.num_cycles = num_cycles
        self.residual_channels = residual_channels
        self.kernel_size = kernel_size
        self.initial_log_scale = initial_log_scale
        self.rows, self.columns = np.tril_indices(block_size, -1)
        self.input_conv = CausalConv1D(
            residual_channels, 2, dtype=self.dtype_policy, name="input_conv"
        )
        self.source_projection = keras.layers.Dense(
            residual_channels,
            use_bias=False,
            dtype=self.dtype_policy,
            name="source_projection",
        )
        self.stack = WaveNetStack(
            num_layers,
            num_cycles,
            residual_channels,
            kernel_size=kernel_size,
            dtype=self.dtype_policy,
            name="stack",
        )
        self.head = keras.layers.Dense(
            2 * block_size + len(self.rows),
            kernel_initializer=keras.initializers.RandomNormal(stddev=1e-2),
            dtype="float32",
            name="head",
        )

    def build(
        self,
        inputs_shape,
        local_conditioning_shape,
        global_conditioning_shape=None,
        source_shape=None,
    ):
        hidden = (inputs_shape[0], None, self.residual_channels)
        self.input_conv.build((inputs_shape[0], None, self.block_size))
        if source_shape is not None:
            channels = self.block_size * source_shape[-1]
            self.source_projection.build((inputs_shape[0], None, channels))
        self.stack.build(hidden, local_conditioning_shape, global_conditioning_shape)
        self.head.build(hidden)

    def call(
        self,
        inputs,
        local_conditioning,
        global_conditioning=None,
        source=None,
        past=None,
    ):
        size = self.block_size
        blocks = ops.reshape(inputs, (ops.shape(inputs)[0], -1, size))
        blocks = ops.cast(blocks, "float32")
        earlier = put_before(blocks, 1, past)[:, :-1]
        hidden = self.input_conv(ops.cast(earlier, self.compute_dtype), past=past)
        if source is not None:
            channels = size * source.shape[-1]
            source = ops.reshape(source, (ops.shape(source)[0], -1, channels))
            source = ops.cast(source, self.compute_dtype)
            hidden = hidden + self.source_projection(source)
        hidden = self.stack(hidden, local_conditioning, global_conditioning, past=past)
        parameters = self.head(ops.leaky_relu(hidden, 0.2))

        shift = parameters[..., :size]
        raw = parameters[..., size : 2 * size] + self.initial_log_scale
        log_scale = LOG_SCALE_BOUND * ops.tanh(raw / LOG_SCALE_BOUND)
        scaled = ops.exp(log_scale) * blocks
        outputs = scaled + shift
        if size > 1:
            outputs = outputs + self._within_block(scaled, parameters[..., 2 * size :])
        return ops.reshape(outputs, ops.shape(inputs)), ops.reshape(
            log_scale, ops.shape(inputs)
        )

    def _within_block(self, scaled, coefficients):
        """Adds up earlier samples of the same block, weighted by N's lower triangle."""
        pick = np.eye(self.block_size, dtype="float32")[:, self.columns]
        place = np.eye(self.block_size, dtype="float32")[self.rows]
        return ops.matmul(coefficients * ops.matmul(scaled, pick), place)

    def compute_output_spec(
        self,
        inputs,
        local_conditioning,
        global_conditioning=None,
        source=None,
        past=None,
    ):
        return tuple(keras.KerasTensor(inputs.shape, "float32") for _ in range(2))

    def get_config(self):
        return {
            **super().get_config(),
            "block_size": self.block_size,
            "num_layers": self.num_layers,
            "num_cycles": self.num_cycles,
            "residual_channels": self.residual_channels,
            "kernel_size": self.kernel_size,
            "initial_log_scale": self.initial_log_scale,
        }
