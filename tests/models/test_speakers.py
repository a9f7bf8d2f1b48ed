"""One voice to several and back, without a change to what it says."""

import functools

import numpy as np
import pytest

from keras_pwavenet.models import add_speakers, one_speaker


@pytest.fixture(params=["teacher", "student"])
def make(request, small):
    return getattr(small, request.param)


@pytest.fixture(params=["", "following"])
def make_any(request, small, make):
    """One with a filter and a pitch, too."""
    return functools.partial(small.following, make) if request.param else make


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
    model.preprocessor = small.mel
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
