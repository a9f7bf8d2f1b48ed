"""Loss on the short-time spectrum in several resolutions."""

import math
import numbers

import keras
import numpy as np
from keras import ops

from keras_pwavenet.losses.checked import AudioLoss, check_number
from keras_pwavenet.signal import hann, stft_power


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class MultiResolutionSTFTLoss(AudioLoss):
    """Spectral convergence and log-magnitude distance over several resolutions.

    For each resolution: the Frobenius norm of the magnitudes' difference over that of
    the recording's magnitudes, plus the mean absolute difference of log-magnitudes in
    nats. The loss is the mean over the resolutions.

    In the mean of log-magnitudes a frequency f weighs 1 / (f + corner), its share of
    the mel scale. Weighed alike, the upper half of the band, which is noise in most
    speech, decides the gradient, and harmonics stay blurred for longer.

    Both terms are relative, so that next to nothing would count without bound: with
    digital silence for a recording, a gradient some hundred times that of speech. A
    recording whose mean power is a share s < 1 of that of white noise at the level
    `quiet` counts s times in the convergence, and its log-magnitudes are compared
    under (1 - s) of that noise's power. Louder ones, such as crops of speech, are not
    touched.

    Args:
        resolutions: Triples of transform length, hop and window length, in samples.
        floor: Smallest magnitude; quieter parts of the spectrum count as equal.
        corner: Corner of the frequencies' weights, as a fraction of half the sample
            rate; 0.0875 is the mel scale's 700 Hz at 16 kHz. None weighs all
            frequencies alike, as the reference does.
        quiet: Level in dB relative to full scale under which a recording counts less.
        reduction: As in `keras.losses.Loss`.
        name: Name of the loss.
        dtype: As in `keras.losses.Loss`.

    Attributes:
        compares: "audio".

    Call arguments:
        y_true: Recorded audio `(batch, samples)`.
        y_pred: Generated audio `(batch, samples)`.

    Raises:
        ValueError: If the corner is not positive, floor or `quiet` no finite number, or
            the resolutions are no triples of positive integers.

    Reference:
        Parallel WaveGAN (Yamamoto et al., 2020), section 2.2, which adds it to a
        distilled student in place of the power loss.
    """

    def __init__(
        self,
        resolutions=((512, 50, 240), (1024, 120, 600), (2048, 240, 1200)),
        floor: float = 1e-3,
        corner: float | None = 0.0875,
        quiet: float = -50.0,
        reduction="sum_over_batch_size",
        name="stft",
        dtype=None,
    ):
        super().__init__(reduction, name, dtype)
        if corner is not None and (
            not isinstance(corner, numbers.Real) or not 0 < corner < math.inf
        ):
            raise ValueError(
                "Expected `corner` to be a positive fraction of half the sample rate, "
                f"or None. Received: corner={corner}"
            )
        check_number("quiet", quiet, low=-math.inf)
        check_number("floor", floor, low=0)
        self.resolutions = checked_resolutions(resolutions)
        self.floor = floor
        self.corner = corner
        self.quiet = quiet

    def call(self, y_true, y_pred):
        total = 0.0
        for settings in self.resolutions:
            true = stft_power(y_true, *settings) + self.floor**2
            generated = stft_power(y_pred, *settings) + self.floor**2
            window = hann(settings[2])
            noise = 10 ** (self.quiet / 10) * float(np.square(window).sum())
            share = ops.minimum(ops.mean(true, axis=(1, 2)) / noise, 1.0)
            difference = ops.sqrt(generated) - ops.sqrt(true)
            convergence = ops.sqrt(
                (ops.sum(ops.square(difference), axis=(1, 2)) + self.floor**2)
                / ops.sum(true, axis=(1, 2))
            )
            cover = ops.reshape((1.0 - share) * noise, (-1, 1, 1))
            log_ratio = 0.5 * ops.abs(
                ops.log(generated + cover) - ops.log(true + cover)
            )
            weighted = log_ratio * self._weights(true.shape[-1])
            total = total + share * convergence + ops.mean(weighted, axis=(1, 2))
        return total / len(self.resolutions)

    def _weights(self, bins):
        """A weight for each bin from 0 to half the sample rate, 1 in the mean."""
        if self.corner is None:
            return 1.0
        weights = 1.0 / (np.linspace(0.0, 1.0, bins) + self.corner)
        return ops.convert_to_tensor((weights / weights.mean()).astype("float32"))

    def get_config(self):
        return {
            **super().get_config(),
            "resolutions": self.resolutions,
            "floor": self.floor,
            "corner": self.corner,
            "quiet": self.quiet,
        }


def checked_resolutions(resolutions) -> tuple[tuple[int, int, int], ...]:
    """Resolutions as a loss keeps them.

    Args:
        resolutions: Triples of transform length, hop and window length, in samples.

    Returns:
        The same as tuples.

    Raises:
        ValueError: If they are no triples of positive integers, or a window is longer
            than its transform.
    """
    try:
        found = tuple(tuple(settings) for settings in resolutions)
        good = found and all(len(settings) == 3 for settings in found)
    except TypeError:
        good = False
    if not good:
        raise ValueError(
            "Expected `resolutions` to be triples of transform length, hop and window "
            f"length. Received: resolutions={resolutions!r:.80}"
        )
    for settings in found:
        for value in settings:
            check_number("resolutions", value, low=1, whole=True)
        if settings[2] > settings[0]:
            raise ValueError(
                "Expected `resolutions` with windows no longer than their transform. "
                f"Received: resolutions={resolutions!r:.80}"
            )
    return found
