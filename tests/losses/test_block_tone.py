import keras
import numpy as np
import pytest

from keras_pwavenet.losses import BlockToneLoss


def test_equals_the_root_mean_square_of_the_means_of_the_places():
    audio = np.random.default_rng(0).normal(size=(2, 40)).astype("float32")
    found = BlockToneLoss(4, reduction=None)(np.zeros_like(audio), audio)
    means = audio.reshape(2, 10, 4).mean(1)
    expected = np.sqrt((means**2).mean(-1))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(found), expected, rtol=1e-5)


@pytest.mark.parametrize(("period", "heard"), [(8, True), (4, True), (10, False)])
def test_hears_tones_at_multiples_of_the_block_rate_only(period, heard):
    tone = 0.1 * np.sin(2 * np.pi * np.arange(80) / period).astype("float32")
    found = float(BlockToneLoss(8)(np.zeros((1, 80)), tone[None]))
    assert found == pytest.approx(0.1 / np.sqrt(2) if heard else 0.0, abs=1e-5)


def test_gradient_is_finite_at_silence(gradient):
    slope = gradient(lambda g: BlockToneLoss(8)(g, g), np.zeros((1, 16), "float32"))
    np.testing.assert_array_equal(slope, 0)


def test_serialises():
    loss = BlockToneLoss(block_size=4, reduction="sum")
    copy = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(loss)
    )
    assert copy.get_config() == loss.get_config()
