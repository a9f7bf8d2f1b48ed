import keras
import numpy as np
import pytest
from scipy import special, stats

from keras_pwavenet.audio import to_float, to_int16
from keras_pwavenet.losses import MixtureLogisticNLL

D = 1.0 / 65536


@pytest.fixture
def case():
    """Audio, parameters, and the loss of each sample in float64."""
    rng = np.random.default_rng(0)
    audio = rng.uniform(-1, 1, (2, 30)).astype("float32")
    audio[0, :4] = -1, 1, 0, 1 / 32768
    logits, loc = rng.normal(size=(2, 2, 30, 3))
    log_scale = rng.uniform(-4, 0, (2, 30, 3))
    parameters = np.concatenate([logits, loc, log_scale], axis=-1).astype("float32")
    logits, loc, log_scale = np.split(parameters.astype("float64"), 3, axis=-1)
    level = to_float(to_int16(audio)).astype("float64")[..., None]
    law = stats.logistic(loc, np.exp(log_scale))
    above = np.where(level > 1 - 3 * D, np.inf, level + D)
    below = np.where(level < -1 + D, -np.inf, level - D)
    mass = special.softmax(logits, axis=-1) * (law.cdf(above) - law.cdf(below))
    return audio, parameters, -np.log(mass.sum(-1))


def test_equals_float64(case):
    audio, parameters, expected = case
    found = MixtureLogisticNLL(reduction=None)(audio, parameters)
    found = keras.ops.convert_to_numpy(found)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_reduces_to_nats_per_sample(case):
    audio, parameters, expected = case
    assert float(MixtureLogisticNLL()(audio, parameters)) == pytest.approx(
        expected.mean(), rel=1e-5
    )
    total = MixtureLogisticNLL(reduction="sum")(audio, parameters)
    assert float(total) == pytest.approx(expected.sum(), rel=1e-5)


def test_weighs_clips_and_samples(case):
    audio, parameters, expected = case
    clip = MixtureLogisticNLL()(audio, parameters, sample_weight=np.float32([0, 2]))
    assert float(clip) == pytest.approx(expected[1].mean(), rel=1e-5)
    weight = np.zeros((2, 30), "float32")
    weight[1, 7] = 1
    one = MixtureLogisticNLL()(audio, parameters, sample_weight=weight)
    assert float(one) == pytest.approx(expected[1, 7] / 60, rel=1e-4)


def test_refuses_another_number_of_samples(case):
    audio, parameters, _ = case
    with pytest.raises(
        ValueError, match=r"samples=29\. Received: y_pred\.shape=\(2, 30,"
    ):
        MixtureLogisticNLL()(audio[:, :-1], parameters)


def test_serialises():
    loss = MixtureLogisticNLL(reduction="sum", name="nll")
    copy = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(loss)
    )
    assert copy.get_config() == loss.get_config()


def test_stays_float32_for_bfloat16_parameters(case):
    audio, parameters, _ = case
    rounded = keras.ops.cast(parameters, "bfloat16")
    loss = MixtureLogisticNLL()(audio, rounded)
    assert keras.backend.standardize_dtype(loss.dtype) == "float32"
    widened = keras.ops.cast(rounded, "float32")
    assert float(loss) == float(MixtureLogisticNLL()(audio, widened))
