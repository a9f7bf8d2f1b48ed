"""One voice to several and back, without a change to what it says."""

import functools

import keras
import numpy as np
import pytest

from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.models import add_speakers, one_speaker
from keras_pwavenet.models.pitch_predictor import PitchPredictor

MEL = LogMelSpectrogram(8000, 64, hop_length=8, win_length=40, n_mels=5, fmax=4000.0)


def following(small, make, **options):
    """One with a filter and a pitch, which is voiced in half of the frames."""
    hears = PitchPredictor(5, 6, 3, bins=9, lowest=200.0, highest=1500.0)
    model = make(preprocessor=MEL, predictor_order=5, pitch_predictor=hears, **options)
    logits = small.run(hears, small.inputs("noise")["conditioning"])
    threshold = np.zeros(10, "float32")
    threshold[-1] = np.median(logits[..., -1])
    hears.logits.bias.assign(hears.logits.bias - keras.ops.convert_to_tensor(threshold))
    return model


@pytest.fixture(params=["teacher", "student"])
def make(request, small):
    return getattr(small, request.param)


@pytest.fixture(params=["", "following"])
def make_any(request, small, make):
    """One with a filter and a pitch, too."""
    return functools.partial(following, small, make) if request.param else make


def call(small, model, inputs):
    outputs = small.run(model, inputs)
    return outputs["audio"] if isinstance(outputs, dict) else outputs


def inputs(small, model, speakers=0):
    return small.inputs(
        "noise" if hasattr(model, "flows") else "audio", batch=3, speakers=speakers
    )


def check_pitch(small, copy, model):
    """The copy's own pitch predictor hears what the model's does."""
    if model.pitch_predictor is None:
        return
    assert copy.pitch_predictor is not model.pitch_predictor
    conditioning = inputs(small, model)["conditioning"]
    pitch = small.run(model.pitch_predictor.pitch, conditioning)
    assert 0 < np.mean(pitch > 0) < 1
    np.testing.assert_allclose(
        small.run(copy.pitch_predictor.pitch, conditioning), pitch, rtol=1e-6
    )


def test_new_speakers_have_the_voice_of_the_model(small, make_any):
    model = make_any()
    model.preprocessor = MEL
    several = add_speakers(model, 3)
    assert several.num_speakers == 3
    assert several.preprocessor is model.preprocessor
    check_pitch(small, several, model)
    found = call(small, several, inputs(small, several, speakers=3))
    expected = call(small, model, inputs(small, model))
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_one_speaker_of_several(small, make_any):
    model = make_any(num_speakers=3)
    together = call(small, model, inputs(small, model, speakers=3))
    assert np.abs(together[1] - together[0]).max() > 1e-2
    for number in range(3):
        alone = one_speaker(model, number)
        assert alone.num_speakers == 0
        check_pitch(small, alone, model)
        found = call(small, alone, inputs(small, alone))
        np.testing.assert_allclose(
            found[number], together[number], rtol=1e-5, atol=1e-5
        )


def test_refuses(small, make):
    with pytest.raises(ValueError, match=r"model\.num_speakers=2"):
        add_speakers(make(num_speakers=2), 3)
    with pytest.raises(ValueError, match=r"num_speakers=0$"):
        add_speakers(make(), 0)
    for speakers, speaker in ((2, 2), (2, 0.5), (2, "1"), (0, 0)):
        model = make(num_speakers=speakers)
        with pytest.raises(ValueError, match=f"speaker={speaker}$"):
            one_speaker(model, speaker)
