"""One call for many tensors gives what a loop gives, on every backend."""

import keras
import numpy as np
import pytest

from keras_pwavenet.backend import global_norm, move_averages


def arrays(seed):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape).astype("float32") for shape in ((2, 3), (4,), ())]


def test_global_norm():
    flat = np.concatenate([array.ravel() for array in arrays(0)])
    found = global_norm([keras.ops.convert_to_tensor(array) for array in arrays(0)])
    assert float(found) == pytest.approx(np.linalg.norm(flat), rel=1e-6)


@pytest.mark.parametrize("momentum", [0.0, 0.3, 0.999, 1.0])
def test_averages_move_in_place(momentum):
    averages, variables = (
        [keras.Variable(array) for array in arrays(seed)] for seed in (1, 2)
    )
    move_averages(averages, variables, keras.ops.convert_to_tensor(momentum))
    for found, before, value in zip(averages, arrays(1), arrays(2), strict=True):
        expected = momentum * before + (1 - momentum) * value
        np.testing.assert_allclose(keras.ops.convert_to_numpy(found), expected, 1e-5)
