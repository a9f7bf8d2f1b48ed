"""The contrastive term has the paper's sign, weight and conditioning.

Proved: the distiller's loss for a batch of two clips in turn averages to
KL(P_S(c₁) ‖ P_T(c₁)) - γ KL(P_S(c₁) ‖ P_T(c₂)), both by quadrature. Paper, section 4.3.
"""

import numpy as np
import pytest

from keras_pwavenet.losses import ContrastiveLoss, DistillationKL

WEIGHT = 0.3


@pytest.fixture(scope="module")
def expected(tiny):
    """The loss of each clip of a pair, by quadrature; no mistake below changes it."""
    distiller = tiny.make(1, hop=2)
    first = distiller.conditioning
    losses = []
    for own, other in ((first, -first), (-first, first)):
        distiller.conditioning = own
        matched, mismatched = tiny.exact_kl(distiller), tiny.exact_kl(distiller, other)
        assert abs(mismatched - matched) > 0.5, "the teacher ignores its conditioning"
        losses.append(matched - WEIGHT * mismatched)
    return np.array(losses)


def prove_contrastive(tiny, expected, clips=2**16):
    distiller = tiny.make(1, hop=2, contrastive=WEIGHT)
    first = distiller.conditioning
    distiller.conditioning = np.concatenate([first, -first])
    found = tiny.distiller_loss(distiller, clips).reshape(-1, 2)
    tiny.check(found, expected, precision=0.01)


def test_is_the_difference_of_two_divergences(tiny, expected):
    prove_contrastive(tiny, expected)


def add_instead_of_subtract(monkeypatch):
    monkeypatch.setattr(ContrastiveLoss, "call", DistillationKL.call)


def tell_the_same(monkeypatch):
    module = "keras_pwavenet.distillation.distiller"
    monkeypatch.setattr(f"{module}.roll_rows", lambda values: values)


@pytest.mark.parametrize("mistake", [add_instead_of_subtract, tell_the_same])
def test_mistakes_are_found_out(tiny, expected, monkeypatch, mistake):
    mistake(monkeypatch)
    with pytest.raises(AssertionError, match="errors from"):
        prove_contrastive(tiny, expected)
