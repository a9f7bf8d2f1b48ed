"""Contrastive distillation: audio must be unlikely under other conditioning."""

import keras

from keras_pwavenet.losses.kl import DistillationKL


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class ContrastiveLoss(DistillationKL):
    """Minus the divergence of the student from a teacher that is told something else.

    With weight γ beside `DistillationKL` it makes the paper's
    KL(P_S(c₁) ‖ P_T(c₁)) - γ KL(P_S(c₁) ‖ P_T(c₂)), c₂ ≠ c₁, which punishes audio that
    the teacher finds likely whatever the conditioning. The paper's γ is 0.3; from 1 on
    the entropy would be punished too.

    Args:
        inner_samples: Number of strata. Given the same `uniform`, both divergences
            see the same inner samples and entropy, so that their difference scatters
            less.
        reduction: As in `keras.losses.Loss`.
        name: Name of the loss.
        dtype: As in `keras.losses.Loss`.

    Attributes:
        compares: "other_teacher".

    Call arguments:
        y_true: The teacher's parameters `(batch, samples, 3 * mixtures)` for the
            student's audio and the conditioning, and speaker, of other clips.
        y_pred: As in `DistillationKL`.

    Reference:
        Parallel WaveNet (van den Oord et al., 2017), section 4.3.
    """

    compares = "other_teacher"

    def __init__(
        self,
        inner_samples: int = 8,
        reduction="sum_over_batch_size",
        name="contrastive",
        dtype=None,
    ):
        super().__init__(inner_samples, reduction, name, dtype)

    def call(self, y_true, y_pred):
        return -super().call(y_true, y_pred)
