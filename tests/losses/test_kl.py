import keras
import numpy as np
import pytest
from scipy import integrate, stats

from keras_pwavenet.losses import DistillationKL

TEACHER = {
    "logits": np.log([0.3, 0.7]),
    "loc": np.array([-0.2, 0.15]),
    "log_scale": np.array([-2.5, -3.0]),
}


def teacher_log_prob(x):
    law = stats.logistic(TEACHER["loc"], np.exp(TEACHER["log_scale"]))
    return np.log(law.pdf(np.asarray(x)[..., None]) @ np.exp(TEACHER["logits"]))


def quadrature(loc, log_scale):
    law = stats.logistic(loc, np.exp(log_scale))
    low, high = law.ppf(1e-15), law.isf(1e-15)
    value, _ = integrate.quad(
        lambda x: law.pdf(x) * (law.logpdf(x) - teacher_log_prob(x)),
        low,
        high,
        points=[-0.2, 0.15, loc],
        limit=500,
    )
    return value


def losses(loc, log_scale, samples, inner_samples, seed=0):
    """The loss of each of many clips of one sample, with the same distributions."""
    parameters = np.concatenate(list(TEACHER.values())).astype("float32")
    uniform = np.random.default_rng(seed).uniform(size=(samples, 1, inner_samples))
    student = {
        "loc": np.full((samples, 1), loc, "float32"),
        "log_scale": np.full((samples, 1), log_scale, "float32"),
        "uniform": uniform.astype("float32").clip(1e-7, 1 - 1e-7),
    }
    loss = DistillationKL(inner_samples, reduction=None)
    found = loss(np.broadcast_to(parameters, (samples, 1, 6)), student)
    return keras.ops.convert_to_numpy(found)


@pytest.mark.parametrize(
    ("loc", "log_scale"), [(0.0, -2.0), (0.15, -3.0), (0.4, -1.0), (-0.2, -5.0)]
)
@pytest.mark.parametrize("inner_samples", [1, 8])
def test_equals_quadrature(loc, log_scale, inner_samples):
    found = losses(loc, log_scale, 4000, inner_samples)
    standard_error = found.std() / np.sqrt(len(found))
    expected = quadrature(loc, log_scale)
    assert standard_error < 0.1 * max(expected, 0.1)
    assert abs(found.mean() - expected) < 3 * standard_error + 1e-5


def test_is_zero_for_a_student_equal_to_its_teacher():
    parameters = np.float32([0.0, 0.1, -3.0])
    samples = 3000
    student = {
        "loc": np.full((samples, 1), 0.1, "float32"),
        "log_scale": np.full((samples, 1), -3.0, "float32"),
        "uniform": np.random.default_rng(1).uniform(size=(samples, 1, 16)),
    }
    found = DistillationKL(16, reduction=None)(
        np.broadcast_to(parameters, (samples, 1, 3)), student
    )
    found = keras.ops.convert_to_numpy(found)
    standard_error = found.std() / np.sqrt(samples)
    assert standard_error < 0.005
    assert abs(found.mean()) < 3 * standard_error


def test_strata_are_unbiased_and_one_each():
    samples, strata = 5000, 4
    uniform = np.random.default_rng(2).uniform(size=(1, samples, strata))
    values = DistillationKL(strata).inner_values(
        keras.ops.full((1, samples), 0.3),
        keras.ops.full((1, samples), -1.0),
        keras.ops.convert_to_tensor(uniform, "float32"),
    )
    law = stats.logistic(0.3, np.exp(-1.0))
    mass = law.cdf(keras.ops.convert_to_numpy(values)[0])
    np.testing.assert_allclose(mass, (np.arange(strata) + uniform[0]) / strata, 1e-4)
    # Kolmogorov-Smirnov wants independent draws: take one stratum of each sample.
    stratum = np.random.default_rng(3).integers(strata, size=samples)
    mixed = mass[np.arange(samples), stratum]
    assert stats.kstest(mixed, "uniform").pvalue > 1e-3


def test_stratified_samples_scatter_less_than_independent_ones():
    stratified = losses(0.0, -2.0, 4000, 8).std()
    independent = losses(0.0, -2.0, 32000, 1).reshape(4000, 8).mean(1).std()
    assert stratified < 0.8 * independent


def test_extreme_uniform_numbers_stay_finite(gradient):
    uniform = np.float32([[[1e-7, 0.5, 1 - 1.2e-7]]])
    teacher = np.float32([[[0.0, 0.0, -9.0]]])

    def loss(log_scale):
        student = {
            "loc": keras.ops.zeros((1, 1)),
            "log_scale": log_scale,
            "uniform": keras.ops.convert_to_tensor(uniform),
        }
        return DistillationKL(3)(teacher, student)

    slope = gradient(loss, np.zeros((1, 1), "float32"))
    assert np.isfinite(slope).all()
    assert slope[0, 0] > 100  # far too wide: narrow it


def test_gradients_reach_the_teacher_and_the_student(gradient):
    rng = np.random.default_rng(4)
    uniform = keras.ops.convert_to_tensor(rng.uniform(size=(1, 50, 8)), "float32")
    parts = rng.normal(size=(5, 50)).astype("float32") * 0.1

    def loss(parts):
        teacher = keras.ops.transpose(parts[:3])[None]
        student = {"loc": parts[3:4], "log_scale": parts[4:], "uniform": uniform}
        return DistillationKL(8)(teacher, student)

    slope = gradient(loss, parts)
    assert np.isfinite(slope).all()
    assert (np.abs(slope[1:]).max(axis=1) > 1e-3).all()
    step = 1e-2
    for row in (1, 4):
        direction = np.zeros_like(parts)
        direction[row] = 1
        up = loss(keras.ops.convert_to_tensor(parts + step * direction))
        down = loss(keras.ops.convert_to_tensor(parts - step * direction))
        difference = (float(up) - float(down)) / (2 * step)
        assert difference == pytest.approx(slope[row].sum(), rel=0.02, abs=1e-3)


def test_reduction_and_weights():
    rng = np.random.default_rng(5)
    teacher = rng.normal(size=(2, 10, 6)).astype("float32")
    student = {
        "loc": rng.normal(size=(2, 10)).astype("float32"),
        "log_scale": rng.normal(size=(2, 10)).astype("float32"),
        "uniform": rng.uniform(size=(2, 10, 8)).astype("float32"),
    }
    each = keras.ops.convert_to_numpy(
        DistillationKL(8, reduction=None)(teacher, student)
    )
    assert each.shape == (2,)
    found = float(DistillationKL(8)(teacher, student))
    assert found == pytest.approx(each.mean(), rel=1e-5)
    weighted = DistillationKL(8)(teacher, student, sample_weight=np.float32([0, 2]))
    assert float(weighted) == pytest.approx(each[1], rel=1e-5)


def test_serialises():
    loss = DistillationKL(inner_samples=5, reduction="sum")
    copy = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(loss)
    )
    assert copy.get_config() == loss.get_config()
    assert copy.inner_samples == 5


@pytest.mark.parametrize("inner_samples", [0, 1.5, None])
def test_refuses_a_number_of_strata_that_is_none(inner_samples):
    with pytest.raises(ValueError, match=f"Received: inner_samples={inner_samples}"):
        DistillationKL(inner_samples)
