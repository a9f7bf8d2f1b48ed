"""Densities and bin masses against float64 references that compute them another way."""

import keras
import numpy as np
import pytest
from keras import ops
from scipy import integrate, special, stats

from keras_pwavenet import logistic
from keras_pwavenet.audio import to_float, to_int16

D = 1.0 / 65536
TOP = 32767 / 32768
LOG_SCALES = [-12.0, -9.0, -7.0, -5.0, -3.0, -1.0, 1.0, 3.0]
LEVELS = (np.arange(-32768, 32768) / 32768).astype("float32")


def evaluate(function, *arrays):
    arrays = [ops.convert_to_tensor(array, "float32") for array in arrays]
    if keras.backend.backend() == "jax":
        import jax

        function = jax.jit(function)
    return ops.convert_to_numpy(function(*arrays))


def log_difference(larger, smaller):
    with np.errstate(divide="ignore"):
        return larger + np.log1p(-np.exp(smaller - larger))


def reference_bin_log_prob(x, loc, log_scale):
    """Log of a difference of scipy's distribution functions, on the nearer tail."""
    x, loc, log_scale = (np.asarray(v, "float64") for v in (x, loc, log_scale))
    x, loc, log_scale = np.broadcast_arrays(x, loc, log_scale)
    law = stats.logistic(loc, np.exp(log_scale))
    above = log_difference(law.logsf(x - D), law.logsf(x + D))
    below = log_difference(law.logcdf(x + D), law.logcdf(x - D))
    inner = np.where(x > loc, above, below)
    inner = np.where(x < -1 + D, law.logcdf(x + D), inner)
    return np.where(x > TOP - D, law.logsf(x - D), inner)


def grid():
    """Levels near and far from locations in and outside [-1, 1], for every scale."""
    rng = np.random.default_rng(0)
    edges = [0, 1, 2, 65533, 65534, 65535]
    x = LEVELS[np.concatenate([rng.integers(0, 65536, 60), edges])]
    loc = np.float32([-1.4, -1.0, -0.3, 0.0, 1e-4, 0.7, 1.0, 1.4])
    far = np.meshgrid(x, loc, LOG_SCALES, indexing="ij")
    scale = np.exp(far[2])
    near = [far[0], far[0] + rng.logistic(size=scale.shape) * scale, far[2]]
    return [
        np.concatenate([a.ravel(), b.ravel()]).astype("float32")
        for a, b in zip(far, near, strict=True)
    ]


def assert_close_in_nats(actual, expected, tolerance=1e-5):
    error = np.abs(actual.astype("float64") - expected)
    error /= np.maximum(1.0, np.abs(expected))
    assert error.max() < tolerance, error.max()


def test_bin_log_prob_equals_float64_over_all_scales_and_tails():
    x, loc, log_scale = grid()
    actual = evaluate(logistic.logistic_bin_log_prob, x, loc, log_scale)
    expected = reference_bin_log_prob(x, loc, log_scale)
    assert expected.min() < -1e5
    assert_close_in_nats(actual, expected)


def test_edge_bins_hold_the_tails():
    x = np.float32([-1.0, TOP, -1.0, TOP])
    loc = np.float32([-1.5, 1.5, 0.5, -0.5])
    actual = evaluate(logistic.logistic_bin_log_prob, x, loc, np.float32([-3.0] * 4))
    law = stats.logistic(loc.astype("float64"), np.exp(-3.0))
    expected = [
        law.logcdf(-1 + D)[0],
        law.logsf(TOP - D)[1],
        law.logcdf(-1 + D)[2],
        law.logsf(TOP - D)[3],
    ]
    assert_close_in_nats(actual, np.array(expected))


