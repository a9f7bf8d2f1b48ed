"""What a distiller refuses."""

import numpy as np
import pytest

from keras_pwavenet import Distiller
from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.losses import DistillationKL, PerceptualLoss, PowerLoss


def make(small, losses, shared=None):
    models = small.teacher(**(shared or {})), small.student(**(shared or {}))
    distiller = Distiller(*models, losses)
    distiller.compile("adam")
    return distiller


def distiller_of(teacher, student, classifier):
    return Distiller(teacher, student, ["stft", PerceptualLoss(classifier)], [1, 0])


@pytest.mark.parametrize(
    ("owner", "options", "message"),
    [
        ("student", {"conditioning_channels": 6}, "teacher.conditioning_channels=5"),
        ("classifier", {"hop_length": 16}, r"perceptual\.\w+\.hop_length=16"),
    ],
)
def test_refuses_models_that_do_not_fit(small, owner, options, message):
    names = ("teacher", "student", "classifier")
    models = {name: getattr(small, name)() for name in names}
    distiller_of(**models)
    models[owner] = getattr(small, owner)(**options)
    with pytest.raises(ValueError, match=f"Received: {message}"):
        distiller_of(**models)


class Other(PowerLoss):
    compares = "pitch"


@pytest.mark.parametrize(
    ("losses", "weights", "message"),
    [
        (["kl"], [-1], "loss `kl` to be a finite.*kl=-1"),
        (["kl", "stft"], [1, float("nan")], "`stft`.*stft=nan"),
        (["power"], ["1"], "`power`.*power='1'"),
        (["kl", "stft"], [0, 0.0], "above 0.*Received: kl=0, stft=0.0"),
        ([], None, r"above 0.*Received: \[\]"),
        (["kl", "stft"], [1], r"2 numbers.*kl, stft.*loss_weights=\[1\]"),
        (["kl"], 1.0, "loss_weights=1.0"),
        (None, [1.0, 2.0], "be a list of losses.*losses=None"),
        ("kl", None, "be a list of losses.*losses='kl'"),
        (["kll"], None, "Did you mean 'kl'.*Received: loss='kll'"),
        ([len], None, "Expected one of .*Received: loss=<built-in"),
        (["kl", "kl"], None, r"different names.*names=\['kl', 'kl'\]"),
        ([PowerLoss(name="loss")], None, r"none of them.*names=\['loss'\]"),
        (["perceptual"], None, "`classifier`.*'perceptual'.*classifier=None"),
        ([Other()], None, "`power` to compare.*teacher.*compares='pitch'"),
        ([DistillationKL(4), "contrastive"], None, "kl=4, contrastive=8"),
    ],
)
def test_refuses_losses_that_make_no_sum(small, losses, weights, message):
    with pytest.raises(ValueError, match=message):
        Distiller(small.teacher(), small.student(), losses, weights)


def test_inner_samples_of_losses_without_weight_may_differ(small):
    losses = [DistillationKL(4), "contrastive"]
    distiller = Distiller(small.teacher(), small.student(), losses, [1.0, 0.0])
    assert distiller.inner_samples == 4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"teacher": "en_female_teacher"}, "as a WaveNet.*teacher of type str"),
        ({"student": None}, "as a ParallelWaveNet.*student of type NoneType"),
    ],
)
def test_refuses_what_is_no_model(small, options, message):
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
        return distiller_of(**models)

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


def test_contrastive_loss_refuses_a_single_clip(small):
    distiller = make(small, ["kl", "contrastive"])
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
    distiller = make(small, ["stft", "tone"], {"num_speakers": 2})
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
    distiller = make(small, ["stft", "tone"])
    inputs = small.inputs("audio", batch=4)
    longer = {**inputs, "conditioning": np.repeat(inputs["conditioning"], 2, axis=1)}
    with pytest.raises(ValueError, match=r"audio\.shape=\(4, 32\), .*\(4, 8, 5\)"):
        distiller(longer)
    outputs = distiller(inputs)
    with pytest.raises(ValueError, match=r"target\.shape=\(4, 24\)"):
        distiller.compute_loss(inputs, inputs["audio"][:, :24], outputs)
