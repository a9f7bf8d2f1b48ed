"""What training rests on: gradients that never vanish, and averages that average.

Proved: a teacher whose log-scale lies under its floor, and whose mode is far from the
sample, gets the gradient of the exact likelihood; and the averaged weights are the
exponential moving average of the weights, warm-up and all. Paper, sections 2.1 and 5.
"""

import keras
import numpy as np
import pytest
from keras import ops
from scipy import special

from keras_pwavenet import logistic
from keras_pwavenet.layers import MixtureHead
from keras_pwavenet.losses import MixtureLogisticNLL
from keras_pwavenet.training.averaged_adam import AveragedAdam

FLOOR = -6.0


def level_nll(x, loc, raw):
    """-log P of 16-bit levels under one logistic, float64, its log-scale floored."""
    scale = np.exp(FLOOR + np.logaddexp(0.0, raw - FLOOR))
    half = 1 / 65536
    # The upper side, where the differences of distribution functions are small.
    near = (np.abs(x - loc) - half) / scale
    far = (np.abs(x - loc) + half) / scale
    log_survival = special.log_expit(-near), special.log_expit(-far)
    return -(log_survival[0] + np.log1p(-np.exp(log_survival[1] - log_survival[0])))


def prove_gradient_never_vanishes(gradient):
    """Log-scales from far under the floor up, samples up to 200 scales away."""
    head = MixtureHead(1, 1, log_scale_floor=FLOOR)
    head.build((None, 1))
    head.hidden.set_weights([np.ones((1, 1)), np.zeros(1)])
    # A hidden value h gives log-scale -h, but for the floor.
    head.output_projection.set_weights([np.array([[0.0, 0.0, -1.0]]), np.zeros(3)])
    hidden, x = np.meshgrid([4.0, 6.0, 9.0, 12.0], np.array([1, 2001, 16001]) / 32768)
    hidden, x = hidden.reshape(1, -1), x.reshape(1, -1)

    def loss(values):
        return x.size * MixtureLogisticNLL()(
            ops.convert_to_tensor(x, "float32"), head(values[..., None])
        )

    found = gradient(loss, hidden.astype("float32"))
    step = 1e-4
    up, down = (level_nll(x, 0.0, -(hidden + sign * step)) for sign in (1, -1))
    expected = (up - down) / (2 * step)
    assert np.abs(expected).min() > 1e-4
    np.testing.assert_allclose(found, expected, rtol=1e-2)


def test_gradient_never_vanishes(gradient):
    prove_gradient_never_vanishes(gradient)


def cut_off_log_scales(monkeypatch):
    module = "keras_pwavenet.layers.mixture_head"
    monkeypatch.setattr(f"{module}.soft_floor", ops.maximum)


def cut_off_probabilities(monkeypatch):
    def floored(x, loc, log_scale):
        scale, half = ops.exp(log_scale), logistic.HALF_BIN
        above = ops.sigmoid((x - loc + half) / scale)
        below = ops.sigmoid((x - loc - half) / scale)
        return ops.log(ops.maximum(above - below, 1e-12))

    monkeypatch.setattr(logistic, "logistic_bin_log_prob", floored)


@pytest.mark.parametrize("mistake", [cut_off_log_scales, cut_off_probabilities])
def test_vanishing_gradients_are_found_out(gradient, monkeypatch, mistake):
    mistake(monkeypatch)
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        prove_gradient_never_vanishes(gradient)


def prove_average(momentum=0.9, steps=40):
    rng = np.random.default_rng(0)
    weights = keras.Variable(rng.normal(size=5))
    optimizer = AveragedAdam(0.5, ema_momentum=momentum)
    optimizer.build([weights])
    average = 0.0
    for step in range(steps):
        gradient = ops.convert_to_tensor(rng.normal(size=5), "float32")
        optimizer.apply([gradient], [weights])
        share = min(momentum, step / (step + 9))
        last = weights.numpy()
        average = share * average + (1 - share) * last
    assert np.abs(last - average).min() > 0.01
    optimizer.finalize_variable_values([weights])
    np.testing.assert_allclose(weights.numpy(), average, atol=1e-5)


def test_weights_are_averaged():
    prove_average()


def swap_old_and_new(self, variables):
    averages = self._model_variables_moving_average
    for variable, average in zip(variables, averages, strict=True):
        momentum = self.ema_momentum
        average.assign(momentum * variable + (1 - momentum) * average)


def test_weights_never_averaged_are_found_out(monkeypatch):
    name = "_update_model_variables_moving_average"
    monkeypatch.setattr(AveragedAdam, name, swap_old_and_new)
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        prove_average()