@pytest.mark.parametrize("log_scale", LOG_SCALES)
def test_bins_sum_to_one(log_scale):
    for loc in (0.0, 0.3, -1.0, 1.2):
        arrays = LEVELS, np.float32(loc), np.float32(log_scale)
        log_prob = evaluate(logistic.logistic_bin_log_prob, *arrays)
        # A location in float32 is off by up to 3e-8, at up to the density's peak.
        tolerance = 2e-6 + 6e-8 * np.exp(-log_scale) / 4
        assert abs(np.exp(log_prob.astype("float64")).sum() - 1) < tolerance


def test_bin_gradients_are_finite_and_equal_differences(gradient):
    x, loc, log_scale = grid()
    fixed = [ops.convert_to_tensor(v) for v in (x, loc, log_scale)]

    def total(index):
        def function(value):
            arguments = [*fixed[:index], value, *fixed[index + 1 :]]
            return ops.sum(logistic.logistic_bin_log_prob(*arguments))

        return gradient(function, [x, loc, log_scale][index])

    gradients = [total(index) for index in range(3)]
    assert all(np.isfinite(found).all() for found in gradients)
    x, loc, log_scale = (v.astype("float64") for v in (x, loc, log_scale))
    step = 1e-4 * np.exp(log_scale)
    slope = reference_bin_log_prob(x, loc + step, log_scale)
    slope = (slope - reference_bin_log_prob(x, loc - step, log_scale)) / (2 * step)
    z = np.abs(x - loc) * np.exp(-log_scale)
    near = z < 100  # farther out the float64 difference loses the slope
    # x = loc is the slope's zero: compare with the steepest slope, 1 / scale.
    error = np.abs(gradients[1] - slope) * np.exp(log_scale)
    assert error[near].max() < 1e-5
    step = 1e-4
    slope = reference_bin_log_prob(x, loc, log_scale + step)
    slope = (slope - reference_bin_log_prob(x, loc, log_scale - step)) / (2 * step)
    error = np.abs(gradients[2] - slope) / np.maximum(1, np.abs(slope))
    assert error[near].max() < 1e-5


@pytest.mark.parametrize("side", [-1.0, 1.0])
@pytest.mark.parametrize("log_scale", [-12.0, -7.0, -3.0])
def test_gradient_points_home_from_a_thousand_scales_away(gradient, side, log_scale):
    scale = np.exp(log_scale)
    x = np.float32([0.0, side])
    loc = (x - 1000 * side * scale).astype("float32")
    x, loc = ops.convert_to_tensor(x), ops.convert_to_tensor(loc)

    def by_loc(value):
        return ops.sum(logistic.logistic_bin_log_prob(x, value, log_scale))

    def by_log_scale(value):
        return ops.sum(logistic.logistic_bin_log_prob(x, loc, value))

    pull = gradient(by_loc, loc)[0] * side * scale
    np.testing.assert_allclose(pull, 1.0, rtol=1e-3)
    widening = gradient(by_log_scale, np.float32([log_scale] * 2))
    assert 900 < widening[0] < 1100
    # At the edge on the far side of x, all mass lies beyond: nothing is left to gain.
    beyond = ops.convert_to_numpy(x) + 1000 * side * scale
    home = gradient(by_loc, beyond)[1]
    assert abs(home * scale) < 1e-6


def test_log_prob_equals_scipy():
    x, loc, log_scale = grid()
    actual = evaluate(logistic.logistic_log_prob, x, loc, log_scale)
    law = stats.logistic(loc.astype("float64"), np.exp(log_scale.astype("float64")))
    assert_close_in_nats(actual, law.logpdf(x.astype("float64")))


def test_bin_log_prob_is_the_density_times_the_bin_at_wide_scales():
    x = np.linspace(-0.9, 0.9, 50, dtype="float32")
    arrays = x, np.float32(0.1), np.float32(-2.0)
    density = evaluate(logistic.logistic_log_prob, *arrays)
    mass = evaluate(logistic.logistic_bin_log_prob, *arrays)
    np.testing.assert_allclose(density - mass, np.log(65536 / 2), atol=1e-4)


