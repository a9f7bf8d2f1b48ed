"""A small prepared corpus with a few clips in its test split."""

import itertools

import numpy as np
import pytest

from keras_pwavenet.audio import LogMelSpectrogram, write_audio
from keras_pwavenet.data import Clip, FeatureCache, prepare, split_of

RATE = 8000


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """Four test clips of 0.5, 1.0, 1.25 and 1.5 s, and one to train on."""
    names = (f"part/{number}" for number in itertools.count())
    tested = itertools.islice(filter(lambda n: split_of(n) == "test", names), 4)
    trained = next(f"x{n}" for n in range(99) if split_of(f"x{n}") == "train")
    folder = tmp_path_factory.mktemp("corpus")
    lengths = (4000, 8000, 10000, 12000, 4000)
    clips = []
    for number, (name, samples) in enumerate(
        zip([*tested, trained], lengths, strict=True)
    ):
        random = np.random.default_rng(number)
        path = folder / f"{number}.wav"
        write_audio(path, random.uniform(-0.5, 0.5, samples), RATE)
        clips.append(Clip(name, path, "Press one to go on."))
    mel = LogMelSpectrogram(
        sample_rate=RATE, n_fft=256, hop_length=80, win_length=200, n_mels=20
    )
    prepare(clips, folder / "cache", mel, progress=False)
    return FeatureCache(folder / "cache")
