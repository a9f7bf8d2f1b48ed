"""Loss on what a critic of spectrograms, trained beside, tells from recordings."""

import keras
from keras import ops

from keras_pwavenet.losses.checked import AudioLoss, check_number
from keras_pwavenet.losses.critic import PatchCritic, criticised
from keras_pwavenet.losses.stft import checked_resolutions
from keras_pwavenet.signal import hann, stft_power

_CENTRE = 4.0  # minus the mean of a voice's log-magnitudes


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class AdversarialLoss(AudioLoss):
    """Squared distance from what critics take for a recording, and of what they see.

    For each resolution a `PatchCritic` scores log-magnitude spectrograms. The loss is
    the mean over the resolutions of three terms: the critic's own squared error, whose
    gradients train the critic and nothing else; the squared distance of the generated
    audio's scores from 1; and `features` times the mean distance of the critic's hidden
    layers between recorded and generated audio. The generated audio is given the
    gradients of the last two. The critics are trained by the same optimiser; a
    `Distiller` saves them. As they learn, the loss does not fall: watch others beside.

    Args:
        resolutions: Triples of transform length, hop and window length, in samples.
        channels: Channels of each critic's first convolution.
        features: Weight of the distance of hidden layers.
        floor: Smallest magnitude; quieter parts of the spectrum count as equal.
        policy: Dtype policy of the critics.
        reduction: As in `keras.losses.Loss`.
        name: Name of the loss.
        dtype: As in `keras.losses.Loss`.

    Attributes:
        compares: "audio".

    Call arguments:
        y_true: Recorded audio `(batch, samples)`.
        y_pred: Generated audio `(batch, samples)`.

    Raises:
        ValueError: If the resolutions are no triples of positive integers, or another
            setting is no positive number.

    Reference:
        UnivNet (Jang et al., 2021), section 2.2, for critics in several resolutions.
    """

    def __init__(
        self,
        resolutions=((512, 128, 512), (1024, 256, 1024), (2048, 512, 2048)),
        channels: int = 24,
        features: float = 2.0,
        floor: float = 1e-3,
        policy=None,
        reduction="sum_over_batch_size",
        name="adversarial",
        dtype=None,
    ):
        super().__init__(reduction, name, dtype)
        check_number("features", features, low=0)
        check_number("floor", floor, low=1e-9)
        self.resolutions = checked_resolutions(resolutions)
        self.channels = channels
        self.features = features
        self.floor = floor
        self.policy = keras.dtype_policies.get(policy)
        self.critics = [
            PatchCritic(1, channels, name=f"critic_{settings[0]}", dtype=policy)
            for settings in self.resolutions
        ]

    def call(self, y_true, y_pred):
        total = 0.0
        for critic, settings in zip(self.critics, self.resolutions, strict=True):
            recorded, generated = (self._seen(y, settings) for y in (y_true, y_pred))
            learning, fooling, distance = criticised(critic, recorded, generated)
            total = total + learning + fooling + self.features * distance
        return total / len(self.critics)

    def _seen(self, audio, settings):
        window = float((hann(settings[2]) ** 2).sum())
        power = stft_power(audio, *settings) / window + self.floor**2
        return ops.expand_dims(0.5 * ops.log(power) + _CENTRE, -1)

    def get_config(self):
        return {
            **super().get_config(),
            "resolutions": self.resolutions,
            "channels": self.channels,
            "features": self.features,
            "floor": self.floor,
            "policy": keras.dtype_policies.serialize(self.policy),
        }
