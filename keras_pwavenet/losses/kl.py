"""Probability density distillation: the divergence of student from teacher."""

import keras
from keras import ops

from keras_pwavenet import logistic
from keras_pwavenet.losses.checked import CheckedLoss, check_arrays, check_number


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class DistillationKL(CheckedLoss):
    """Kullback-Leibler divergence of the student from the teacher, in nats per sample.

    For every sample, H(P_S, P_T) - H(P_S): the cross-entropy is averaged over inner
    samples of the student's logistic, one from each of `inner_samples` strata of equal
    mass; the entropy is exact. The teacher's parameters must come from one teacher pass
    over the student's audio, without stopping gradients.

    Args:
        inner_samples: Number of strata.
        reduction: As in `keras.losses.Loss`.
        name: Name of the loss.
        dtype: As in `keras.losses.Loss`.

    Attributes:
        compares: "teacher".

    Call arguments:
        y_true: The teacher's parameters `(batch, samples, 3 * mixtures)`.
        y_pred: Dict of the student's `loc` and `log_scale` `(batch, samples)` and of
            `uniform` `(batch, samples, inner_samples)`, numbers in (0, 1) that place
            the inner samples in their strata.

    Raises:
        ValueError: If `inner_samples` is no positive integer; on a call, if an array is
            missing, of another shape, or of no numbers.

    Reference:
        Parallel WaveNet (van den Oord et al., 2017), section 3.1, equations 4 to 8.
    """

    compares = "teacher"

    def __init__(
        self,
        inner_samples: int = 8,
        reduction="sum_over_batch_size",
        name="kl",
        dtype=None,
    ):
        super().__init__(reduction, name, dtype)
        check_number("inner_samples", inner_samples, low=1, whole=True)
        self.inner_samples = inner_samples

    def check(self, y_true, y_pred):
        names = ("loc", "log_scale", "uniform")
        if not isinstance(y_pred, dict) or set(y_pred) != set(names):
            found = sorted(y_pred) if isinstance(y_pred, dict) else type(y_pred)
            raise ValueError(
                f"Expected `y_pred` to be a dict of {', '.join(names)}. "
                f"Received: y_pred={found!r:.80}"
            )
        wanted = {"y_true": ("batch", "samples", "3 * mixtures")}
        wanted |= dict.fromkeys(names[:2], ("batch", "samples"))
        wanted["uniform"] = ("batch", "samples", "inner_samples")
        check_arrays(wanted, {"y_true": y_true, **y_pred})
        found = tuple(y_pred["uniform"].shape)[-1]
        if found not in (None, self.inner_samples):
            raise ValueError(
                f"Expected `uniform` of {self.inner_samples} inner samples. "
                f"Received: uniform.shape={tuple(y_pred['uniform'].shape)}"
            )

    def call(self, y_true, y_pred):
        logits, loc, log_scale = logistic.split_mixture(y_true)
        values = self.inner_values(**y_pred)
        log_prob = logistic.mixture_log_prob(
            values,
            ops.expand_dims(logits, 2),
            ops.expand_dims(loc, 2),
            ops.expand_dims(log_scale, 2),
        )
        cross_entropy = -ops.mean(log_prob, axis=-1)
        entropy = logistic.logistic_entropy(y_pred["log_scale"])
        return ops.mean(cross_entropy - entropy, axis=-1)

    def inner_values(self, loc, log_scale, uniform):
        """Draws from the student's logistics, one for each stratum.

        Args:
            loc: `(batch, samples)`.
            log_scale: `(batch, samples)`.
            uniform: `(batch, samples, inner_samples)` in (0, 1).

        Returns:
            `(batch, samples, inner_samples)`.
        """
        stratum = ops.arange(self.inner_samples, dtype="float32")
        below = stratum + uniform
        above = (self.inner_samples - 1 - stratum) + (1.0 - uniform)
        noise = ops.log(below) - ops.log(above)
        scale = ops.expand_dims(ops.exp(log_scale), -1)
        return ops.expand_dims(loc, -1) + scale * noise

    def get_config(self):
        return {**super().get_config(), "inner_samples": self.inner_samples}
