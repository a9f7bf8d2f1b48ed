"""Stack of gated residual blocks."""

import keras

from keras_pwavenet.layers.residual_block import GatedResidualBlock


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class WaveNetStack(keras.layers.Layer):
    """Gated residual blocks whose dilation doubles and starts again each cycle.

    Args:
        num_layers: Number of blocks.
        num_cycles: Number of dilation cycles; `num_layers / num_cycles` blocks with
            dilations 1, 2, 4, ... make one cycle.
        residual_channels: Channels of the residual path.
        skip_channels: Channels of the skip path; 0 returns the last residual
            output instead, as the paper's student does.
        kernel_size: Taps of the dilated convolutions.
        gate_channels: Tanh units of a block; default `residual_channels`.
        **kwargs: `name`, `dtype` and other arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: `(batch, time, residual_channels)`.
        local_conditioning: `(batch, time / held, channels)`.
        global_conditioning: `(batch, channels)` or None.
        past: The `Past` of a sequence that comes piece by piece, or None.

    Returns:
        `(batch, time, skip_channels or residual_channels)`: the sum of the skip
        outputs divided by the root of their number, or the last residual output.

    Raises:
        ValueError: If `num_layers` is not a multiple of `num_cycles`.

    Reference:
        Parallel WaveNet (van den Oord et al., 2017), sections 2 and 5.
    """

    def __init__(
        self,
        num_layers: int,
        num_cycles: int = 1,
        residual_channels: int = 64,
        skip_channels: int = 0,
        kernel_size: int = 3,
        gate_channels: int | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if num_cycles < 1 or num_layers < 1 or num_layers % num_cycles:
            raise ValueError(
                "Expected `num_layers` to be a positive multiple of `num_cycles`. "
                f"Received: num_layers={num_layers}, num_cycles={num_cycles}"
            )
        self.num_layers = num_layers
        self.num_cycles = num_cycles
        self.residual_channels = residual_channels
        self.skip_channels = skip_channels
        self.kernel_size = kernel_size
        self.gate_channels = gate_channels or residual_channels
        self.blocks = [
            GatedResidualBlock(
                residual_channels,
                skip_channels,
                kernel_size,
                dilation_rate=2 ** (index % (num_layers // num_cycles)),
                gate_channels=gate_channels,
                dtype=self.dtype_policy,
                name=f"block_{index}",
            )
            for index in range(num_layers)
        ]

    @property
    def receptive_field(self) -> int:
        """Number of input steps that one output step sees."""
        return 1 + sum(block.conv.receptive_field - 1 for block in self.blocks)

    def build(
        self, inputs_shape, local_conditioning_shape, global_conditioning_shape=None
    ):
        for block in self.blocks:
            block.build(
                inputs_shape, local_conditioning_shape, global_conditioning_shape
            )

    def call(self, inputs, local_conditioning, global_conditioning=None, past=None):
        residual, total = inputs, 0.0
        for block in self.blocks:
            residual = block(
                residual, local_conditioning, global_conditioning, past=past
            )
            if self.skip_channels:
                residual, skip = residual
                total = total + skip
        return total * self.num_layers**-0.5 if self.skip_channels else residual

    def compute_output_shape(
        self, inputs_shape, local_conditioning_shape, global_conditioning_shape=None
    ):
        return (*inputs_shape[:-1], self.skip_channels or self.residual_channels)

    def get_config(self):
        return {
            **super().get_config(),
            "num_layers": self.num_layers,
            "num_cycles": self.num_cycles,
            "residual_channels": self.residual_channels,
            "skip_channels": self.skip_channels,
            "kernel_size": self.kernel_size,
            "gate_channels": self.gate_channels,
        }
