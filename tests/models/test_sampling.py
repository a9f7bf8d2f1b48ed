import keras
import numpy as np
import pytest
from scipy import stats

from keras_pwavenet.models import WaveNet
from keras_pwavenet.models.sampling import draw

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


def conditioning(batch=2):
    return np.random.default_rng(1).normal(size=(batch, FRAMES, 4)).astype("float32")


def replay(teacher, parameters, seed):
    """The draws that a seed gives from parameters `(batch, samples, 3 * mixtures)`."""
    random = np.random.default_rng(seed)
    parameters = np.moveaxis(keras.ops.convert_to_numpy(parameters), 1, 0)
    # The model has applied the floor; a far one leaves it as it is.
    draws = [draw(p, -60.0, random.uniform(size=(len(p), 2))) for p in parameters]
    return np.stack(draws, axis=1)


def test_cached_samples_equal_the_naive_loop():
    teacher, samples = small_teacher(), FRAMES * HOP
    audio = np.zeros((2, samples), "float32")
    for t in range(samples):
        parameters = teacher({"audio": audio, "conditioning": conditioning()})
        audio[:, t] = replay(teacher, parameters[:, : t + 1], 3)[:, t]
    assert audio.std() > 0.01
    np.testing.assert_allclose(
        teacher.generate(conditioning(), seed=3), audio, atol=2e-5
    )


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


def test_draws_follow_the_mixture():
    logits, loc, log_scale = [0.0, 1.0], [-0.3, 0.2], [-4.0, -3.0]
    count = 20_000
    parameters = np.tile(np.array(logits + loc + log_scale), (count, 1))
    uniform = np.random.default_rng(5).uniform(size=(count, 2))
    drawn = draw(parameters, -60.0, uniform)
    weights = np.exp(logits) / np.exp(logits).sum()

    def distribution(x):
        components = stats.logistic.cdf(
            np.asarray(x)[..., None], loc, np.exp(log_scale)
        )
        return components @ weights

    assert stats.kstest(drawn, distribution).pvalue > 0.01


def test_draw_applies_the_floor():
    parameters = np.array([[0.0, 0.1, -50.0]])
    median = draw(parameters, -9.0, np.array([[0.5, 0.5]]))
    upper = draw(parameters, -9.0, np.array([[0.5, 0.9]]))
    assert upper - median == pytest.approx(np.exp(-9.0) * np.log(9.0), rel=1e-3)


@pytest.mark.parametrize("shape", [(6, 4), (2, 6, 5), (2, 0, 4), (0, 6, 4)])
def test_conditioning_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"Received: conditioning\.shape="):
        small_teacher().generate(np.zeros(shape, "float32"))
