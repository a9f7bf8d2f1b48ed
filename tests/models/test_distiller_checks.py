"""What a distiller refuses."""

import numpy as np
import pytest

from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.models import Distiller


def make(small, shared=None, **options):
    models = small.teacher(**(shared or {})), small.student(**(shared or {}))
    distiller = Distiller(*models, **options)
    distiller.compile("adam")
    return distiller


@pytest.mark.parametrize(
    ("owner", "options", "message"),
    [
        ("student", {"conditioning_channels": 6}, "teacher.conditioning_channels=5"),
        ("classifier", {"hop_length": 16}, "classifier.hop_length=16"),
    ],
)
def test_refuses_models_that_do_not_fit(small, owner, options, message):
    models = {name: getattr(small, name)() for name in ("teacher", "student")}
    models |= {"classifier": small.classifier()}
    Distiller(**models)
    models[owner] = getattr(small, owner)(**options)
    with pytest.raises(ValueError, match=f"Received: {message}"):
        Distiller(**models)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kl_weight": -1}, "`kl_weight` to be a finite.*kl_weight=-1"),
        ({"stft_weight": float("nan")}, "`stft_weight`.*stft_weight=nan"),
        ({"power_weight": "1"}, "`power_weight`.*power_weight='1'"),
        ({"kl_weight": 0, "stft_weight": 0}, "above 0.*kl_weight=0, power_weight=0"),
        ({"inner_samples": 0}, "`inner_samples` to be a positive.*inner_samples=0"),
        ({"inner_samples": 1.5}, "inner_samples=1.5"),
        ({"teacher": "en_female_teacher"}, "be a WaveNet.*teacher of type str"),
        ({"student": None}, "be a ParallelWaveNet.*student of type NoneType"),
        ({"classifier": "en_phones"}, "be a PhonemeClassifier or None.*of type str"),
    ],
)
def test_refuses_what_makes_no_distiller(small, options, message):
    models = {"teacher": small.teacher(), "student": small.student()}
    with pytest.raises(ValueError, match=message):
        Distiller(**{**models, **options})


def test_refuses_models_of_other_preprocessors(small):
    def mel(sample_rate=8000, **options):
        return LogMelSpectrogram(
            sample_rate, 256, 8, 200, n_mels=5, fmax=3000, **options
        )

    def make(**mels):
        models = {
            name: getattr(small, name)()
            for name in ("teacher", "student", "classifier")
        }
        for name, preprocessor in mels.items():
            models[name].preprocessor = preprocessor
        return Distiller(**models)

    make(teacher=mel(), student=mel(), classifier=mel(scale=2.0))
    make(student=mel())
    for other in (mel(16_000), mel(scale=2.0)):
        with pytest.raises(ValueError, match="same sample rate and mel settings"):
            make(teacher=mel(), student=other)
    for owner in ("teacher", "student"):
        with pytest.raises(
            ValueError, match=r"8000 Hz\. Received: .*sample_rate=16000"
        ):
            make(**{owner: mel()}, classifier=mel(16_000))


def test_refuses_a_perceptual_weight_without_a_classifier(small):
    with pytest.raises(ValueError, match=r"perceptual_weight=0\.5, classifier=None"):
        Distiller(small.teacher(), small.student(), perceptual_weight=0.5)
    with pytest.raises(ValueError, match="form='style'"):
        make(small, classifier=small.classifier(), perceptual_form="style")


def test_contrastive_loss_refuses_a_single_clip(small):
    distiller = make(small, contrastive_weight=0.3)
    inputs = small.inputs("audio", batch=1)
    with pytest.raises(ValueError, match=r"two clips.*conditioning\.shape=\(1, 4, 5\)"):
        distiller.test_on_batch(inputs, inputs["audio"])


def spoilt(array, clip, value):
    array = array.copy()
    array[clip, 1] = value
    return array


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"audio": lambda x: spoilt(x, 2, np.nan)}, r"audio.* in clips \[2\] of 4"),
        ({"conditioning": lambda x: spoilt(x, 3, np.inf)}, r"conditioning.*\[3\] of 4"),
        ({"target": lambda x: spoilt(x, 0, -np.inf)}, r"target.*\[0\] of 4"),
        ({"target": lambda x: x[:, 1:]}, r"target\.shape=\(\w+, 31\)"),
        ({"target": lambda x: None}, r"target\.shape=None"),
        ({"audio": lambda x: x[:, 1:]}, r"frames \* 8.*audio\.shape=\(4, 31\)"),
        ({"conditioning": lambda x: x[:, :2]}, r"conditioning\.shape=\(4, 2, 5\)"),
        ({"speaker": lambda x: x + 1}, r"from 0 to 1\. Received: speaker=\[1 2 1 2\]"),
        ({"speaker": lambda x: None}, "speaker=None"),
        (
            dict.fromkeys(
                ("audio", "conditioning", "speaker", "target"), lambda x: x[:0]
            ),
            r"at least one clip.*audio\.shape=\(0, 32\)",
        ),
    ],
)
def test_refuses_arrays_that_cannot_be_trained_on(small, changes, message):
    distiller = make(small, shared={"num_speakers": 2}, kl_weight=0.0, tone_weight=1.0)
    arrays = small.inputs("audio", batch=4, speakers=2)
    arrays["target"] = arrays["audio"]
    arrays |= {name: change(arrays[name]) for name, change in changes.items()}
    target = arrays.pop("target")
    before = distiller.student.get_weights()
    for method in ("fit", "evaluate", "train_on_batch", "test_on_batch"):
        with pytest.raises(ValueError, match=message):
            getattr(distiller, method)(arrays, target)
    for old, new in zip(before, distiller.student.get_weights(), strict=True):
        np.testing.assert_array_equal(new, old)


def test_refuses_batches_of_other_shapes(small):
    """Whatever dataset they come from."""
    distiller = make(small, kl_weight=0.0, tone_weight=1.0)
    inputs = small.inputs("audio", batch=4)
    longer = {**inputs, "conditioning": np.repeat(inputs["conditioning"], 2, axis=1)}
    with pytest.raises(ValueError, match=r"audio\.shape=\(4, 32\), .*\(4, 8, 5\)"):
        distiller(longer)
    outputs = distiller(inputs)
    with pytest.raises(ValueError, match=r"target\.shape=\(4, 24\)"):
        distiller.compute_loss(inputs, inputs["audio"][:, :24], outputs)
