"""One voice to several and back, without a change to what it says."""

import numpy as np
import pytest

from keras_pwavenet.models import add_speakers, one_speaker


@pytest.fixture(params=["teacher", "student"])
def make(request, small):
    return getattr(small, request.param)


def call(small, model, inputs):
    outputs = small.run(model, inputs)
    return outputs["audio"] if isinstance(outputs, dict) else outputs


def inputs(small, model, speakers=0):
    return small.inputs(
        "noise" if hasattr(model, "flows") else "audio", batch=3, speakers=speakers
    )


def test_new_speakers_have_the_voice_of_the_model(small, make):
    model = make()
    model.preprocessor = object()
    several = add_speakers(model, 3)
    assert several.num_speakers == 3
    assert several.preprocessor is model.preprocessor
    found = call(small, several, inputs(small, several, speakers=3))
    expected = call(small, model, inputs(small, model))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_one_speaker_of_several(small, make):
    model = make(num_speakers=3)
    together = call(small, model, inputs(small, model, speakers=3))
    assert np.abs(together[1] - together[0]).max() > 1e-2
    for number in range(3):
        alone = one_speaker(model, number)
        assert alone.num_speakers == 0
        found = call(small, alone, inputs(small, alone))
        np.testing.assert_allclose(found[number], together[number], atol=1e-5)


def test_refuses(small, make):
    with pytest.raises(ValueError, match=r"model\.num_speakers=2"):
        add_speakers(make(num_speakers=2), 3)
    with pytest.raises(ValueError, match=r"num_speakers=0$"):
        add_speakers(make(), 0)
    for speakers, speaker in ((2, 2), (2, 0.5), (2, "1"), (0, 0)):
        model = make(num_speakers=speakers)
        with pytest.raises(ValueError, match=f"speaker={speaker}$"):
            one_speaker(model, speaker)
