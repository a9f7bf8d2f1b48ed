"""A small corpus of made-up clips, and its cache."""

import numpy as np
import pytest

from keras_pwavenet.audio import LogMelSpectrogram, write_audio
from keras_pwavenet.data import Clip, FeatureCache, prepare

RATE = 8000


@pytest.fixture(scope="session")
def mel():
    return LogMelSpectrogram(
        sample_rate=RATE, n_fft=256, hop_length=80, win_length=200, n_mels=20
    )


def waveform(number, samples):
    """Noise whose level tells the clips apart."""
    noise = np.random.default_rng(number).uniform(-1, 1, samples)
    return (0.9 * noise / (1 + number % 7)).astype("float32")


@pytest.fixture(scope="session")
def clips(tmp_path_factory):
    """60 clips of 1 to 6000 samples by two speakers."""
    folder = tmp_path_factory.mktemp("corpus")
    clips = []
    for number in range(60):
        name = f"part/{number}"
        path = folder / f"{number}.wav"
        samples = 1 + (number * 997) % 6000
        write_audio(path, waveform(number, samples), RATE)
        clips.append(Clip(name, path, f"Clip {number}.", "ab"[number % 2]))
    return clips


@pytest.fixture(scope="session")
def cache(clips, mel, tmp_path_factory):
    directory = tmp_path_factory.mktemp("caches") / "corpus"
    prepare(clips, directory, mel, progress=False)
    return FeatureCache(directory)
