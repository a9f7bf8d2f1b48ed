"""Batches as a tf.data.Dataset."""

import numpy as np
import pytest

from keras_pwavenet.data import RandomCrops, as_tf_dataset

pytestmark = pytest.mark.tensorflow


def make(cache, **options):
    return RandomCrops(cache, "train", 3, 8, steps=4, speakers=True, **options)


def same(batch, expected):
    for name, array in expected[0].items():
        np.testing.assert_array_equal(batch[0][name], array)
    np.testing.assert_array_equal(batch[1], expected[1])


def test_passes_are_epochs(cache):
    dataset = as_tf_dataset(make(cache, epoch=5))
    expected = make(cache)
    assert int(dataset.cardinality()) == 4
    assert dataset.element_spec[0]["audio"].shape.as_list() == [None, 640]
    assert dataset.element_spec[0]["speaker"].dtype == "int32"
    for epoch in (5, 6, 7):
        batches = list(dataset)
        assert len(batches) == 4
        for step, batch in enumerate(batches):
            same(batch, expected.batch(epoch, step))


def test_fixed(cache):
    dataset = as_tf_dataset(make(cache, epoch=5, fixed=True))
    for _ in range(2):
        for step, batch in enumerate(dataset):
            same(batch, make(cache).batch(5, step))


@pytest.mark.filterwarnings("ignore")
def test_fit(cache):
    import keras

    class Zero(keras.Model):
        def call(self, inputs):
            return 0.0 * inputs["audio"]

    crops = make(cache)
    model = Zero()
    model.compile(loss="mae", optimizer="sgd")
    history = model.fit(as_tf_dataset(crops), epochs=3, verbose=0).history
    expected = [
        np.mean([np.abs(crops.batch(epoch, i)[1]).mean() for i in range(4)])
        for epoch in range(3)
    ]
    np.testing.assert_allclose(history["loss"], expected, rtol=1e-5)
