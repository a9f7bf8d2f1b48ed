import keras
import numpy as np
import pytest
from keras import ops

from keras_pwavenet.losses import BlockToneLoss

BLOCK = 8


def noise(blocks, loudness=1.0, seed=0):
    rng = np.random.default_rng(seed)
    return (loudness * rng.normal(size=(1, blocks * BLOCK))).astype("float32")


def tone(blocks, period, amplitude=1.0):
    wave = np.sin(2 * np.pi * np.arange(blocks * BLOCK) / period + 0.3)
    return (amplitude * wave[None]).astype("float32")


def value(recorded, spoken):
    return float(BlockToneLoss(BLOCK)(recorded, spoken))


def by_definition(recorded, spoken):
    """In float64, a transform of the whole crop and of each frame by itself."""
    recorded, spoken = recorded.astype("float64"), spoken.astype("float64")
    found = []
    for truth, audio in zip(recorded, spoken, strict=True):
        count = len(audio) // BLOCK
        window = np.sin(np.pi * (np.arange(count) + 0.5) / count) ** 2
        window = np.repeat(window, BLOCK)
        padded = np.pad(truth, BLOCK)
        short = np.sin(np.pi * (np.arange(2 * BLOCK) + 0.5) / (2 * BLOCK)) ** 2
        for number in range(1, BLOCK // 2 + 1):
            wave = np.exp(-2j * np.pi * number * np.arange(len(padded)) / BLOCK)
            whole = abs(np.sum(audio * window * wave[: len(audio)])) ** 2
            whole /= np.sum(window**2)
            frames = [
                abs(
                    np.sum(
                        padded[place : place + 2 * BLOCK] * short * wave[: len(short)]
                    )
                )
                ** 2
                for place in range(0, len(padded) - BLOCK, BLOCK)
            ]
            power = np.mean(frames) / np.sum(short**2)
            found.append(np.log1p(max(whole / (power + 1e-10) - 2, 0)))
    return np.mean(found)


def test_equals_its_definition():
    recorded, spoken = noise(12, seed=1), noise(12, seed=2) + tone(12, 4)
    assert value(recorded, spoken) == pytest.approx(
        by_definition(recorded, spoken), rel=1e-4
    )


@pytest.mark.parametrize("loudness", [1e-3, 1.0])
def test_noise_hardly_counts(loudness):
    found = [
        value(noise(64, loudness, seed), noise(64, loudness, seed + 1))
        for seed in range(60)
    ]
    # 0.08 for exponential ratios; that of half the rate is chi-square of one degree.
    assert 0.05 < np.mean(found) < 0.15


@pytest.mark.parametrize(("period", "heard"), [(8, True), (4, True), (10, False)])
def test_hears_tones_at_multiples_of_the_block_rate_only(period, heard):
    speech = noise(200, 0.1)
    without = value(speech, speech)
    found = value(speech, speech + tone(200, period, 0.05))
    assert (found > without + 0.5) if heard else (abs(found - without) < 0.05)


def test_hears_a_faint_tone_where_the_recording_is_faint():
    low = np.cumsum(noise(400, 0.01), axis=1)
    low = (low - low.mean()).astype("float32")
    above = value(low, low + tone(400, BLOCK / 3, 1e-3))
    assert above > value(low, low) + 0.3


def test_gradient_takes_the_tone_away(gradient):
    speech = noise(200, 0.1)
    held = tone(200, 4, 0.05)
    loss = BlockToneLoss(BLOCK)
    slope = gradient(lambda spoken: loss(speech, spoken), speech + held)
    assert np.sum(slope * held) > 0
    assert abs(np.sum(slope * tone(200, 10))) < 0.1 * np.sum(slope * held / 0.05)


def test_is_finite_at_silence(gradient):
    silence = np.zeros((1, 16), "float32")
    slope = gradient(lambda spoken: BlockToneLoss(8)(silence, spoken), silence)
    np.testing.assert_array_equal(slope, 0)
    one_block = ops.zeros((1, 8))
    assert float(BlockToneLoss(8)(one_block, one_block)) == 0


def test_refuses_blocks_without_a_tone():
    with pytest.raises(ValueError, match="Received: block_size=1"):
        BlockToneLoss(1)


def test_serialises():
    loss = BlockToneLoss(block_size=4, reduction="sum")
    copy = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(loss)
    )
    assert copy.get_config() == loss.get_config()
