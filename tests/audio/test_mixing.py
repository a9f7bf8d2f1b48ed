"""One channel of several."""

import numpy as np
import pytest
import soundfile

from keras_pwavenet.audio import read_audio
from keras_pwavenet.audio.mixing import mix_down

RATE = 16000
TIME = np.arange(2 * RATE) / RATE
TONE = 0.3 * np.sin(2 * np.pi * 200 * TIME)


def level(audio):
    """Mean square of each 0.1 s."""
    return np.square(audio).reshape(-1, RATE // 10).mean(axis=1)


@pytest.mark.parametrize(
    "part", [slice(8000, 16000), slice(0, 4000), slice(20000, None)]
)
@pytest.mark.parametrize("ratio", [-1, -0.95, -1.05])
def test_opposite_phase_for_a_time_is_heard(tmp_path, part, ratio):
    audio = np.stack([TONE, TONE], axis=1)
    audio[part, 1] *= ratio
    soundfile.write(tmp_path / "clip.wav", audio, RATE, subtype="FLOAT")
    mixed, _ = read_audio(tmp_path / "clip.wav")
    assert level(mixed).min() > 0.3 * level(TONE).min()
    assert np.abs(np.diff(mixed)).max() < 1.1 * np.abs(np.diff(TONE)).max()


def test_the_mean_elsewhere():
    noise = np.random.default_rng(0).normal(size=(RATE, 2))
    for audio in (noise, np.stack([TONE, 0 * TONE], axis=1), np.zeros((RATE, 2))):
        audio = audio.astype("float32")
        np.testing.assert_array_equal(mix_down(audio, RATE), audio.mean(axis=1))


def test_channels_of_opposite_phase_that_take_turns_at_being_louder():
    sway = 1 + 0.1 * np.sin(2 * np.pi * 3 * TIME)
    mixed = mix_down(np.stack([TONE, -sway * TONE], axis=1), RATE)
    assert np.abs(mixed) @ np.abs(TONE) == pytest.approx(abs(mixed @ TONE))
    pairs = np.zeros((len(TONE), 4))
    pairs[:RATE, 0], pairs[:RATE, 1] = TONE[:RATE], -TONE[:RATE]
    pairs[RATE:, 2], pairs[RATE:, 3] = TONE[RATE:], -TONE[RATE:]
    assert level(mix_down(pairs, RATE)).min() > 0.3 * level(TONE).min()


def test_short_files_of_opposite_phase():
    for samples in (1, 2, 900):
        ones = np.ones((samples, 2)) * [1, -1]
        np.testing.assert_array_equal(np.abs(mix_down(ones, RATE)), np.ones(samples))
