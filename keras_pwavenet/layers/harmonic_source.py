"""The harmonic source that the student's flows hear."""

import keras

from keras_pwavenet.signal import harmonic_source


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class HarmonicSource(keras.layers.Layer):
    """Pulse train, sine and cosine at the pitch, without weights.

    Args:
        hop_length: Samples a frame.
        sample_rate: Samples a second.
        **kwargs: `name` and other arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: Pitch `(batch, frames)` in Hz, 0 where there is none.
        phase: Of the fundamental before the first sample, in cycles, `(batch,)`.

    Returns:
        `(batch, frames * hop_length, 3)`, float32 (see
        `keras_pwavenet.signal.harmonic_source`).
    """

    def __init__(self, hop_length: int, sample_rate: int, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.hop_length = hop_length
        self.sample_rate = sample_rate

    def call(self, inputs, phase):
        return harmonic_source(inputs, self.hop_length, self.sample_rate, phase)

    def compute_output_spec(self, inputs, phase):
        batch, frames = inputs.shape
        samples = None if frames is None else frames * self.hop_length
        return keras.KerasTensor((batch, samples, 3), "float32")

    def get_config(self):
        return {
            **super().get_config(),
            "hop_length": self.hop_length,
            "sample_rate": self.sample_rate,
        }
