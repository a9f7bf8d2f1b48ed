"""Output head of the teacher."""

import keras
import numpy as np
from keras import ops

from keras_pwavenet.logistic import soft_floor


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class MixtureHead(keras.layers.Layer):
    """Turns the sum of skip outputs into the parameters of a mixture of logistics.

    Args:
        channels: channels of the hidden layer.
        mixtures: number of logistics.
        log_scale_floor: lower bound of the log-scales; its gradient is never zero.
        **kwargs: `name`, `dtype` and other arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: `(..., channels)`.

    Returns:
        `(..., 3 * mixtures)`, float32: logits, locations and log-scales.

    Reference:
        Parallel WaveNet (van den Oord et al., 2017), section 2.1.
    """

    def __init__(
        self, channels: int, mixtures: int, log_scale_floor: float = -9.0, **kwargs
    ):
        super().__init__(**kwargs)
        self.channels = channels
        self.mixtures = mixtures
        self.log_scale_floor = log_scale_floor
        self.hidden = keras.layers.Dense(
            channels, activation="relu", dtype=self.dtype_policy, name="hidden"
        )
        self.output_projection = keras.layers.Dense(
            3 * mixtures,
            bias_initializer=_spread_log_scales,
            dtype="float32",
            name="output_projection",
        )

    def build(self, input_shape):
        self.hidden.build(input_shape)
        self.output_projection.build((*input_shape[:-1], self.channels))

    def call(self, inputs):
        parameters = self.output_projection(self.hidden(ops.relu(inputs)))
        logits, loc, log_scale = ops.split(parameters, 3, axis=-1)
        log_scale = soft_floor(log_scale, self.log_scale_floor)
        return ops.concatenate([logits, loc, log_scale], axis=-1)

    def compute_output_spec(self, inputs):
        return keras.KerasTensor((*inputs.shape[:-1], 3 * self.mixtures), "float32")

    def get_config(self):
        return {
            **super().get_config(),
            "channels": self.channels,
            "mixtures": self.mixtures,
            "log_scale_floor": self.log_scale_floor,
        }


def _spread_log_scales(shape, dtype=None):
    """Zero logits and locations, and log-scales from near silence to loud speech."""
    mixtures = shape[0] // 3
    bias = np.concatenate([np.zeros(2 * mixtures), np.linspace(-7.0, -2.0, mixtures)])
    return ops.convert_to_tensor(bias, dtype=dtype)
