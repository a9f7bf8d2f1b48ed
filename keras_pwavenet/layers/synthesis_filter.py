"""The synthesis filter: the last, linear flow of the student."""

import keras
from keras import ops

from keras_pwavenet.signal import impulse_response, synthesize

# Products of few rows are summed in another order, and responses of steep filters hang
# on the last digits: a piece of few frames is computed in company.
ROWS = 4


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class SynthesisFilter(keras.layers.Layer):
    """Gives an excitation the envelope of its frames, without weights.

    Each frame of the excitation is scaled by its gain and convolved with the impulse
    response of its own 1/A; the frames' outputs are added up. So each sample is
    `gain * excitation` plus a function of earlier excitation: an autoregressive flow
    whose log-determinant is the sum of the log-gains.

    Args:
        hop_length: Samples a frame.
        response_frames: Length of the impulse response, in frames; what rings on is
            cut.
        **kwargs: `name` and other arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: Excitation `(batch, frames * hop_length)`.
        taps: `(batch, frames, order)`.
        log_gain: `(batch, frames)`.
        past: The `Past` of a sequence that comes piece by piece, or None.

    Returns:
        The filtered samples and their log-gains, both `(batch, frames * hop_length)` in
        float32.

    Raises:
        ValueError: If an integer argument is below one.
    """

    def __init__(self, hop_length: int, response_frames: int = 2, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        if min(hop_length, response_frames) < 1:
            raise ValueError(
                "Expected `hop_length` and `response_frames` of 1 or more. Received: "
                f"hop_length={hop_length}, response_frames={response_frames}"
            )
        self.hop_length = hop_length
        self.response_frames = response_frames

    def call(self, inputs, taps, log_gain, past=None):
        length = self.response_frames * self.hop_length
        if past is not None:
            taps = ops.pad(taps, [[0, 0], [ROWS, 0], [0, 0]])
        response = impulse_response(taps, length, length + self.hop_length)
        if past is not None:
            response = response[:, ROWS:]
        # Frames come from their gain, which says how many there are in an export.
        log_scale = ops.repeat(log_gain, self.hop_length, axis=1)
        scaled = inputs * ops.exp(log_scale)
        return synthesize(scaled, response, self.hop_length, past), log_scale

    def compute_output_spec(self, inputs, taps, log_gain, past=None):
        return tuple(keras.KerasTensor(inputs.shape, "float32") for _ in range(2))

    def get_config(self):
        return {
            **super().get_config(),
            "hop_length": self.hop_length,
            "response_frames": self.response_frames,
        }