@pytest.mark.parametrize("log_scale", [-12.0, -2.0, 0.0, 3.0])
def test_entropy_equals_quadrature(log_scale):
    law = stats.logistic(scale=np.exp(log_scale))
    reach = 60 * np.exp(log_scale)
    expected, _ = integrate.quad(
        lambda x: -law.pdf(x) * law.logpdf(x), -reach, reach, points=[0.0], epsabs=1e-10
    )
    assert float(logistic.logistic_entropy(log_scale)) == pytest.approx(expected)


def test_quantile_equals_scipy():
    p = np.float32([1e-7, 1e-4, 0.1, 0.5, 0.75, 0.999, 1 - 2e-7])
    actual = evaluate(logistic.logistic_quantile, p, np.float32(0.3), np.float32(-2.0))
    expected = stats.logistic(0.3, np.exp(-2.0)).ppf(p.astype("float64"))
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


def test_sampled_noise_is_standard_logistic_and_seeded():
    noise = ops.convert_to_numpy(logistic.sample_logistic((20000,), seed=3))
    assert stats.kstest(noise, "logistic").pvalue > 1e-3
    again = ops.convert_to_numpy(logistic.sample_logistic((20000,), seed=3))
    other = ops.convert_to_numpy(logistic.sample_logistic((20000,), seed=4))
    np.testing.assert_array_equal(noise, again)
    assert abs(np.corrcoef(noise, other)[0, 1]) < 0.05


def test_open_uniform_keeps_the_logit_finite():
    numbers = logistic.sample_open_uniform((200000,), seed=0)
    noise = ops.convert_to_numpy(logistic.logistic_quantile(numbers))
    numbers = ops.convert_to_numpy(numbers)
    assert 0 < numbers.min() < 1e-4 and 1 - 1e-4 < numbers.max() < 1
    assert np.abs(noise).max() < 16.2
    extremes = np.float32([1e-7, 1 - 1e-7])
    assert np.abs(evaluate(logistic.logistic_quantile, extremes)).max() < 16.2


def mixture(rng, *shape, mixtures=4):
    logits, loc = rng.normal(size=(2, *shape, mixtures)).astype("float32")
    log_scale = rng.uniform(-9, 0, (*shape, mixtures)).astype("float32")
    return 2 * logits, 0.5 * loc, log_scale


@pytest.mark.parametrize(
    ("function", "component"),
    [
        (logistic.mixture_bin_log_prob, reference_bin_log_prob),
        (
            logistic.mixture_log_prob,
            lambda x, m, s: stats.logistic(m, np.exp(s)).logpdf(x),
        ),
    ],
)
def test_mixture_equals_float64(function, component):
    rng = np.random.default_rng(1)
    logits, loc, log_scale = mixture(rng, 3, 50)
    x = LEVELS[rng.integers(0, 65536, (3, 50))]
    x[0, :2] = -1, TOP
    actual = evaluate(function, x, logits, loc, log_scale)
    arrays = [v.astype("float64") for v in (x[..., None], loc, log_scale)]
    weights = special.log_softmax(logits.astype("float64"), axis=-1)
    expected = special.logsumexp(weights + component(*arrays), axis=-1)
    assert actual.shape == (3, 50)
    assert_close_in_nats(actual, expected)


def test_mixture_bins_sum_to_one():
    logits, loc, log_scale = mixture(np.random.default_rng(2))
    log_prob = evaluate(
        logistic.mixture_bin_log_prob, LEVELS, logits, loc, np.maximum(log_scale, -6)
    )
    assert np.exp(log_prob.astype("float64")).sum() == pytest.approx(1, abs=1e-5)


