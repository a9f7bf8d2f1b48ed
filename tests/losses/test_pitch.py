import keras
import numpy as np
import pytest

from keras_pwavenet.losses import PitchLoss

PITCH = np.array([[0.0, 50.0, 123.4, 599.0], [0.0, 200.0, 0.0, 600.0]])


def expected(pitch, logits, lowest, highest):
    logits = logits.astype("float64")
    centres = np.linspace(np.log(lowest), np.log(highest), logits.shape[-1] - 1)
    loss = np.zeros(pitch.shape)
    for place in np.ndindex(pitch.shape):
        *bins, voicing = logits[place]
        probability = 1 / (1 + np.exp(-voicing))
        if pitch[place] == 0:
            loss[place] = -np.log(1 - probability)
            continue
        bump = np.exp(-((np.log(pitch[place]) - centres) ** 2) / (2 * 0.02**2))
        log_shares = bins - np.log(np.sum(np.exp(bins)))
        loss[place] = -np.log(probability) - (bump / bump.sum()) @ log_shares
    return loss


@pytest.mark.parametrize(("lowest", "highest"), [(50.0, 600.0), (40.0, 700.0)])
def test_equals_the_mathematics_in_double_precision(lowest, highest):
    logits = 3 * np.random.default_rng(0).normal(size=(2, 4, 161)).astype("float32")
    pitch = PITCH.astype("float32")
    found = PitchLoss(lowest, highest, reduction=None)(pitch, logits)
    wanted = expected(pitch, logits, lowest, highest)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(found), wanted, rtol=1e-4)
    mean = float(PitchLoss(lowest, highest)(pitch, logits))
    assert mean == pytest.approx(wanted.mean(), rel=1e-5)


def test_the_bump_is_the_best_answer():
    centres = np.linspace(np.log(50), np.log(600), 160)

    def logits(pitch, deviation):
        bump = -0.5 * ((np.log(pitch) - centres) / deviation) ** 2
        return np.append(bump, 9.0).astype("float32")[None, None]

    def loss(*arguments):
        return float(PitchLoss()(np.full((1, 1), 200.0, "f4"), logits(*arguments)))

    best = loss(200, 0.02)
    for other in ((203, 0.02), (197, 0.02), (200, 0.03), (200, 0.014), (100, 0.02)):
        assert loss(*other) > best + 0.01


def test_gradient_is_finite_for_certain_answers(gradient):
    logits = np.full((1, 4, 21), -50.0, "float32")
    logits[..., 3] = 100.0
    slope = gradient(lambda x: PitchLoss()(PITCH[:1].astype("float32"), x), logits)
    assert np.isfinite(slope).all()
    assert np.abs(slope).max() > 0.1
    np.testing.assert_array_equal(slope[0, 0, :20], 0)  # unvoiced: no bin counts


def test_serialises():
    loss = PitchLoss(60.0, 500.0, reduction="sum")
    copy = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(loss)
    )
    assert copy.get_config() == loss.get_config()
