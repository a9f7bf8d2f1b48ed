"""Negative log-likelihood of 16-bit audio under a mixture of logistics."""

import keras
from keras import ops

from keras_pwavenet import logistic


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class MixtureLogisticNLL(keras.losses.Loss):
    """Exact negative log-likelihood of 16-bit audio, in nats per sample.

    A uniform guess costs log(65536) = 11.09.

    Call arguments:
        y_true: Audio `(batch, samples)` in [-1, 1]; rounded to the levels of
            16-bit files.
        y_pred: The mixtures' parameters `(batch, samples, 3 * mixtures)`.

    Returns:
        The loss, reduced as `reduction` says.

    Raises:
        ValueError: If there are not as many samples as mixtures.

    Reference:
        Parallel WaveNet (van den Oord et al., 2017), section 2.1.
    """

    def __init__(
        self, reduction="sum_over_batch_size", name="mixture_logistic_nll", dtype=None
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype or "float32")

    def __call__(self, y_true, y_pred, sample_weight=None):
        if sample_weight is not None and ops.ndim(sample_weight) == 1:
            sample_weight = ops.expand_dims(sample_weight, 1)  # one for each clip
        return super().__call__(y_true, y_pred, sample_weight)

    def call(self, y_true, y_pred):
        found, wanted = tuple(y_true.shape), tuple(y_pred.shape)[:-1]
        if len(found) != len(wanted) or any(
            None not in pair and pair[0] != pair[1]
            for pair in zip(found, wanted, strict=True)
        ):
            raise ValueError(
                f"Expected `y_true` of shape {wanted}, a sample for each mixture of "
                f"`y_pred`. Received: y_true.shape={found}"
            )
        return -logistic.mixture_bin_log_prob(
            logistic.quantize_16_bit(y_true), *logistic.split_mixture(y_pred)
        )
