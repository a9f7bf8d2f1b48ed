"""Small models whose weights are all random, and inputs for them."""

import types

import h5py
import numpy as np
import pytest

from keras_pwavenet.models import ParallelWaveNet, PhonemeClassifier, WaveNet

HOP = 8
SHARED = {
    "conditioning_channels": 5,
    "hop_length": HOP,
    "residual_channels": 4,
    "kernel_size": 2,
    "upsample_channels": 4,
    "upsample_factors": (2,),
}
TEACHER = {"num_layers": 2, "num_cycles": 1, "skip_channels": 3, "mixtures": 2}
STUDENT = {"flow_layers": (2, 2), "layers_per_cycle": 2, "block_size": 2}
CLASSIFIER = {
    "classes": 3,
    "hop_length": HOP,
    "block_size": 4,
    "num_layers": 2,
    "num_cycles": 1,
    "residual_channels": 3,
    "kernel_size": 2,
}


def randomize(model, scale=0.3):
    rng = np.random.default_rng(7)
    model.set_weights([scale * rng.normal(size=w.shape) for w in model.get_weights()])
    return model


def teacher(scale=0.3, **options):
    return randomize(WaveNet(**{**SHARED, **TEACHER, **options}), scale)


def student(scale=0.3, **options):
    return randomize(ParallelWaveNet(**{**SHARED, **STUDENT, **options}), scale)


def classifier(scale=0.7, **options):
    return randomize(PhonemeClassifier(**{**CLASSIFIER, **options}), scale)


def inputs(name, batch=2, frames=4, speakers=0):
    """Inputs of a model whose waveform input is called `name`."""
    rng = np.random.default_rng(3)
    found = {
        name: 0.3 * rng.normal(size=(batch, frames * HOP)),
        "conditioning": rng.normal(size=(batch, frames, 5)),
    }
    found = {key: value.astype("float32") for key, value in found.items()}
    if speakers:
        found["speaker"] = (np.arange(batch) % speakers).astype("int32")
    return found


def weight_paths(model, directory):
    """Paths of the arrays in a weights file, sorted."""
    path = str(directory / "model.weights.h5")
    model.save_weights(path)
    found = []

    def visit(name, item):
        if isinstance(item, h5py.Dataset) and not name.startswith("seed_generator"):
            found.append(name)

    with h5py.File(path) as file:
        file.visititems(visit)
    return sorted(found)


def pair(layer):
    """Paths of a layer's kernel and bias."""
    return [f"{layer}/vars/0", f"{layer}/vars/1"]


def block_paths(block):
    """Paths of a gated block with a speaker."""
    return [
        *pair(f"{block}/conv"),
        f"{block}/global_projection/vars/0",
        f"{block}/local_projection/vars/0",
        *pair(f"{block}/output_projection"),
    ]


@pytest.fixture
def small(run):
    """Makers of small models and inputs."""
    return types.SimpleNamespace(
        hop=HOP,
        teacher=teacher,
        student=student,
        classifier=classifier,
        inputs=inputs,
        weight_paths=weight_paths,
        pair=pair,
        block_paths=block_paths,
        run=run,
    )
