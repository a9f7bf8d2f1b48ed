"""Padded batches: each clip as it is alone, silence after its end."""

import functools

import keras
import numpy as np
import pytest

from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.models import ParallelWaveNet, PitchPredictor, WaveNet
from keras_pwavenet.models import parallel_wavenet as module

HOP, FRAMES = 32, 8
LENGTH = np.array([8, 5, 1])
MEL = LogMelSpectrogram(8000, 256, HOP, 160, n_mels=20)


def plain():
    return {"conditioning_channels": 20, "hop_length": HOP}


def follows():
    hears = PitchPredictor(20, channels=4)
    return {"preprocessor": MEL, "num_speakers": 2, "pitch_predictor": hears}


def randomized(model):
    random = np.random.default_rng(0)
    for weight in model.variables:
        if "float" in weight.dtype:
            weight.assign(weight + 0.2 * random.normal(size=weight.shape))
    return model


@functools.cache
def student(options):
    shape = {"flow_layers": (2, 2), "layers_per_cycle": 2, "block_size": 4}
    shape |= {"residual_channels": 6, "upsample_channels": 4}
    return randomized(ParallelWaveNet(**shape, upsample_factors=(2, 2), **options()))


@functools.cache
def teacher(options):
    shape = {"num_layers": 4, "num_cycles": 2, "residual_channels": 6}
    shape |= {"skip_channels": 6, "mixtures": 3, "upsample_channels": 4}
    return randomized(WaveNet(**shape, upsample_factors=(2, 2), **options()))


def padded(filler):
    """Conditioning of three clips, of 8, 5 and 1 frames, and padding."""
    audio = 0.1 * np.random.default_rng(1).normal(size=(3, FRAMES * HOP))
    conditioning = MEL(audio.astype("float32"))
    for clip, length in zip(conditioning, LENGTH, strict=True):
        clip[length:] = filler
    return conditioning


PITCH = np.array([[0, 200, 210, 220, 0, 0, 150, 160]] * 3, "float32")


@pytest.mark.parametrize("filler", [0.0, np.nan, 1e9])
@pytest.mark.parametrize(
    ("options", "pitch"), [(plain, None), (follows, None), (follows, PITCH)]
)
def test_a_students_clip_is_the_one_alone(options, pitch, filler, monkeypatch):
    noise = np.random.default_rng(2).logistic(size=(3, FRAMES * HOP)).astype("float32")
    clip = slice(None)

    def given(shape, seed):
        return keras.ops.convert_to_tensor(noise[clip, : shape[1]])

    monkeypatch.setattr(module, "sample_logistic", given)
    model, conditioning = student(options), padded(filler)
    said = {"temperature": 0.3}
    speaker = {"speaker": np.array([0, 1, 1])} if model.num_speakers else {}
    if pitch is not None:
        said |= {"pitch": pitch, "pitch_scale": 1.2}
    batch = model.generate(conditioning, length=LENGTH, **said, **speaker)
    batch = keras.ops.convert_to_numpy(batch)
    for number, length in enumerate(LENGTH):
        clip = slice(number, number + 1)
        own = {name: value[clip] for name, value in speaker.items()}
        if pitch is not None:
            own["pitch"] = pitch[clip, :length]
        alone = model.generate(conditioning[clip, :length], **{**said, **own})
        alone = keras.ops.convert_to_numpy(alone)[0]
        assert np.abs(alone).max() > 1e-3
        np.testing.assert_allclose(batch[number, : length * HOP], alone, atol=2e-6)
        np.testing.assert_array_equal(batch[number, length * HOP :], 0)


@pytest.mark.parametrize("filler", [0.0, np.nan])
@pytest.mark.parametrize("options", [plain, follows])
def test_a_teachers_clip_is_the_one_alone(options, filler):
    """The draws of a batch that is cut are the first ones of the whole batch."""
    model, conditioning = teacher(options), padded(filler)
    speaker = {"speaker": np.array([0, 1, 1])} if model.num_speakers else {}
    batch = model.generate(conditioning, seed=3, length=LENGTH, **speaker)
    for number, length in enumerate(LENGTH):
        cut = padded(0.0)[:, :length]
        cut[:] = cut[number]
        own = {name: np.full(3, value[number]) for name, value in speaker.items()}
        alone = model.generate(cut, seed=3, **own)[number]
        np.testing.assert_allclose(batch[number, : length * HOP], alone, atol=1e-5)
        np.testing.assert_array_equal(batch[number, length * HOP :], 0)
    assert np.abs(batch).max() > 1e-3


@pytest.mark.parametrize(
    "length",
    [5, [5], [5, 5], [0, 5, 5], [9, 5, 5], [5.0, 5.0, 5.0], [[5, 5, 5]], ["a"]],
)
@pytest.mark.parametrize("make", [teacher, student])
def test_lengths_of_other_clips_are_refused(make, length):
    with pytest.raises(ValueError, match=r"from 1 to the frames.* Received: length="):
        make(plain).generate(np.zeros((3, 8, 20), "float32"), length=length)
