"""Output head of the teacher."""

import keras
import numpy as np
from keras import ops

from keras_pwavenet.logistic import soft_floor

# Of a mixture around a prediction, in units of full scale: a narrower logistic gives a
# 16-bit level no more likelihood.
LOG_SCALE_LOWEST = -12.0


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class MixtureHead(keras.layers.Layer):
    """Turns the sum of skip outputs into the parameters of a mixture of logistics.

    Args:
        channels: Channels of the hidden layer.
        mixtures: Number of logistics.
        log_scale_floor: Lower bound of the log-scales; its gradient is never zero.
        around_prediction: Whether the mixtures lie around a prediction, in units of a
            gain. Locations then begin spread over [-1, 1] and log-scales at -0.8.
        **kwargs: `name`, `dtype` and other arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: `(..., channels)`.
        prediction: `(...)`, added to the locations; only with `around_prediction`.
        log_gain: `(...)`, log of the gain, in whose unit locations and scales then are.

    Returns:
        `(..., 3 * mixtures)`, float32: logits, locations and log-scales.

    Reference:
        Parallel WaveNet (van den Oord et al., 2017), section 2.1.
    """

    def __init__(
        self,
        channels: int,
        mixtures: int,
        log_scale_floor: float = -9.0,
        around_prediction: bool = False,
        **kwargs,
    ):
        # The prediction is float32 whatever the policy.
        super().__init__(autocast=False, **kwargs)
        self.channels = channels
        self.mixtures = mixtures
        self.log_scale_floor = log_scale_floor
        self.around_prediction = around_prediction
        self.hidden = keras.layers.Dense(
            channels, activation="relu", dtype=self.dtype_policy, name="hidden"
        )
        self.output_projection = keras.layers.Dense(
            3 * mixtures,
            kernel_initializer=(
                keras.initializers.RandomNormal(stddev=0.02)
                if around_prediction
                else "glorot_uniform"
            ),
            bias_initializer=(
                _spread_locations if around_prediction else _spread_log_scales
            ),
            dtype="float32",
            name="output_projection",
        )

    def build(self, inputs_shape, prediction_shape=None, log_gain_shape=None):
        self.hidden.build(inputs_shape)
        self.output_projection.build((*inputs_shape[:-1], self.channels))

    def call(self, inputs, prediction=None, log_gain=None):
        parameters = self.output_projection(self.hidden(ops.relu(inputs)))
        logits, loc, log_scale = ops.split(parameters, 3, axis=-1)
        log_scale = soft_floor(log_scale, self.log_scale_floor)
        if self.around_prediction:
            log_gain = ops.expand_dims(log_gain, -1)
            loc = ops.expand_dims(prediction, -1) + ops.exp(log_gain) * loc
            log_scale = ops.maximum(log_gain + log_scale, LOG_SCALE_LOWEST)
        return ops.concatenate([logits, loc, log_scale], axis=-1)

    def compute_output_spec(self, inputs, prediction=None, log_gain=None):
        return keras.KerasTensor((*inputs.shape[:-1], 3 * self.mixtures), "float32")

    def get_config(self):
        return {
            **super().get_config(),
            "channels": self.channels,
            "mixtures": self.mixtures,
            "log_scale_floor": self.log_scale_floor,
            "around_prediction": self.around_prediction,
        }


def _spread_log_scales(shape, dtype=None):
    """Zero logits and locations, and log-scales from near silence to loud speech."""
    mixtures = shape[0] // 3
    bias = np.concatenate([np.zeros(2 * mixtures), np.linspace(-7.0, -2.0, mixtures)])
    return ops.convert_to_tensor(bias, dtype=dtype)


def _spread_locations(shape, dtype=None):
    """Zero logits, locations over one gain to each side, and log-scales at -0.8."""
    mixtures = shape[0] // 3
    spread = np.linspace(-1.0, 1.0, mixtures) if mixtures > 1 else np.zeros(1)
    bias = np.concatenate([np.zeros(mixtures), spread, np.full(mixtures, -0.8)])
    return ops.convert_to_tensor(bias, dtype=dtype)
