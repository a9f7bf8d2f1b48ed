"""What is said in each frame: phones, places and pitch, written out by hand."""

import numpy as np
import pytest

from keras_pwavenet.text import LinguisticFeatures, symbols

SYMBOLS = (" ", ".", "a", "ˈa", "b", "ˌo", "o")
SILENCE, AH, B, OH = np.eye(4)  # the phones without stress, in order of the symbols


@pytest.fixture(scope="module")
def features():
    return LinguisticFeatures(SYMBOLS, 8000, 80)


@pytest.fixture(scope="module")
def said(features):
    """Silence, "ab ob", and a full stop; the gap between the words has no frame."""
    pitch = [0, 0, 100, 0, 400, 200, 0, 0]
    return features([" ", "ˈa", "b", " ", "ˌo", "b", "."], [1, 2, 1, 0, 2, 1, 1], pitch)


def test_each_frame_has_its_phone_between_its_neighbours(said):
    spoken = np.array([SILENCE, AH, AH, B, OH, OH, B, SILENCE])
    np.testing.assert_array_equal(said[:, 4:8], spoken)
    before = [SILENCE, SILENCE, SILENCE, AH, B, B, OH, B]
    after = [AH, B, B, OH, B, B, SILENCE, SILENCE]
    np.testing.assert_array_equal(said[:, :4], before)
    np.testing.assert_array_equal(said[:, 8:12], after)


def test_stress_is_the_vowel_s_own(said):
    np.testing.assert_array_equal(said[:, 12], [0, 1, 1, 0, 0, 0, 0, 0])
    np.testing.assert_array_equal(said[:, 13], [0, 0, 0, 0, 1, 1, 0, 0])


def test_places_in_phone_word_and_sentence(said):
    halves = [0.5, 0.25, 0.75, 0.5, 0.25, 0.75, 0.5, 0.5]
    np.testing.assert_allclose(said[:, 14], halves)
    np.testing.assert_allclose(said[1:3, 15:17], [[0.05, 0.15], [0.15, 0.05]])
    sixths = np.array([0, 1, 3, 5, 1, 3, 5, 0]) / 6
    np.testing.assert_allclose(said[:, 17], sixths, rtol=1e-6)
    twelfths = np.array([0, 1, 3, 5, 7, 9, 11, 0]) / 12
    np.testing.assert_allclose(said[:, 18], twelfths, rtol=1e-6)


def test_pitch_goes_on_where_it_is_not_heard(said):
    octaves = [-1, -1, -1, 0, 1, 0, 0, 0]  # between 100 and 400 Hz lie 200
    np.testing.assert_allclose(said[:, 19], np.log(2) * np.array(octaves), atol=1e-6)
    np.testing.assert_array_equal(said[:, 20], [0, 0, 1, 0, 1, 1, 0, 0])


def test_shape_and_silence(features, said):
    assert said.dtype == np.float32 and said.shape == (8, features.channels) == (8, 21)
    silence = features.silence
    np.testing.assert_array_equal(silence[:12], np.tile(SILENCE, 3))
    assert not silence[17:].any() and silence.dtype == np.float32
    assert LinguisticFeatures(symbols()).channels == 132


def test_neighbouring_silences_are_one(features):
    found = features(["a", ".", " ", "b"], [1, 2, 2, 1], np.zeros(6))
    np.testing.assert_allclose(found[1:5, 14], [0.125, 0.375, 0.625, 0.875])
    np.testing.assert_array_equal(found[0, 8:12], SILENCE)
    np.testing.assert_array_equal(found[:, 17], [0.5, 0, 0, 0, 0, 0.5])


def test_all_silence_is_said_too(features):
    found = features([" ", "."], [3, 1], np.zeros(4))
    assert found.shape == (4, 21) and not found[:, 17:].any()


@pytest.mark.parametrize(
    ("arguments", "received"),
    [
        ((["a"], [1, 2], np.zeros(3)), "1 symbols"),
        ((["a"], [2], np.zeros(3)), r"pitch.shape=\(3,\)"),
        ((["a"], [0], np.zeros(0)), "with 0 frames"),
        ((["x"], [1], np.zeros(1)), "'x'"),
    ],
)
def test_what_does_not_fit_is_refused(features, arguments, received):
    with pytest.raises(ValueError, match=f"Received: .*{received}"):
        features(*arguments)


@pytest.mark.parametrize(
    "settings", [((),), (("a", "a"),), (("a",), 0), (("a",), 8000, 0)]
)
def test_settings_that_make_no_features_are_refused(settings):
    with pytest.raises(ValueError, match="Received: "):
        LinguisticFeatures(*settings)


def test_configuration_makes_the_same(features):
    same = LinguisticFeatures.from_config(features.get_config())
    assert same.get_config() == features.get_config()
    assert "7 symbols" in repr(same)
