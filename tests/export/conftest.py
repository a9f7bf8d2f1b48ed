"""A student with a filter and a source, for every kind of export."""

import numpy as np
import pytest

from keras_pwavenet.models import ParallelWaveNet
from keras_pwavenet.models.pitch_predictor import PitchPredictor


def speech_like(random, *shape):
    """Conditioning at the level of speech."""
    return (0.3 * random.normal(size=shape) - 0.6).astype("float32")


@pytest.fixture(scope="session")
def like_speech():
    """Makes conditioning at the level of speech."""
    return speech_like


@pytest.fixture(scope="session")
def make_following():
    """Makes a small student with random weights, for which half of frames is voiced."""

    def make(mel, scale=0.3, pitches=(60.0, 400.0), **options):
        hears = PitchPredictor(
            *(mel.n_mels, 6, 3),
            bins=9,
            **dict(zip(("lowest", "highest"), pitches, strict=True)),
        )
        student = ParallelWaveNet(
            flow_layers=(2, 2),
            layers_per_cycle=2,
            residual_channels=4,
            upsample_channels=4,
            preprocessor=mel,
            pitch_predictor=hears,
            **options,
        )
        random = np.random.default_rng(7)
        for weight in student.weights:
            weight.assign(scale * random.normal(size=weight.shape))
        logits = hears(speech_like(random, 1, 200, mel.n_mels))
        bias = np.array(hears.logits.bias)
        bias[-1] -= np.median(logits[..., -1])
        hears.logits.bias.assign(bias)
        return student

    return make
