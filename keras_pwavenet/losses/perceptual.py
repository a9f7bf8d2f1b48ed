"""Loss on what a phoneme classifier hears."""

import keras
from keras import ops

from keras_pwavenet.losses.checked import AudioLoss, check_number

FORMS = ("gram", "features")


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class PerceptualLoss(AudioLoss):
    """Squared distance of a classifier's features of generated and recorded audio.

    `form="features"` compares the feature maps step by step, `form="gram"` (the
    paper's style loss, which it found better) their Gram matrices FᵀF / steps, which
    forget the time. The mean squared difference of each map or matrix is divided by the
    mean square of the recording's; the loss is the mean over the maps. It is 0 for the
    recording and 1 for audio whose features are all zero, whatever the classifier's
    depth and scale, so that one weight suits them all.

    Keras saves the classifier's settings with the loss, not its weights; a `Distiller`
    saves both.

    Args:
        classifier: A model with `features(audio)`, which gives a list of feature maps
            `(batch, steps, channels)`, such as `PhonemeClassifier`; it is frozen.
        form: "gram" or "features".
        floor: Smallest mean square to divide by, so that silence does not count many
            times more than speech, which has 0.008 to 1 in a trained classifier.
        reduction: As in `keras.losses.Loss`.
        name: Name of the loss.
        dtype: As in `keras.losses.Loss`.

    Attributes:
        compares: "audio".

    Call arguments:
        y_true: Recorded audio `(batch, samples)`.
        y_pred: Generated audio `(batch, samples)`.

    Raises:
        ValueError: If there is no such form, the classifier has no `features`, or the
            floor is no number of 0 or more.

    Reference:
        Parallel WaveNet (van den Oord et al., 2017), section 4.2.
    """

    def __init__(
        self,
        classifier,
        form: str = "gram",
        floor: float = 1e-3,
        reduction="sum_over_batch_size",
        name="perceptual",
        dtype=None,
    ):
        super().__init__(reduction, name, dtype)
        if form not in FORMS:
            raise ValueError(
                f"Expected `form` to be one of {', '.join(FORMS)}. "
                f"Received: form={form!r}"
            )
        if not callable(getattr(classifier, "features", None)):
            raise ValueError(
                "Expected `classifier` to be a model with a method `features`. "
                f"Received: classifier of type {type(classifier).__name__}"
            )
        check_number("floor", floor, low=0)
        classifier.trainable = False
        self.classifier = classifier
        self.form = form
        self.floor = floor

    def call(self, y_true, y_pred):
        recorded = self.classifier.features(y_true)
        generated = self.classifier.features(y_pred)
        pairs = zip(recorded, generated, strict=True)
        return sum(self._distance(*pair) for pair in pairs) / len(recorded)

    def _distance(self, recorded, generated):
        if self.form == "gram":
            recorded, generated = _gram(recorded), _gram(generated)
        power = ops.mean(ops.square(recorded), axis=(1, 2))
        distance = ops.mean(ops.square(generated - recorded), axis=(1, 2))
        return distance / ops.maximum(power, self.floor)

    def get_config(self):
        return {
            **super().get_config(),
            "classifier": keras.saving.serialize_keras_object(self.classifier),
            "form": self.form,
            "floor": self.floor,
        }

    @classmethod
    def from_config(cls, config):
        classifier = keras.saving.deserialize_keras_object(config["classifier"])
        return cls(**{**config, "classifier": classifier})


def _gram(features):
    """Mean products of every two channels over time, `(batch, channels, channels)`."""
    products = ops.matmul(ops.transpose(features, (0, 2, 1)), features)
    return products / ops.cast(ops.shape(features)[1], features.dtype)
