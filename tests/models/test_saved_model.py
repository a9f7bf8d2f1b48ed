import numpy as np
import pytest

from keras_pwavenet.models import ParallelWaveNet

pytestmark = pytest.mark.tensorflow


def test_the_exported_student_is_the_student(tmp_path):
    import tensorflow as tf

    student = ParallelWaveNet(4, 40, (2, 2), 2, residual_channels=4, block_size=4)
    student.export(tmp_path / "1", verbose=False)
    serve = tf.saved_model.load(str(tmp_path / "1")).signatures["serving_default"]
    random = np.random.default_rng(0)
    for batch, frames in ((1, 1), (3, 7)):
        inputs = {
            "noise": random.logistic(size=(batch, frames * 40)).astype("float32"),
            "conditioning": random.normal(size=(batch, frames, 4)).astype("float32"),
        }
        served = serve(**{key: tf.constant(value) for key, value in inputs.items()})
        for key, value in student(inputs).items():
            np.testing.assert_allclose(served[key], value, atol=1e-5)
