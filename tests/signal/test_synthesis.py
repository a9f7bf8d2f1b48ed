import keras
import numpy as np
import pytest
import scipy.signal

from keras_pwavenet import signal

RANDOM = np.random.default_rng(0)


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def stable_taps(filters, order=6, radius=0.9):
    """Predictors with poles within a radius."""
    taps = []
    for _ in range(filters):
        angles = RANDOM.uniform(0.1, 3.0, order // 2)
        poles = RANDOM.uniform(0.3, radius, order // 2) * np.exp(1j * angles)
        taps.append(-np.poly([*poles, *poles.conj()]).real[1:])
    return np.array(taps, "float32")


@pytest.mark.parametrize(("length", "transform"), [(200, 400), (201, 401), (40, 400)])
def test_the_impulse_response_is_scipys(length, transform):
    taps = stable_taps(8)
    found = array(signal.impulse_response(taps, length, transform))
    impulse = np.eye(1, length)[0]
    for row, response in zip(taps.astype("float64"), found, strict=True):
        expected = scipy.signal.lfilter([1.0], [1.0, *-row], impulse)
        np.testing.assert_allclose(response, expected, atol=3e-5)
    np.testing.assert_array_equal(found[:, 0], 1.0)


def test_a_response_that_rings_beyond_the_transform_is_folded():
    taps = np.array([[0.99]], "float32")
    found = array(signal.impulse_response(taps, 100, 100))[0]
    expected = 0.99 ** np.arange(100) / (1 - 0.99**100)
    np.testing.assert_allclose(found[1:], expected[1:], rtol=1e-4)


@pytest.mark.parametrize(("hop", "length"), [(16, 16), (16, 48), (15, 45), (20, 100)])
def test_frames_are_convolved_with_their_own_responses(hop, length):
    frames = 6
    excitation = RANDOM.normal(size=(2, frames * hop)).astype("float32")
    response = RANDOM.normal(size=(2, frames, length)).astype("float32")
    found = array(signal.synthesize(excitation, response, hop))
    expected = np.zeros((2, frames * hop + length))
    for clip in range(2):
        for frame in range(frames):
            piece = excitation[clip, frame * hop : (frame + 1) * hop].astype("float64")
            rung = np.convolve(piece, response[clip, frame])
            expected[clip, frame * hop :][: len(rung)] += rung
    np.testing.assert_allclose(found, expected[:, : frames * hop], atol=5e-5)


def test_with_one_filter_throughout_it_is_an_all_pole_filter():
    taps = stable_taps(1, radius=0.8)
    excitation = RANDOM.normal(size=(1, 800)).astype("float32")
    response = array(signal.impulse_response(taps, 160, 200))
    response = np.repeat(response[:, None], 20, axis=1)
    found = array(signal.synthesize(excitation, response, 40))
    expected = scipy.signal.lfilter([1.0], [1.0, *-taps[0]], excitation)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_synthesis_undoes_prediction():
    """What a predictor leaves over gives the audio back, frame by frame."""
    taps = np.repeat(stable_taps(1, radius=0.8)[:, None], 10, axis=1)
    audio = 0.1 * RANDOM.normal(size=(1, 400)).astype("float32")
    residual = audio - array(signal.linear_prediction(audio, taps))
    response = array(signal.impulse_response(taps, 160, 200))
    found = array(signal.synthesize(residual, response, 40))
    np.testing.assert_allclose(found, audio, atol=1e-5)


def test_what_comes_later_is_not_heard_before():
    excitation = np.zeros((1, 64), "float32")
    excitation[0, 37] = 1.0
    response = RANDOM.normal(size=(1, 4, 32)).astype("float32")
    found = array(signal.synthesize(excitation, response, 16))[0]
    np.testing.assert_allclose(found[:37], 0.0, atol=1e-6)
    np.testing.assert_allclose(found[37:], response[0, 2, :27], atol=1e-5)
