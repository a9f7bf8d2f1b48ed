"""The linear predictor around which the teacher's network works."""

import keras
from keras import ops

from keras_pwavenet.signal import (
    asinh,
    interpolate_pitch,
    linear_prediction,
    period_before,
)

# The residual one pitch period ago, from two samples before it to three after.
PERIOD_FIRST, PERIOD_LAST = -2, 3
PERIOD_TAPS = PERIOD_LAST - PERIOD_FIRST + 1


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class LinearPredictor(keras.layers.Layer):
    """Predicts each sample from earlier ones, and says what a network should see.

    With prediction p and gain g of t's frame and the residual e = (x - p) / g, the
    network sees at t: asinh(e[t-1]), asinh(p[t] / g) / 2 and 5 x[t-1]; with a pitch
    also asinh(e) around one period T before t, e[t-T-2] to e[t-T+3], and whether t is
    voiced. All of it depends on samples before t only.

    Args:
        hop_length: Samples a frame.
        sample_rate: Samples a second.
        **kwargs: `name` and other arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: Audio `(batch, frames * hop_length)`.
        taps: `(batch, frames, order)`.
        log_gain: `(batch, frames)`.
        pitch: `(batch, frames)` in Hz, 0 where there is none; or None.

    Returns:
        The prediction and the log-gain of each sample, `(batch, samples)`, and what the
        network sees, `(batch, samples, 3)` or with a pitch `(batch, samples, 10)`; all
        float32.
    """

    def __init__(self, hop_length: int, sample_rate: int, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.hop_length = hop_length
        self.sample_rate = sample_rate

    def call(self, inputs, taps, log_gain, pitch=None):
        prediction = linear_prediction(inputs, taps)
        log_gain = ops.repeat(log_gain, self.hop_length, axis=1)
        inverse_gain = ops.exp(-log_gain)
        residual = asinh((inputs - prediction) * inverse_gain)
        seen = [_late(residual), 0.5 * asinh(prediction * inverse_gain)]
        seen = ops.stack([*seen, 5.0 * _late(inputs)], axis=-1)
        if pitch is not None:
            pitch = interpolate_pitch(pitch, self.hop_length)
            before = period_before(
                residual, pitch, self.sample_rate, PERIOD_FIRST, PERIOD_LAST
            )
            voiced = ops.expand_dims(ops.cast(pitch > 0, "float32"), -1)
            seen = ops.concatenate([seen, before, voiced], axis=-1)
        return prediction, log_gain, seen

    def compute_output_spec(self, inputs, taps, log_gain, pitch=None):
        channels = 3 if pitch is None else 4 + PERIOD_TAPS
        return (
            keras.KerasTensor(inputs.shape, "float32"),
            keras.KerasTensor(inputs.shape, "float32"),
            keras.KerasTensor((*inputs.shape, channels), "float32"),
        )

    def get_config(self):
        return {
            **super().get_config(),
            "hop_length": self.hop_length,
            "sample_rate": self.sample_rate,
        }


def _late(signal):
    """The sample before each, 0 before the first."""
    return ops.pad(signal, [[0, 0], [1, 0]])[:, :-1]
