import keras
import numpy as np
import pytest
from scipy import special, stats

from keras_pwavenet.losses import ContrastiveLoss, DistillationKL

STRATA = 8


@pytest.fixture
def student():
    rng = np.random.default_rng(0)
    return {
        "loc": rng.normal(scale=0.1, size=(3, 10)).astype("float32"),
        "log_scale": rng.normal(-3, 0.5, size=(3, 10)).astype("float32"),
        "uniform": rng.uniform(size=(3, 10, STRATA)).astype("float32"),
    }


def teacher(seed):
    """Parameters of mixtures of two, such as a teacher gives for some conditioning."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(3, 10, 2))
    loc = rng.normal(scale=0.2, size=(3, 10, 2))
    log_scale = rng.normal(-2.5, 0.5, size=(3, 10, 2))
    return np.concatenate([logits, loc, log_scale], axis=-1).astype("float32")


def divergence(parameters, student):
    """KL divergence of each clip in float64, with the same inner samples."""
    logits, loc, log_scale = np.split(parameters.astype("float64"), 3, axis=-1)
    probability = (np.arange(STRATA) + student["uniform"]) / STRATA
    law = stats.logistic(student["loc"], np.exp(student["log_scale"]))
    values = np.moveaxis(law.ppf(np.moveaxis(probability, -1, 0)), 0, -1)
    log_prob = stats.logistic.logpdf(
        values[..., None], loc[:, :, None], np.exp(log_scale)[:, :, None]
    )
    weights = special.log_softmax(logits, axis=-1)[:, :, None]
    log_prob = special.logsumexp(weights + log_prob, axis=-1)
    return (-log_prob.mean(-1) - (student["log_scale"] + 2)).mean(-1)


def test_is_minus_the_divergence(student):
    parameters = teacher(1)
    expected = -divergence(parameters, student)
    assert (expected < -0.1).all()
    found = ContrastiveLoss(STRATA, reduction=None)(parameters, student)
    found = keras.ops.convert_to_numpy(found)
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    weighted = ContrastiveLoss(STRATA)(parameters, student, np.float32([0, 3, 0]))
    assert float(weighted) == pytest.approx(expected[1], rel=1e-4)
    total = ContrastiveLoss(STRATA, reduction="sum")(parameters, student)
    assert float(total) == pytest.approx(expected.sum(), rel=1e-4)


def test_gradient_moves_the_audio_away_from_the_other_conditioning(student, gradient):
    parameters = np.broadcast_to(np.float32([0.0, 0.5, -3.0]), (3, 10, 3))
    fixed = {name: keras.ops.convert_to_tensor(student[name]) for name in student}

    def loss(loc):
        return ContrastiveLoss(STRATA)(parameters, {**fixed, "loc": loc})

    # The teacher's location is above: up the loss, away from it down.
    assert (gradient(loss, student["loc"]) > 0).all()


def test_shared_inner_samples_make_the_difference_scatter_less(student):
    parameters = teacher(1)
    other = parameters + 0.1 * teacher(2)
    rng = np.random.default_rng(3)

    def draw():
        return {**student, "uniform": rng.uniform(size=(3, 10, STRATA))}

    def difference(first, second):
        kl = DistillationKL(STRATA)(parameters, first)
        return float(kl) + 0.3 * float(ContrastiveLoss(STRATA)(other, second))

    shared = [difference(drawn, drawn) for drawn in (draw() for _ in range(200))]
    separate = [difference(draw(), draw()) for _ in range(200)]
    assert np.std(shared) < 0.85 * np.std(separate)


def test_serialises():
    loss = ContrastiveLoss(inner_samples=5, reduction="sum")
    copy = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(loss)
    )
    assert type(copy) is ContrastiveLoss
    assert copy.get_config() == loss.get_config()
    assert (copy.name, copy.inner_samples) == ("contrastive", 5)
