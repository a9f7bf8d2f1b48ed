"""Probability density distillation of a student from a teacher."""

import keras
from keras import ops

from keras_pwavenet.logistic import sample_logistic, sample_open_uniform
from keras_pwavenet.losses import (
    BlockToneLoss,
    DistillationKL,
    MultiResolutionSTFTLoss,
    PowerLoss,
)
from keras_pwavenet.models.train_step import TRAIN_STEPS


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class Distiller(keras.Model):
    """Trains a student with a frozen teacher: compile it with an optimiser and `fit`.

    The loss is the weighted sum of the KL divergence, the power loss, the
    multi-resolution STFT loss and the loss on tones at the block rate. A term of weight
    0 is not computed; without the KL no teacher pass is made, which makes a
    cheap warm start. Each term is reported, and so is `level_db`, the level of the
    generated audio against the recording: far from 0, a falling loss means nothing.
    `entropy` is the student's, in nats per sample.

    Args:
        teacher: a trained `WaveNet`; it is frozen.
        student: the `ParallelWaveNet` to train.
        kl_weight: weight of the divergence, in nats per sample.
        power_weight: weight of the paper's power loss.
        stft_weight: weight of the multi-resolution STFT loss.
        tone_weight: weight of the loss on tones at the block rate.
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
        ValueError: if teacher and student take different conditioning.

    Reference:
        Parallel WaveNet (van den Oord et al., 2017), sections 3 and 4.
    """

    def __init__(
        self,
        teacher,
        student,
        kl_weight: float = 1.0,
        power_weight: float = 0.0,
        stft_weight: float = 10.0,
        tone_weight: float = 0.0,
        inner_samples: int = 8,
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        for name in ("conditioning_channels", "hop_length", "num_speakers"):
            if getattr(teacher, name) != getattr(student, name):
                raise ValueError(
                    f"Expected teacher and student of the same `{name}`. Received: "
                    f"teacher.{name}={getattr(teacher, name)}, "
                    f"student.{name}={getattr(student, name)}"
                )
        teacher.trainable = False
        self.teacher = teacher
        self.student = student
        self.kl_weight = kl_weight
        self.power_weight = power_weight
        self.stft_weight = stft_weight
        self.tone_weight = tone_weight
        self.inner_samples = inner_samples
        self.seed = seed
        self.autocast = False
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.kl_loss = DistillationKL(inner_samples)
        self.power_loss = PowerLoss()
        self.stft_loss = MultiResolutionSTFTLoss()
        self.tone_loss = BlockToneLoss(student.block_size)
        terms = {
            "kl": kl_weight,
            "power": power_weight,
            "stft": stft_weight,
            "tone": tone_weight,
        }
        reported = [name for name, weight in terms.items() if weight]
        self.trackers = {
            name: keras.metrics.Mean(name=name)
            for name in ["loss", *reported, "entropy", "level_db", "gradient_norm"]
        }
        self.built = True

    def call(self, inputs, training=None):
        noise = sample_logistic(ops.shape(inputs["audio"]), self.seed_generator)
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

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        audio, loss = y_pred["audio"], 0.0
        if self.kl_weight:
            teacher = self.teacher(self._with(x, audio=audio), training=False)
            shape = (*ops.shape(audio), self.inner_samples)
            inner = {
                "loc": y_pred["loc"],
                "log_scale": y_pred["log_scale"],
                "uniform": sample_open_uniform(shape, self.seed_generator),
            }
            kl = self.kl_loss(teacher, inner, sample_weight)
            loss = loss + self.kl_weight * kl
            self.trackers["kl"].update_state(kl)
        for name, weight, term in (
            ("power", self.power_weight, self.power_loss),
            ("stft", self.stft_weight, self.stft_loss),
            ("tone", self.tone_weight, self.tone_loss),
        ):
            if weight:
                value = term(y, audio, sample_weight)
                loss = loss + weight * value
                self.trackers[name].update_state(value)
        self.trackers["loss"].update_state(loss)
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
        del results["gradient_norm"]
        return results

    def get_config(self):
        return {
            "teacher": keras.saving.serialize_keras_object(self.teacher),
            "student": keras.saving.serialize_keras_object(self.student),
            "kl_weight": self.kl_weight,
            "power_weight": self.power_weight,
            "stft_weight": self.stft_weight,
            "tone_weight": self.tone_weight,
            "inner_samples": self.inner_samples,
            "seed": self.seed,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        models = {
            key: keras.saving.deserialize_keras_object(config[key], custom_objects)
            for key in ("teacher", "student")
        }
        return cls(**{**config, **models})


def _level(audio):
    """Level in dB relative to full scale."""
    return 10.0 / 2.302585 * ops.log(ops.mean(ops.square(audio)) + 1e-10)
