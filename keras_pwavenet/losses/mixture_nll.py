"""Negative log-likelihood of 16-bit audio under a mixture of logistics."""

import keras
from keras import ops

from keras_pwavenet import logistic
from keras_pwavenet.losses.checked import CheckedLoss


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class MixtureLogisticNLL(CheckedLoss):
    """Exact negative log-likelihood of 16-bit audio, in nats per sample.

    A uniform guess costs log(65536) = 11.09.

    Call arguments:
        y_true: Audio `(batch, samples)` in [-1, 1]; rounded to the levels of
            16-bit files.
        y_pred: The mixtures' parameters `(batch, samples, 3 * mixtures)`.

    Returns:
        The loss, reduced as `reduction` says.

    Raises:
        ValueError: If there are not as many samples as mixtures, or no numbers.

    Reference:
        Parallel WaveNet (van den Oord et al., 2017), section 2.1.
    """

    shapes = (("batch", "samples"), ("batch", "samples", "3 * mixtures"))

    def __init__(
        self, reduction="sum_over_batch_size", name="mixture_logistic_nll", dtype=None
    ):
        super().__init__(reduction, name, dtype)

    def __call__(self, y_true, y_pred, sample_weight=None):
        if sample_weight is not None and ops.ndim(sample_weight) == 1:
            sample_weight = ops.expand_dims(sample_weight, 1)  # one for each clip
        return super().__call__(y_true, y_pred, sample_weight)

    def call(self, y_true, y_pred):
        return -logistic.mixture_bin_log_prob(
            logistic.quantize_16_bit(y_true), *logistic.split_mixture(y_pred)
        )
