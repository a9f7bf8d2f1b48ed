"""An acoustic model's mel, sharpened against a critic."""

import keras
from keras import ops

from keras_pwavenet.losses.checked import check_number
from keras_pwavenet.losses.critic import PatchCritic, criticised
from keras_pwavenet.losses.mel import MelLoss
from keras_pwavenet.models.stated import Stated
from keras_pwavenet.signal import harmonic_comb

_SPREAD = 0.5  # of a voice's log-mel, in the features' unit


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class MelRefiner(Stated, keras.Model):
    """Trains on what makes an acoustic model's mel, so that it is as sharp as speech.

    The mean distance alone teaches the mean of all the mels that would do, which is
    smoother than any of them. Here a critic is trained beside that tells recorded from
    predicted mels, given where the pitch's harmonics lie, and the mel is trained to
    pass for recorded. Durations and pitch stay as they are: they, and the encoder, are
    frozen.

    Each term is reported: `mel`, the mean distance; `critic`, the critic's own squared
    error, 0.5 where it knows nothing; `fooled`, the squared distance of its scores from
    those of recordings; `layers`, the mean distance of its hidden layers.

    Args:
        acoustic_model: A trained `AcousticModel`.
        distance: Weight of the mean distance of log-mel bands.
        fooled: Weight of `fooled`.
        layers: Weight of `layers`.
        channels: Channels of the critic's first convolution.
        name: Name of the model.
        dtype: Dtype policy of the critic.

    Call arguments:
        inputs: As the acoustic model takes them.

    Returns:
        Log-mel `(batch, frames, bands)`, float32.

    Raises:
        ValueError: If a number is negative, or no number.

    Reference:
        GANSpeech (Yang et al., 2021), for a critic of mels after training without.
    """

    target = "mel"

    def __init__(
        self,
        acoustic_model,
        distance: float = 2.0,
        fooled: float = 1.0,
        layers: float = 4.0,
        channels: int = 32,
        name: str | None = None,
        dtype=None,
    ):
        super().__init__(name=name)
        self.autocast = False
        weights = {"mel": distance, "fooled": fooled, "layers": layers}
        for term, weight in weights.items():
            check_number(term, weight, low=0)
        self.weights_of = {**weights, "critic": 1.0}
        self.acoustic_model = acoustic_model
        for layer in acoustic_model.layers:
            layer.trainable = layer.name.startswith("mel_")
        self.critic = PatchCritic(2, channels, name="critic", dtype=dtype)
        self.distance = MelLoss()
        self.trackers = {
            term: keras.metrics.Mean(name=term) for term in ("loss", *self.weights_of)
        }
        self.built = True

    @property
    def preprocessor(self):
        return self.acoustic_model.preprocessor

    @property
    def conditioning_channels(self):
        return self.acoustic_model.conditioning_channels

    @property
    def hop_length(self):
        return self.acoustic_model.hop_length

    @property
    def num_speakers(self):
        return self.acoustic_model.num_speakers

    def numbers(self, symbols):
        """Numbers of symbols, as the acoustic model takes them."""
        return self.acoustic_model.numbers(symbols)

    def call(self, inputs, training=None):
        model = self.acoustic_model
        hidden, _ = model.encode(inputs["symbols"], inputs.get("speaker"), False)
        frames, valid = model.frames(hidden, inputs)
        return model.mel(frames, inputs["pitch"], valid, training)

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        valid = ops.expand_dims(sample_weight["mel"], -1)
        comb, *_ = harmonic_comb(x["pitch"], self.preprocessor.centres, [1])

        def seen(mel):
            planes = ops.stack([mel / _SPREAD, comb], axis=-1)
            return planes * ops.expand_dims(valid, -1)

        judged = criticised(self.critic, seen(y["mel"]), seen(y_pred))
        learning, fooled, layers = (ops.mean(value) for value in judged)
        terms = {
            "mel": self.distance(y["mel"], y_pred, sample_weight["mel"]),
            "critic": learning,
            "fooled": fooled,
            "layers": layers,
        }
        total = sum(self.weights_of[term] * value for term, value in terms.items())
        for term, value in {"loss": total, **terms}.items():
            self.trackers[term].update_state(value)
        return total

    @property
    def metrics(self):
        return list(self.trackers.values())

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        return self.get_metrics_result()

    def get_config(self):
        weights = {"distance": self.weights_of["mel"], "channels": self.critic.channels}
        weights |= {term: self.weights_of[term] for term in ("fooled", "layers")}
        return {
            "acoustic_model": keras.saving.serialize_keras_object(self.acoustic_model),
            **weights,
            "name": self.name,
            "dtype": keras.dtype_policies.serialize(self.critic.dtype_policy),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        model = config["acoustic_model"]
        model = keras.saving.deserialize_keras_object(model, custom_objects)
        return cls(**{**config, "acoustic_model": model})
