"""Numbers drawn piece by piece are those drawn at once."""

import keras
import numpy as np
import pytest

from keras_pwavenet.backend.draws_onward import UniformOnward

LOW, HIGH = 1e-7, 1.0 - 1e-7
array = keras.ops.convert_to_numpy


@pytest.mark.parametrize("seed", [0, 7, np.int64(3), 2**31 - 1, 2**32 - 1])
def test_pieces_are_the_whole(seed):
    expected = array(keras.random.uniform((1, 8230), LOW, HIGH, seed=int(seed)))[0]
    draws = UniformOnward(seed, LOW, HIGH)
    pieces = [array(draws.draw(count)) for count in (4, 16, 4096)]
    other = draws.copy()
    pieces += [array(draws.draw(count)) for count in (4, 4096, 16)]
    np.testing.assert_array_equal(np.concatenate(pieces)[:8230], expected)
    np.testing.assert_array_equal(array(other.draw(4)), pieces[3])


def test_a_generators_seeds_differ():
    generators = [keras.random.SeedGenerator(5) for _ in range(2)]
    for _ in range(2):
        found = array(UniformOnward(generators[0], 0.0, 1.0).draw(8))
        expected = keras.random.uniform((1, 8), seed=generators[1])
        np.testing.assert_array_equal(found, array(expected)[0])
    fresh = [array(UniformOnward(None, 0.0, 1.0).draw(8)) for _ in range(2)]
    assert np.abs(fresh[0] - fresh[1]).max() > 1e-3
