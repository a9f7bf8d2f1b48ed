"""Probability density distillation of a student from a teacher."""

import operator

import keras
from keras import ops

from keras_pwavenet import losses as named_losses
from keras_pwavenet.backend import CompiledStep
from keras_pwavenet.distillation.checks import (
    check_models,
    check_terms,
    common_inner_samples,
    compares,
    held_models,
)
from keras_pwavenet.factors import check_seed
from keras_pwavenet.logistic import sample_logistic, sample_open_uniform
from keras_pwavenet.models.conditioning import check_lengths, check_target
from keras_pwavenet.models.prepared import PreparesTraining
from keras_pwavenet.models.replicas import (
    draw_rows,
    mean_over_replicas,
    replica_count,
    roll_rows,
    unscaled,
)
from keras_pwavenet.models.scale import own_numbers
from keras_pwavenet.models.stated import Stated
from keras_pwavenet.models.train_step import TRAIN_STEPS

DEFAULT = {"kl": 1.0, "stft": 10.0}
# What `evaluate` does not report.
_TRAINING = ("gradient_norm", "skipped_steps")
_REPORTED = ("loss", "entropy", "level_db", *_TRAINING)


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class Distiller(CompiledStep, PreparesTraining, Stated, keras.Model):
    """Trains a student with a frozen teacher: compile it with an optimiser and `fit`.

    The loss is the weighted sum of any losses; each states what it compares, as
    `keras_pwavenet.losses` describes, and a `keras.losses.Loss` that states nothing
    compares recorded and generated audio. A loss of weight 0 is not computed; if none
    is left that asks for the teacher, no teacher pass is made, which makes a cheap
    warm start. Losses that ask for the teacher share the student's inner samples.
    Another clip's conditioning, and speaker, is that of the clip before in the batch,
    which must have two clips or more. Models that losses hold are saved with the
    distiller, and frozen, but for critics, which learn.

    Each loss is reported by its name, and so is `level_db`, the level of the generated
    audio against the recording: far from 0, a falling loss means nothing. `entropy` is
    the student's, in nats per sample. A training step whose loss or
    gradients are not finite changes neither the student nor the optimiser nor the
    metrics; `skipped_steps` is their number in the epoch.

    Args:
        teacher: A trained `WaveNet`; it is frozen.
        student: The `ParallelWaveNet` to train.
        losses: List of `keras.losses.Loss`, or of names of those in
            `keras_pwavenet.losses`, such as "kl"; by default "kl" and "stft".
        loss_weights: A weight for each loss, by default 1, or, where `losses` is not
            given either, 1 for "kl" and 10 for "stft".
        seed: Seed of the noise, up to 2**32 - 1.
        **kwargs: `name`.

    Call arguments:
        inputs: Dict of `conditioning` `(batch, frames, channels)`, `audio`
            `(batch, samples)`, of which only the shape is used, and with several
            speakers `speaker` `(batch,)`.

    Returns:
        The student's outputs for new noise, and a new phase of its harmonic source: a
        dict of `audio`, `loc`, `log_scale`.

    Raises:
        ValueError: If teacher and student take different conditioning, a loss' model
            hears another sample rate or hop, losses and weights make no sum, or the
            seed is out of range; in training, if what the models are given does not
            fit them or is not finite.

    Reference:
        Parallel WaveNet (van den Oord et al., 2017), sections 3 and 4.
    """

    def __init__(
        self,
        teacher,
        student,
        losses: list | None = None,
        loss_weights: list[float] | None = None,
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_models(teacher, student)
        if losses is None and loss_weights is None:
            losses, loss_weights = list(DEFAULT), list(DEFAULT.values())
        if not isinstance(losses, list | tuple):
            raise ValueError(
                f"Expected `losses` to be a list of losses. Received: losses={losses!r}"
            )
        losses = [
            named_losses.get(loss, block_size=student.block_size) for loss in losses
        ]
        loss_weights = [1.0] * len(losses) if loss_weights is None else loss_weights
        check_terms(losses, loss_weights, _REPORTED)
        teacher.trainable = False
        self.num_speakers = student.num_speakers
        self.hop_length = student.hop_length
        self.conditioning_channels = student.conditioning_channels
        self.teacher = teacher
        self.student = student
        self.held = held_models(losses, teacher, student)
        self.terms = list(zip(losses, loss_weights, strict=True))
        self.computed = [term for term in self.terms if term[1]]
        used = held_models([loss for loss, _ in self.computed], teacher, student)
        for model in self.held:
            model.trainable = model in used and getattr(model, "learns", False)
        self.inner_samples = common_inner_samples([loss for loss, _ in self.computed])
        check_seed(seed)
        self.seed = None if seed is None else operator.index(seed)
        self.autocast = False
        self.seed_generator = keras.random.SeedGenerator(self.seed)
        names = [loss.name for loss, _ in self.computed]
        self.trackers = {
            name: keras.metrics.Mean(name=name)
            for name in ["loss", *names, *_REPORTED[1:]]
        }
        self.trackers["skipped_steps"] = keras.metrics.Sum(name="skipped_steps")
        self.built = True

    @property
    def preprocessors(self):
        return {
            "teacher.preprocessor": self.teacher.preprocessor,
            "student.preprocessor": self.student.preprocessor,
        }

    @property
    def context(self):
        return self.student.context

    def preview(self, audio, conditioning, speaker=None):
        """Lets the student speak, always with the same noise.

        Args:
            audio: Not heard; a teacher's `preview` is given it.
            conditioning: `(batch, frames, channels)`.
            speaker: `(batch,)` integers, with several speakers.

        Returns:
            Audio `(batch, frames * hop_length)`.
        """
        return self.student.generate(conditioning, seed=0, speaker=speaker)

    def call(self, inputs, training=None):
        check_lengths(inputs, "audio", self)
        shape = ops.shape(inputs["audio"])
        drawn = {"noise": draw_rows(sample_logistic, shape, self.seed_generator)}
        if self.student.pitch_predictor is not None:
            clips = shape[:1]
            drawn["phase"] = draw_rows(sample_open_uniform, clips, self.seed_generator)
        return self.student(self._with(inputs, **drawn), training=training)

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
                "Expected batches of two clips or more for a loss that takes one "
                "clip's conditioning for another. "
                f"Received: conditioning.shape={tuple(inputs['conditioning'].shape)}"
            )
        shared = self._with(inputs)
        return {name: roll_rows(value) for name, value in shared.items()}

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        audio, total = y_pred["audio"], 0.0
        check_target(y, audio)
        pairs = self._pairs(x, y, y_pred)
        for loss, weight in self.computed:
            value = loss(*pairs[compares(loss)], sample_weight)
            total = total + weight * value
            self.trackers[loss.name].update_state(unscaled(value))
        self.trackers["loss"].update_state(unscaled(total))
        self.trackers["entropy"].update_state(ops.mean(y_pred["log_scale"]) + 2.0)
        self.trackers["level_db"].update_state(_level(audio) - _level(y))
        return total

    def _pairs(self, x, y, y_pred):
        """What the losses compare, by the name that they state."""
        audio = y_pred["audio"]
        pairs = {"audio": (y, audio)}
        told = {"teacher": self._with, "other_teacher": self._mismatched}
        wanted = {compares(loss) for loss, _ in self.computed} - set(pairs)
        if wanted:
            student = {name: y_pred[name] for name in ("loc", "log_scale")}
            if self.inner_samples:
                shape = (*ops.shape(audio), self.inner_samples)
                student["uniform"] = draw_rows(
                    sample_open_uniform, shape, self.seed_generator
                )
        for name, inputs in told.items():
            if name in wanted:
                with own_numbers():  # the student's may be of any scale as yet
                    heard = {**inputs(x), "audio": audio}
                    teacher = self.teacher(heard, training=False)
                pairs[name] = (teacher, student)
        return pairs

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
            "losses": [
                keras.saving.serialize_keras_object(loss) for loss, _ in self.terms
            ],
            "loss_weights": [weight for _, weight in self.terms],
            "seed": self.seed,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        parts = {
            key: keras.saving.deserialize_keras_object(config[key], custom_objects)
            for key in ("teacher", "student", "losses")
        }
        return cls(**{**config, **parts})


def _level(audio):
    """Level in dB relative to full scale."""
    power = mean_over_replicas(ops.mean(ops.square(audio)))
    return 10.0 / 2.302585 * ops.log(power + 1e-10)
