"""Probability density distillation of a student from a teacher."""

import keras
from keras import ops

from keras_pwavenet.logistic import sample_logistic, sample_open_uniform
from keras_pwavenet.losses import (
    BlockToneLoss,
    ContrastiveLoss,
    DistillationKL,
    MultiResolutionSTFTLoss,
    PerceptualLoss,
    PowerLoss,
)
from keras_pwavenet.models.checked import ChecksArrays
from keras_pwavenet.models.conditioning import check_lengths, check_target
from keras_pwavenet.models.distiller_checks import check_models, check_numbers
from keras_pwavenet.models.replicas import (
    draw_rows,
    mean_over_replicas,
    replica_count,
    roll_rows,
    unscaled,
)
from keras_pwavenet.models.train_step import TRAIN_STEPS

# What `evaluate` does not report.
_TRAINING = ("gradient_norm", "skipped_steps")


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class Distiller(ChecksArrays, keras.Model):
    """Trains a student with a frozen teacher: compile it with an optimiser and `fit`.

    The loss is the weighted sum of the KL divergence, the contrastive, power and
    perceptual losses, the multi-resolution STFT loss and the loss on tones at the block
    rate. A term of weight 0 is not computed; without KL and contrastive loss no teacher
    pass is made, which makes a cheap warm start. The contrastive loss takes each clip's
    conditioning, and speaker, from the clip before it in the batch, and the KL's inner
    samples, so that their difference scatters less.

    Each term is reported, and so is `level_db`, the level of the generated audio
    against the recording: far from 0, a falling loss means nothing. `entropy` is the
    student's, in nats per sample. A training step whose loss or
    gradients are not finite changes neither the student nor the optimiser nor the
    metrics; `skipped_steps` is their number in the epoch.

    Args:
        teacher: a trained `WaveNet`; it is frozen.
        student: the `ParallelWaveNet` to train.
        kl_weight: weight of the divergence, in nats per sample.
        power_weight: weight of the paper's power loss.
        stft_weight: weight of the multi-resolution STFT loss.
        tone_weight: weight of the loss on tones at the block rate.
        perceptual_weight: weight of the loss on the classifier's features.
        contrastive_weight: γ, the weight of minus the divergence from a teacher that is
            told another clip's conditioning; the paper's is 0.3. Batches must have two
            clips or more.
        classifier: the `PhonemeClassifier` of the perceptual loss, or None; it is
            frozen.
        average_power: `average_over_time` of the `PowerLoss`.
        perceptual_form: `form` of the `PerceptualLoss`.
        stft_corner: `corner` of the `MultiResolutionSTFTLoss`.
        inner_samples: strata of the cross-entropy's inner samples.
        seed: seed of the noise.
        **kwargs: `name`.

    Call arguments:
        inputs: dict of `conditioning` `(batch, frames, channels)`, `audio`
            `(batch, samples)`, of which only the shape is used, and with several
            speakers `speaker` `(batch,)`.

    Returns:
        The student's outputs for new noise, a dict of `audio`, `loc`, `log_scale`.

    Raises:
        ValueError: if teacher and student take different conditioning, or the
            classifier is missing or hears another sample rate or hop; in training, if
            what the models are given does not fit them or is not finite.

    Reference:
        Parallel WaveNet (van den Oord et al., 2017), sections 3 and 4.
    """

    target = "audio"

    def __init__(
        self,
        teacher,
        student,
        kl_weight: float = 1.0,
        power_weight: float = 0.0,
        stft_weight: float = 10.0,
        tone_weight: float = 0.0,
        perceptual_weight: float = 0.0,
        contrastive_weight: float = 0.0,
        classifier=None,
        average_power: bool = True,
        perceptual_form: str = "gram",
        stft_corner: float | None = 0.0875,
        inner_samples: int = 8,
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        weights = {
            "kl_weight": kl_weight,
            "power_weight": power_weight,
            "stft_weight": stft_weight,
            "tone_weight": tone_weight,
            "perceptual_weight": perceptual_weight,
            "contrastive_weight": contrastive_weight,
        }
        check_numbers(weights, inner_samples)
        check_models(teacher, student, classifier, perceptual_weight)
        teacher.trainable = False
        self.num_speakers = student.num_speakers
        self.hop_length = student.hop_length
        self.teacher = teacher
        self.student = student
        self.classifier = classifier
        self.kl_weight = kl_weight
        self.power_weight = power_weight
        self.stft_weight = stft_weight
        self.tone_weight = tone_weight
        self.perceptual_weight = perceptual_weight
        self.contrastive_weight = contrastive_weight
        self.average_power = average_power
        self.perceptual_form = perceptual_form
        self.stft_corner = stft_corner
        self.inner_samples = inner_samples
        self.seed = seed
        self.autocast = False
        self.seed_generator = keras.random.SeedGenerator(seed)
        terms = {
            "kl": (kl_weight, DistillationKL(inner_samples)),
            "contrastive": (contrastive_weight, ContrastiveLoss(inner_samples)),
            "power": (power_weight, PowerLoss(average_over_time=average_power)),
            "stft": (stft_weight, MultiResolutionSTFTLoss(corner=stft_corner)),
            "tone": (tone_weight, BlockToneLoss(student.block_size)),
        }
        if classifier is not None:
            loss = PerceptualLoss(classifier, perceptual_form)
            terms["perceptual"] = (perceptual_weight, loss)
        self.terms = {name: term for name, term in terms.items() if term[0]}
        self.trackers = {
            name: keras.metrics.Mean(name=name)
            for name in ["loss", *self.terms, "entropy", "level_db", *_TRAINING]
        }
        self.trackers["skipped_steps"] = keras.metrics.Sum(name="skipped_steps")
        self.built = True

    def call(self, inputs, training=None):
        check_lengths(inputs, "audio", self.student.hop_length)
        shape = ops.shape(inputs["audio"])
        noise = draw_rows(sample_logistic, shape, self.seed_generator)
        return self.student(self._with(inputs, noise=noise), training=training)

    def _with(self, inputs, **replaced):
        """The inputs that both models take, and those of one model."""
        shared = (
            ["conditioning", "speaker"]
            if self.student.num_speakers
            else ["conditioning"]
        )
        return {
            **{key: ops.convert_to_tensor(inputs[key]) for key in shared},
            **replaced,
        }

    def _mismatched(self, inputs):
        """The inputs that both models take, each clip's from the clip before."""
        if inputs["conditioning"].shape[0] == 1 and replica_count() == 1:
            raise ValueError(
                "Expected batches of two clips or more for the contrastive loss, which "
                "takes one clip's conditioning for another. "
                f"Received: conditioning.shape={tuple(inputs['conditioning'].shape)}"
            )
        shared = self._with(inputs)
        return {name: roll_rows(value) for name, value in shared.items()}

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        audio, loss = y_pred["audio"], 0.0
        check_target(y, audio)
        pairs = dict.fromkeys(self.terms, (y, audio))
        if self.kl_weight or self.contrastive_weight:
            shape = (*ops.shape(audio), self.inner_samples)
            inner = {
                "loc": y_pred["loc"],
                "log_scale": y_pred["log_scale"],
                "uniform": draw_rows(sample_open_uniform, shape, self.seed_generator),
            }
        if self.kl_weight:
            teacher = self.teacher(self._with(x, audio=audio), training=False)
            pairs["kl"] = (teacher, inner)
        if self.contrastive_weight:
            other = {**self._mismatched(x), "audio": audio}
            pairs["contrastive"] = (self.teacher(other, training=False), inner)
        for name, (weight, term) in self.terms.items():
            value = term(*pairs[name], sample_weight)
            loss = loss + weight * value
            self.trackers[name].update_state(unscaled(value))
        self.trackers["loss"].update_state(unscaled(loss))
        self.trackers["entropy"].update_state(ops.mean(y_pred["log_scale"]) + 2.0)
        self.trackers["level_db"].update_state(_level(audio) - _level(y))
        return loss

    def train_step(self, *arguments):
        return TRAIN_STEPS[keras.backend.backend()](self, *arguments)

    @property
    def metrics(self):
        return list(self.trackers.values())

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        results = self.get_metrics_result()
        return {name: value for name, value in results.items() if name not in _TRAINING}

    def get_config(self):
        return {
            "teacher": keras.saving.serialize_keras_object(self.teacher),
            "student": keras.saving.serialize_keras_object(self.student),
            "kl_weight": self.kl_weight,
            "power_weight": self.power_weight,
            "stft_weight": self.stft_weight,
            "tone_weight": self.tone_weight,
            "perceptual_weight": self.perceptual_weight,
            "contrastive_weight": self.contrastive_weight,
            "classifier": keras.saving.serialize_keras_object(self.classifier),
            "average_power": self.average_power,
            "perceptual_form": self.perceptual_form,
            "stft_corner": self.stft_corner,
            "inner_samples": self.inner_samples,
            "seed": self.seed,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        models = {
            key: keras.saving.deserialize_keras_object(config.get(key), custom_objects)
            for key in ("teacher", "student", "classifier")
        }
        return cls(**{**config, **models})


def _level(audio):
    """Level in dB relative to full scale."""
    power = mean_over_replicas(ops.mean(ops.square(audio)))
    return 10.0 / 2.302585 * ops.log(power + 1e-10)
