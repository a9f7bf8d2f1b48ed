"""The student's density is what the paper says, and so is its entropy.

Proved: audio is an invertible map of noise; the density by the change of variables,
with the determinant of a numerical Jacobian, is the product of logistics given the
earlier noise; their log-scales are the student's `log_scale`; and the entropy in closed
form is what Monte Carlo finds of -log p_S. Paper, sections 3 and 3.1.
"""

import numpy as np
import pytest
from keras import ops

from keras_pwavenet import logistic


def prove_density(tiny, block_size, kind="plain"):
    distiller = tiny.make(block_size, hop=4, frames=2, kind=kind)
    noise, step = tiny.draw(32, 8), 0.05
    moved = noise[:, None] + step * np.concatenate([np.eye(8), -np.eye(8)])
    audio = tiny.audio_of(distiller, moved.reshape(-1, 8)).reshape(32, 2, 8, 8)
    jacobian = np.swapaxes(audio[:, 0] - audio[:, 1], 1, 2) / (2 * step)
    sign, log_determinant = np.linalg.slogdet(jacobian)
    log_scale = tiny.outputs_of(distiller, noise)["log_scale"].sum(axis=1)
    np.testing.assert_allclose(log_scale, log_determinant, atol=5e-3)

    assert (sign == 1).all(), "the map turns space inside out"
    past = np.abs(np.tril(jacobian, -1)).mean(axis=0)
    assert past[-1, :-1].max() > 0.1, "the past hardly matters: this proves little"
    rounding = 1e-4 if kind == "plain" else 1e-3  # of the Fourier transforms
    np.testing.assert_allclose(np.triu(jacobian, 1), 0, atol=rounding)

    of_noise = tiny.logistic_log_prob(noise.astype("float64"), 0.0, 1.0).sum(axis=1)
    found = tiny.student_log_prob(distiller, noise)
    np.testing.assert_allclose(found, of_noise - log_determinant, atol=5e-3)


def prove_inverse(tiny, block_size, kind="plain"):
    distiller = tiny.make(block_size, hop=4, frames=2, kind=kind)
    noise = tiny.draw(32, 8)
    audio = tiny.audio_of(distiller, noise)
    found = np.zeros_like(noise)
    for t in range(8):
        loc, scale = tiny.law(distiller, found, t)
        found[:, t] = (audio[:, t] - loc) / scale
    np.testing.assert_allclose(found, noise, atol=1e-2)


def prove_entropy(tiny, block_size, kind="plain", clips=2**15):
    distiller = tiny.make(block_size, kind=kind)
    noise = tiny.draw(clips, distiller.samples)
    log_scale = ops.convert_to_tensor(tiny.outputs_of(distiller, noise)["log_scale"])
    closed = ops.convert_to_numpy(logistic.logistic_entropy(log_scale)).mean(axis=1)
    sampled = -tiny.student_log_prob(distiller, noise) / distiller.samples
    assert closed.std() > 0.05
    tiny.check(sampled - closed, 0.0, precision=0.005)


PROOFS = [prove_density, prove_inverse, prove_entropy]


@pytest.mark.parametrize("block_size", [1, 2, 4])
@pytest.mark.parametrize("prove", PROOFS)
def test_density_and_entropy(tiny, prove, block_size):
    prove(tiny, block_size)


@pytest.mark.parametrize(("block_size", "kind"), [(1, "filter"), (4, "source")])
@pytest.mark.parametrize("prove", PROOFS)
def test_density_and_entropy_with_a_filter(tiny, prove, block_size, kind):
    prove(tiny, block_size, kind)


@pytest.mark.parametrize("prove", [prove_density, prove_inverse])
def test_filter_that_looks_ahead_is_found_out(tiny, monkeypatch, prove):
    tiny.unshift(monkeypatch, "signal.synthesis")
    with pytest.raises(AssertionError, match=r"Not equal to tolerance|no such density"):
        prove(tiny, 1, "filter")


@pytest.mark.parametrize("prove", PROOFS)
def test_flow_that_sees_its_own_noise_is_found_out(tiny, monkeypatch, prove):
    tiny.unshift(monkeypatch, "layers.autoregressive_flow")
    with pytest.raises(AssertionError, match=r"Not equal to tolerance|no such density"):
        prove(tiny, 1)


def test_entropy_counted_twice_is_found_out(tiny, monkeypatch):
    monkeypatch.setattr(logistic, "logistic_entropy", lambda x: 2 * (x + 2.0))
    with pytest.raises(AssertionError, match="errors from"):
        prove_entropy(tiny, 1)
