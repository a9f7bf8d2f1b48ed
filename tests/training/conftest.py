"""A tiny corpus, and compiled models small enough to train in a test.

On TensorFlow they run eagerly: tracing takes longer than their few steps. The slow
tests train in graphs.
"""

import h5py
import keras
import numpy as np
import pytest

from keras_pwavenet import Distiller, ParallelWaveNet, WaveNet, losses, training
from keras_pwavenet.audio import LogMelSpectrogram, write_audio
from keras_pwavenet.data import FeatureCache, prepare, read_corpus

RATE, HOP, MELS = 8000, 80, 8
EAGER = keras.backend.backend() == "tensorflow"


@pytest.fixture(scope="session")
def features(tmp_path_factory):
    """Folder of a prepared corpus of 40 short tones with noise, in three splits."""
    corpus = tmp_path_factory.mktemp("corpus")
    random = np.random.default_rng(0)
    for number in range(40):
        time = np.arange(1200 + 40 * number) / RATE
        tone = 0.3 * np.sin(2 * np.pi * (150 + 20 * number) * time)
        audio = tone + 0.02 * random.normal(size=len(time))
        write_audio(corpus / f"{number}.wav", audio, RATE)
    mel = LogMelSpectrogram(
        sample_rate=RATE, n_fft=256, hop_length=HOP, win_length=200, n_mels=MELS
    )
    directory = tmp_path_factory.mktemp("features") / "tones"
    prepare(read_corpus(corpus), directory, mel, progress=False)
    return directory


@pytest.fixture(scope="session")
def cache(features):
    return FeatureCache(features)


def _teacher(cache, **changes):
    arguments = {
        "conditioning_channels": MELS,
        "hop_length": HOP,
        "num_layers": 2,
        "num_cycles": 1,
        "residual_channels": 4,
        "skip_channels": 4,
        "mixtures": 2,
        "upsample_channels": 4,
    }
    teacher = WaveNet(**(arguments | changes))
    teacher.preprocessor = cache.mel
    return teacher


def _student(cache, **changes):
    arguments = {
        "conditioning_channels": MELS,
        "hop_length": HOP,
        "flow_layers": (2,),
        "layers_per_cycle": 2,
        "residual_channels": 4,
        "upsample_channels": 4,
    }
    student = ParallelWaveNet(**(arguments | changes))
    student.preprocessor = cache.mel
    return student


@pytest.fixture
def make_teacher(cache):
    """Makes a compiled teacher, the same each time."""

    def make(ema=0.9, accumulate=1, **changes):
        keras.utils.set_random_seed(1)
        teacher = _teacher(cache, **changes)
        nll = losses.MixtureLogisticNLL()
        optimizer = training.optimizer(ema=ema, accumulate=accumulate)
        teacher.compile(optimizer, nll, run_eagerly=EAGER)
        return teacher

    return make


@pytest.fixture
def make_distiller(cache):
    """Makes a compiled distiller, the same each time."""

    def make(stft=0.0, **changes):
        keras.utils.set_random_seed(2)
        distiller = Distiller(
            _teacher(cache),
            _student(cache, **changes),
            [losses.DistillationKL(inner_samples=2), "stft"],
            [1.0, stft],
            seed=3,
        )
        distiller.compile(training.optimizer(ema=0.9), run_eagerly=EAGER)
        return distiller

    return make


@pytest.fixture
def make(make_teacher, make_distiller):
    return {"teacher": make_teacher, "distiller": make_distiller}


SHORT = {"steps_per_epoch": 1, "batch_size": 2, "frames": 10, "verbose": 0}


@pytest.fixture
def train(cache):
    """Calls `fit` with short epochs and a checkpoint at the end of each."""

    def train(model, run, **arguments):
        arguments = SHORT | {"checkpoint_minutes": 0.0} | arguments
        return training.fit(model, cache, run, **arguments)

    return train


def _content(path):
    """Every array in a checkpoint by its name."""
    arrays = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, node: (
                arrays.update({name: node[()]})
                if isinstance(node, h5py.Dataset)
                else None
            )
        )
    return arrays


@pytest.fixture
def content():
    return _content


@pytest.fixture
def assert_same_files():
    """Compares all arrays of two checkpoints, bit for bit."""

    def compare(first, second):
        one, other = _content(first), _content(second)
        assert one.keys() == other.keys()
        for name, value in one.items():
            np.testing.assert_array_equal(value, other[name], err_msg=name)

    return compare
