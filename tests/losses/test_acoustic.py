import numpy as np
import pytest

from keras_pwavenet import losses


def test_losses():
    true = np.array([[3.0, 0.0]], "float32")
    found = np.log1p(np.array([[3.0, 1.0]], "float32"))
    weights = np.array([[1.0, 0.0]], "float32")
    assert float(losses.DurationLoss()(true, found)) == pytest.approx(
        np.log(2) / 2, rel=1e-5
    )
    assert float(losses.DurationLoss()(true, found, weights)) == pytest.approx(
        0, abs=1e-6
    )
    pitch = np.array([[100.0, 0.0]], "float32")
    contour = np.array([[[np.log(110.0), 2.0], [5.0, -1.0]]], "float32")
    softplus = np.log1p(np.exp([-2.0, -1.0]))
    wanted = (np.log(1.1) + 0.5 * softplus.sum()) / 2
    loss = losses.ContourLoss(voicing=0.5)
    assert float(loss(pitch, contour)) == pytest.approx(wanted, rel=1e-5)
    assert type(loss).from_config(loss.get_config()).voicing == 0.5
    mel = np.zeros((1, 2, 4), "float32")
    assert float(
        losses.MelLoss()(mel, mel + np.array([[[1.0], [-3.0]]]))
    ) == pytest.approx(2.0)
