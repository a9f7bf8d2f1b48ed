"""The linear predictor that a mel frame implies."""

import math
import numbers

import keras
from keras import ops

from keras_pwavenet.audio.mel import LogMelSpectrogram
from keras_pwavenet.audio.mel_scale import mel_filters
from keras_pwavenet.signal import (
    autocorrelation,
    bandwidth_decay,
    expand_bandwidth,
    mel_to_spectrum,
    prediction_error,
    schur_recursion,
)

LOWEST_GAIN = 1 / 32768  # one level of 16-bit audio


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class SpectralEnvelope(keras.layers.Layer):
    """Turns log-mel frames into linear predictors, without weights.

    Args:
        mel: What the frames were made with, or its settings as a dictionary.
        order: Taps of the predictor.
        bandwidth: Hz by which all resonances are widened, so that responses have faded
            by `exp(-pi * bandwidth * t)` after t seconds.
        **kwargs: `name` and other arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: `(batch, frames, bands)`, as `mel` gives them.

    Returns:
        The taps `(batch, frames, order)` and the natural logarithm of the gain
        `(batch, frames)`: the standard deviation of what the predictor leaves over, at
        least one level of 16-bit audio. Both float32.

    Raises:
        ValueError: If the order is not a positive integer.

    Reference:
        Linear Prediction of Speech (Markel and Gray, 1976).
    """

    def __init__(self, mel, order: int = 24, bandwidth: float = 50.0, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        if not isinstance(order, numbers.Integral) or order < 1:
            raise ValueError(
                f"Expected `order` to be a positive integer. Received: order={order}"
            )
        self.mel = LogMelSpectrogram(**mel) if isinstance(mel, dict) else mel
        self.order = order
        self.bandwidth = bandwidth
        mel = self.mel
        top = mel.sample_rate / 2 if mel.fmax is None else mel.fmax
        self.filters = mel_filters(
            mel.sample_rate, mel.n_fft, mel.n_mels, mel.fmin, top
        )

    def call(self, inputs):
        mel = self.mel
        logarithms = inputs / mel.scale - mel.offset
        spectrum, loudest = mel_to_spectrum(logarithms, self.filters, mel.floor)
        correlation = autocorrelation(spectrum, self.order, mel.sample_rate)
        taps, _ = schur_recursion(correlation)
        decay = bandwidth_decay(self.bandwidth, mel.sample_rate)
        taps = expand_bandwidth(taps, decay)
        # A Hann window of white noise has 3/8 of its length as mean square.
        error = prediction_error(spectrum, taps) / (0.375 * mel.win_length)
        log_gain = loudest + 0.5 * ops.log(error)
        return taps, ops.maximum(log_gain, math.log(LOWEST_GAIN))

    def compute_output_spec(self, inputs):
        frames = inputs.shape[:-1]
        return (
            keras.KerasTensor((*frames, self.order), "float32"),
            keras.KerasTensor(frames, "float32"),
        )

    def get_config(self):
        return {
            **super().get_config(),
            "mel": self.mel.get_config(),
            "order": self.order,
            "bandwidth": self.bandwidth,
        }
