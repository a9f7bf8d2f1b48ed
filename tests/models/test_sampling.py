import keras
import numpy as np
import pytest

from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.backend.inference import for_inference
from keras_pwavenet.logistic import mixture_sample, soft_floor, split_mixture
from keras_pwavenet.models import WaveNet, sampling
from keras_pwavenet.models.pitch_predictor import PitchPredictor
from keras_pwavenet.models.sampling_loop import draw

FRAMES, HOP = 4, 10


def small_teacher(**kwargs):
    settings = {
        "conditioning_channels": 4,
        "hop_length": HOP,
        "num_layers": 6,
        "num_cycles": 2,
        "residual_channels": 8,
        "skip_channels": 6,
        "gate_channels": 5,
        "mixtures": 3,
        "upsample_channels": 4,
    }
    teacher = WaveNet(**{**settings, **kwargs})
    random = np.random.default_rng(0)
    for weight in teacher.trainable_variables:
        weight.assign(weight + 0.2 * random.normal(size=weight.shape))
    return teacher


MEL = LogMelSpectrogram(
    8000, n_fft=64, hop_length=HOP, win_length=40, n_mels=4, fmax=4000
)


def predicting_teacher(pitch_predictor=True, **kwargs):
    """One with a linear predictor, in whose pitch's periods lie within a few frames."""
    settings = {"channels": 4, "lowest": 400.0, "highest": 1600.0}
    hears = PitchPredictor(conditioning_channels=4, **settings)
    return small_teacher(
        conditioning_channels=None,
        hop_length=None,
        preprocessor=MEL,
        predictor_order=5,
        pitch_predictor=hears if pitch_predictor else None,
        **kwargs,
    )


def conditioning(batch=2):
    return np.random.default_rng(1).normal(size=(batch, FRAMES, 4)).astype("float32")


def replay(teacher, parameters, seed):
    """The draws that a seed gives from parameters `(batch, samples, 3 * mixtures)`."""
    batch, samples, _ = parameters.shape
    uniform = np.random.default_rng(seed).uniform(size=(samples, batch, 2))
    uniform = np.moveaxis(uniform, 0, 1).astype("float32")
    draws = mixture_sample(uniform[..., 0], uniform[..., 1], *split_mixture(parameters))
    return keras.ops.convert_to_numpy(draws)


def features():
    """Conditioning as a mel may be."""
    return 0.4 * conditioning() - 0.6


def test_cached_samples_equal_the_naive_loop():
    teacher, samples = small_teacher(), FRAMES * HOP
    compiled = for_inference(teacher, teacher)
    audio = np.zeros((2, samples), "float32")
    for t in range(samples):
        parameters = compiled({"audio": audio, "conditioning": conditioning()})
        audio[:, t] = replay(teacher, parameters, 3)[:, t]
    assert audio.std() > 0.01
    np.testing.assert_allclose(
        teacher.generate(conditioning(), seed=3), audio, atol=2e-5
    )


@pytest.mark.parametrize("pitch_predictor", [False, True])
def test_with_a_predictor_cached_samples_equal_the_naive_loop(pitch_predictor):
    teacher, samples = predicting_teacher(pitch_predictor), FRAMES * HOP
    compiled = for_inference(teacher, teacher)
    inputs = {"conditioning": features()}
    if pitch_predictor:
        inputs["pitch"] = np.array([[900.0, 800.0, 0.0, 700.0]] * 2, "float32")
    audio = np.zeros((2, samples), "float32")
    for t in range(samples):
        parameters = compiled({**inputs, "audio": audio})
        audio[:, t] = replay(teacher, parameters, 3)[:, t]
    assert audio.std() > 0.01
    np.testing.assert_allclose(teacher.generate(**inputs, seed=3), audio, atol=2e-5)
    if pitch_predictor:
        inputs["pitch"][:, 1] = 500.0
        assert np.abs(teacher.generate(**inputs, seed=3) - audio).max() > 1e-3


def test_a_predictors_utterance_of_several_calls_equals_one_of_one(monkeypatch):
    teacher = predicting_teacher()
    expected = teacher.generate(features(), seed=3)
    monkeypatch.setattr(sampling, "_CHUNK", 7)
    np.testing.assert_array_equal(teacher.generate(features(), seed=3), expected)


@pytest.mark.parametrize("speakers", [0, 3])
@pytest.mark.parametrize("kernel_size", [1, 2, 3])
def test_samples_are_draws_from_the_models_own_parameters(speakers, kernel_size):
    teacher = small_teacher(num_speakers=speakers, kernel_size=kernel_size)
    inputs = {"conditioning": conditioning()}
    if speakers:
        inputs["speaker"] = np.array([0, 2])
    audio = teacher.generate(**inputs, seed=3)
    assert audio.shape == (2, FRAMES * HOP)
    expected = replay(teacher, teacher({**inputs, "audio": audio}), 3)
    np.testing.assert_allclose(audio, expected, atol=2e-5)


def test_the_seed_decides():
    teacher = small_teacher()
    first, again, other = (
        teacher.generate(conditioning(), seed=seed) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.01


def test_an_utterance_of_several_calls_equals_one_of_one_call(monkeypatch):
    teacher = small_teacher()
    expected = teacher.generate(conditioning(), seed=3)
    monkeypatch.setattr(sampling, "_CHUNK", 7)
    np.testing.assert_array_equal(teacher.generate(conditioning(), seed=3), expected)


def drawn_value(*arguments):
    loc, log_scale, noise = draw(*arguments)
    return np.clip(loc + np.exp(log_scale) * noise, -1.0, 1.0)


def test_draws_are_those_of_the_pure_function():
    random, mixtures, floor = np.random.default_rng(5), 4, -3.0
    parameters = random.normal(size=(1000, 3 * mixtures)).astype("float32")
    parameters[:, 2 * mixtures :] -= 4.0
    parameters[:, mixtures : 2 * mixtures] *= 0.2
    uniform = random.uniform(0.001, 0.999, size=(1000, 2))
    drawn = [
        drawn_value(row, floor, *pair)
        for row, pair in zip(parameters, uniform, strict=True)
    ]
    logits, loc, log_scale = split_mixture(parameters)
    expected = mixture_sample(
        *uniform.T.astype("float32"), logits, loc, soft_floor(log_scale, floor)
    )
    expected = keras.ops.convert_to_numpy(expected)
    assert len(np.unique(expected)) > 900
    np.testing.assert_allclose(drawn, expected, atol=1e-4)


@pytest.mark.parametrize("uniform", [0.0, 1.0 - 2**-53])
def test_the_ends_of_the_uniform_numbers_give_finite_draws(uniform):
    parameters = np.array([0.5, -0.5, 0.1, 0.2, -7.0, -8.0], "float32")
    assert abs(drawn_value(parameters, -9.0, uniform, uniform) - 0.15) < 0.1


@pytest.mark.parametrize("shape", [(6, 4), (2, 6, 5), (2, 0, 4), (0, 6, 4)])
def test_conditioning_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"Received: conditioning\.shape="):
        small_teacher().generate(np.zeros(shape, "float32"))
