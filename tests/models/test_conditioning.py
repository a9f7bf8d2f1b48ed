"""What models refuse to speak from."""

import functools

import keras
import numpy as np
import pytest

from keras_pwavenet.models.conditioning import as_conditioning, as_speaker


@functools.cache
def made(make, **options):
    """A model that no test changes."""
    return make(**options)


@pytest.fixture(params=["teacher", "student"])
def make(request, small):
    return functools.partial(made, getattr(small, request.param))


@pytest.fixture
def spoken(small):
    """Conditioning of two clips of one frame."""
    return small.inputs("noise", frames=1)["conditioning"]


@pytest.mark.parametrize(
    "speaker",
    [None, 0, [0], [0, 2], [-1, 0], [0.0, 1.0], [[0, 1]], [True, False], ["a", "b"]],
)
def test_generate_refuses_speakers_that_are_not_the_models(make, spoken, speaker):
    model = make(num_speakers=2)
    with pytest.raises(
        ValueError, match=r"shape \(2,\) with integers from 0 to 1\. Received: speaker="
    ):
        model.generate(spoken, speaker=speaker)


def test_generate_of_one_voice_refuses_a_speaker(make, spoken):
    with pytest.raises(ValueError, match=r"one speaker\. Received: speaker=\[0, 0\]"):
        make().generate(spoken, speaker=[0, 0])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_generate_refuses_numbers_that_are_not_finite(make, spoken, value):
    spoken[1, 0, 3] = value
    with pytest.raises(ValueError, match=r"Received: conditioning.* \[1\] of 2"):
        make().generate(spoken)


@pytest.mark.parametrize(
    ("frames", "batch"), [(3, 2), (8, 2), (2, 2), (0, 2), (4, 1), (4, 0)]
)
def test_call_refuses_conditioning_of_another_length(make, small, frames, batch):
    """Half or twice as many frames would otherwise be held twice or half as long."""
    model = make()
    name = "noise" if hasattr(model, "flows") else "audio"
    waveform = small.inputs(name, frames=4)[name]
    conditioning = np.zeros((batch, frames, 5), "float32")
    with pytest.raises(ValueError, match=rf"frames \* 8.*{name}\.shape=\(2, 32\)"):
        model({name: waveform, "conditioning": conditioning})


def test_kept_and_converted():
    conditioning = np.arange(20.0).reshape(2, 2, 5)
    found = as_conditioning(conditioning, 5)
    assert keras.backend.standardize_dtype(found.dtype) == "float32"
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(found), conditioning)
    found = as_speaker(np.array([1, 0], "uint8"), 2, 2)
    assert keras.backend.standardize_dtype(found.dtype) == "int32"
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(found), [1, 0])
    assert as_speaker(None, 0, 2) is None


def traced(function, *inputs):
    """Calls a function while its inputs have no values yet, where there is that."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return tf.function(function)(*map(tf.constant, inputs))
    if keras.backend.backend() == "jax":
        import jax

        return jax.jit(function)(*inputs)
    return function(*map(keras.ops.convert_to_tensor, inputs))


def test_values_are_not_looked_at_while_traced():
    speaker = np.array([0, 1], "int32")
    conditioning = np.ones((2, 2, 5), "float32")
    found = traced(lambda c: as_conditioning(c, 5), conditioning)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(found), conditioning)
    found = traced(lambda s: as_speaker(s, 2, 2), speaker)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(found), speaker)
    with pytest.raises(ValueError, match=r"shape \(3,\)"):
        traced(lambda s: as_speaker(s, 2, 3), speaker)


@pytest.mark.parametrize("value", [3e38, -1e5])
def test_generate_refuses_numbers_that_would_overflow(make, spoken, value):
    model = make()
    with pytest.raises(ValueError, match="`conditioning` from -10000 to 10000"):
        model.generate(np.where(spoken > spoken.min(), value, spoken))


@pytest.mark.parametrize("temperature", [-1.0, 1e30, np.inf, np.nan, "1", None, [1.0]])
def test_generate_refuses_other_temperatures(small, spoken, temperature):
    with pytest.raises(
        ValueError, match=r"`temperature` from 0 to 10\. Received: temp"
    ):
        made(small.student).generate(spoken, temperature=temperature)
