"""Loss on the power at each frequency."""

import keras
from keras import ops

from keras_pwavenet.losses.checked import AudioLoss, check_number
from keras_pwavenet.signal import stft_power


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class PowerLoss(AudioLoss):
    """The paper's power loss: squared distance of |STFT|².

    Args:
        fft_length: Length of the transform, in samples.
        hop_length: Distance of the frames, in samples.
        win_length: Length of the window, in samples.
        average_over_time: Whether the power of each frequency is averaged over time
            before the distance, which the paper found to make little difference.
        reduction: As in `keras.losses.Loss`.
        name: Name of the loss.
        dtype: As in `keras.losses.Loss`.

    Attributes:
        compares: "audio".

    Call arguments:
        y_true: Recorded audio `(batch, samples)`.
        y_pred: Generated audio `(batch, samples)`.

    Raises:
        ValueError: If a length is no positive integer, or the window is longer than the
            transform.

    Reference:
        Parallel WaveNet (van den Oord et al., 2017), section 4.1.
    """

    def __init__(
        self,
        fft_length: int = 1024,
        hop_length: int = 256,
        win_length: int = 1024,
        average_over_time: bool = True,
        reduction="sum_over_batch_size",
        name="power",
        dtype=None,
    ):
        super().__init__(reduction, name, dtype)
        for setting, value in (
            ("fft_length", fft_length),
            ("hop_length", hop_length),
            ("win_length", win_length),
        ):
            check_number(setting, value, low=1, whole=True)
        if win_length > fft_length:
            raise ValueError(
                "Expected `win_length` of at most `fft_length`. "
                f"Received: win_length={win_length}, fft_length={fft_length}"
            )
        self.fft_length = fft_length
        self.hop_length = hop_length
        self.win_length = win_length
        self.average_over_time = average_over_time

    def call(self, y_true, y_pred):
        settings = (self.fft_length, self.hop_length, self.win_length)
        true, generated = stft_power(y_true, *settings), stft_power(y_pred, *settings)
        if self.average_over_time:
            true = ops.mean(true, axis=1, keepdims=True)
            generated = ops.mean(generated, axis=1, keepdims=True)
        return ops.mean(ops.square(generated - true), axis=(1, 2))

    def get_config(self):
        return {
            **super().get_config(),
            "fft_length": self.fft_length,
            "hop_length": self.hop_length,
            "win_length": self.win_length,
            "average_over_time": self.average_over_time,
        }
