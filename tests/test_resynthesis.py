"""A recording spoken again: length, rate, and pieces that join without a seam."""

import keras
import numpy as np
import pytest

import keras_pwavenet.resynthesis
from keras_pwavenet import ParallelWaveNet, PhonemeClassifier, WaveNet
from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.resynthesis import resynthesize

RATE, HOP = 8000, 80
SHARED = {
    "conditioning_channels": 8,
    "hop_length": HOP,
    "residual_channels": 4,
    "upsample_channels": 4,
}


def with_mel(model):
    """Gives a model its mel settings, and weights that let every input matter."""
    random = np.random.default_rng(5)
    for weight in model.weights:
        weight.assign(0.2 * random.normal(size=weight.shape))
    model.preprocessor = LogMelSpectrogram(
        sample_rate=RATE, n_fft=256, hop_length=HOP, win_length=200, n_mels=8
    )
    return model


@pytest.fixture
def student():
    return with_mel(
        ParallelWaveNet(
            flow_layers=(2, 4), layers_per_cycle=2, initial_scale=0.01, **SHARED
        )
    )


@pytest.fixture
def teacher():
    return with_mel(
        WaveNet(num_layers=2, num_cycles=1, skip_channels=4, mixtures=2, **SHARED)
    )


def noise(samples):
    return np.random.default_rng(1).uniform(-0.3, 0.3, samples).astype("float32")


@pytest.mark.parametrize("rate", [RATE, 7350, 16000, 44100])
@pytest.mark.parametrize("samples", [1, 79, 4001])
def test_output_is_as_long_as_the_input(rate, samples, student):
    spoken = resynthesize(student, noise(samples), rate, seed=0)
    assert spoken.shape == (samples,)
    assert spoken.dtype == np.float32
    assert np.isfinite(spoken).all() and np.abs(spoken).max() <= 1


@pytest.mark.parametrize("temperature", [1.0, 0.3])
def test_pieces_are_the_whole(temperature, student, monkeypatch):
    audio = noise(60 * HOP)
    whole = student.generate(
        student.preprocessor(audio)[None], seed=4, temperature=temperature
    )
    whole = keras.ops.convert_to_numpy(whole)[0]
    monkeypatch.setattr(keras_pwavenet.resynthesis, "PIECE_SECONDS", 0.1)
    spoken = resynthesize(student, audio, RATE, seed=4, temperature=temperature)
    assert np.abs(whole).std() > 1e-3 and np.mean(np.abs(whole) == 1) < 0.2
    np.testing.assert_allclose(spoken, whole, atol=2e-5)


def test_context_is_needed(student, monkeypatch):
    audio = noise(60 * HOP)
    whole = resynthesize(student, audio, RATE, seed=4)
    monkeypatch.setattr(keras_pwavenet.resynthesis, "PIECE_SECONDS", 0.1)
    for context in [(0, 3), (3, 0)]:
        monkeypatch.setattr(
            keras_pwavenet.resynthesis, "context_frames", lambda _, c=context: c
        )
        assert np.abs(resynthesize(student, audio, RATE, seed=4) - whole).max() > 1e-4


def test_seed_decides(student):
    audio = noise(800)
    first, same, other = (resynthesize(student, audio, RATE, s) for s in (1, 1, 2))
    np.testing.assert_array_equal(first, same)
    assert np.abs(first - other).max() > 1e-3
    fresh = [resynthesize(student, audio, RATE) for _ in range(2)]
    assert np.abs(fresh[0] - fresh[1]).max() > 1e-3


def test_teacher_speaks_too(teacher):
    audio = noise(170)
    spoken = resynthesize(teacher, audio, 16000, seed=3)
    assert spoken.shape == (170,)
    np.testing.assert_array_equal(spoken, resynthesize(teacher, audio, 16000, seed=3))
    with pytest.raises(ValueError, match="only a ParallelWaveNet"):
        resynthesize(teacher, audio, RATE, temperature=0.5)


def test_speakers_differ():
    student = with_mel(
        ParallelWaveNet(
            flow_layers=(2,),
            layers_per_cycle=2,
            initial_scale=0.01,
            num_speakers=2,
            **SHARED,
        )
    )
    first, second = (
        resynthesize(student, noise(800), RATE, seed=0, speaker=s) for s in (0, 1)
    )
    assert np.abs(first - second).max() > 1e-4
    with pytest.raises(ValueError, match=r"from 0 to 1\. Received: speaker=2"):
        resynthesize(student, noise(800), RATE, speaker=2)


def test_wrong_use_is_refused(student):
    with pytest.raises(ValueError, match="temperature=-1"):
        resynthesize(student, noise(80), RATE, temperature=-1)
    with pytest.raises(ValueError, match="model=PhonemeClassifier"):
        resynthesize(PhonemeClassifier(), noise(80), RATE)
    student.preprocessor = None
    with pytest.raises(ValueError, match="preprocessor"):
        resynthesize(student, noise(80), RATE)