def test_split_mixture():
    parameters = ops.reshape(ops.arange(12, dtype="float32"), (2, 6))
    logits, loc, log_scale = (
        ops.convert_to_numpy(part) for part in logistic.split_mixture(parameters)
    )
    np.testing.assert_array_equal(logits, [[0, 1], [6, 7]])
    np.testing.assert_array_equal(loc, [[2, 3], [8, 9]])
    np.testing.assert_array_equal(log_scale, [[4, 5], [10, 11]])
    with pytest.raises(ValueError, match=r"3 \* mixtures.*\(2, 4\)"):
        logistic.split_mixture(ops.zeros((2, 4)))


def test_mixture_sample_follows_the_mixture():
    rng = np.random.default_rng(4)
    logits = np.log([0.2, 0.5, 0.3]).astype("float32")
    loc = np.float32([-0.5, 0.1, 0.4])
    log_scale = np.float32([-4.0, -3.0, -5.0])
    draws = evaluate(
        logistic.mixture_sample, *rng.uniform(size=(2, 20000)), logits, loc, log_scale
    )

    def distribution(x):
        parts = stats.logistic(loc, np.exp(log_scale)).cdf(x[:, None])
        return parts @ np.exp(logits)

    assert stats.kstest(draws, distribution).pvalue > 1e-3


def test_mixture_sample_at_its_extremes():
    uniform = np.float32([0.0, 1.0, 0.5])
    value = np.float32([1e-7, 1 - 1e-7, 0.5])
    logits, loc, log_scale = np.zeros(2), np.float32([-0.25, 0.75]), np.zeros(2)
    draws = evaluate(logistic.mixture_sample, uniform, value, logits, loc, log_scale)
    np.testing.assert_allclose(draws, [-1.0, 1.0, -0.25], atol=1e-6)


def test_soft_floor(gradient):
    x = np.float32([-60.0, -20.0, -9.0, -5.0, 0.0, 3.0])
    actual = evaluate(lambda v: logistic.soft_floor(v, -9.0), x)
    expected = -9 + np.logaddexp(0, x.astype("float64") + 9)
    np.testing.assert_allclose(actual, expected, atol=1e-6)
    assert actual.min() >= -9
    slope = gradient(lambda v: ops.sum(logistic.soft_floor(v, -9.0)), x)
    np.testing.assert_allclose(slope, special.expit(x + 9.0), rtol=1e-4)
    assert (slope > 0).all()


def test_the_levels_are_those_of_16_bit_files():
    x = np.random.default_rng(5).uniform(-1.1, 1.1, 10000).astype("float32")
    np.testing.assert_array_equal(
        evaluate(logistic.quantize_16_bit, x), to_float(to_int16(x))
    )
    np.testing.assert_array_equal(evaluate(logistic.quantize_16_bit, LEVELS), LEVELS)


def test_quantize_has_no_gradient(gradient):
    slope = gradient(lambda v: ops.sum(logistic.quantize_16_bit(v)), np.ones(3) * 0.3)
    np.testing.assert_array_equal(slope, 0)


@pytest.mark.parametrize(
    "function", [logistic.logistic_log_prob, logistic.logistic_bin_log_prob]
)
@pytest.mark.parametrize("log_scale", [-300.0, -89.0, -60.0, 60.0, 89.0, 300.0])
def test_extreme_scales_have_finite_densities_and_gradients(
    function, log_scale, gradient
):
    points = ops.convert_to_tensor([-1.0, 0.0, 0.3, 1.0], "float32")

    def total(parameters):
        return ops.sum(function(points, parameters[0], parameters[1]))

    for loc in (0.0, 0.3, 1.0):
        parameters = np.array([loc, log_scale], "float32")
        assert np.isfinite(gradient(total, parameters)).all()
        value = ops.convert_to_numpy(function(points, loc, log_scale))
        assert np.isfinite(value).all()
        bounded = np.clip(log_scale, -60.0, 60.0)
        same = ops.convert_to_numpy(function(points, loc, float(bounded)))
        np.testing.assert_allclose(value, same, rtol=1e-6)
