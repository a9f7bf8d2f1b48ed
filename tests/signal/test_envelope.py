import keras
import numpy as np
import pytest
import scipy.linalg
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hypothesis_numpy

from keras_pwavenet import signal
from keras_pwavenet.audio.mel import LogMelSpectrogram
from keras_pwavenet.audio.mel_scale import mel_filters

RATE, ORDER, FLOOR = 16000, 24, 1e-5
FILTERS = mel_filters(RATE, 1024, 80, 0.0, 8000.0)
MEL = LogMelSpectrogram(RATE, hop_length=160, win_length=800)


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def log_mel(audio):
    """Natural logarithms, as the functions here take them."""
    return MEL(audio) / MEL.scale - MEL.offset


def correlation(mel, order=ORDER):
    """Mean square of the frames' transforms, and their autocorrelation."""
    spectrum, loudest = signal.mel_to_spectrum(mel, FILTERS, FLOOR)
    without = np.zeros((*mel.shape[:-1], 1), "float32")
    power = np.exp(2 * array(loudest)) * array(
        signal.prediction_error(spectrum, without)
    )
    return power, array(signal.autocorrelation(spectrum, order, RATE))


def vowel(seconds=0.5, pitch=120.0):
    """A pulse train through three resonances, with a little noise."""
    pulses = np.zeros(int(seconds * RATE))
    pulses[:: int(RATE / pitch)] = 1.0
    pulses += 1e-3 * np.random.default_rng(0).normal(size=len(pulses))
    poles = [0.97 * np.exp(2j * np.pi * f / RATE) for f in (600, 1700, 2800)]
    audio = scipy.signal.lfilter([1.0], np.poly([*poles, *np.conj(poles)]).real, pulses)
    return (0.3 * audio / np.abs(audio).max()).astype("float32")


def mels():
    """Silence, the floor, speech, a tone, and what no recording has."""
    time = np.arange(RATE) / RATE
    return {
        "silence": log_mel(np.zeros(1600, "float32"))[3:5],
        "vowel": log_mel(vowel())[20:30],
        "tone": log_mel(np.sin(2 * np.pi * 440 * time).astype("float32"))[20:30],
        "huge": np.full((1, 80), 3e38, "float32"),
        "tiny": np.full((1, 80), -3e38, "float32"),
        "one band": np.where(np.arange(80) == 30, 5.0, -11.5)[None].astype("float32"),
        "noise": np.random.default_rng(1).normal(-5, 4, (10, 80)).astype("float32"),
    }


@pytest.mark.parametrize("name", list(mels()))
def test_autocorrelation_is_that_of_the_mels_spectrum_in_float64(name):
    mel = np.clip(mels()[name].astype("float64"), np.log(FLOOR), np.log(FLOOR * 1e9))
    loudest = np.exp(mel.max(axis=-1, keepdims=True))
    magnitude = np.maximum(np.exp(mel) @ np.linalg.pinv(FILTERS), 1e-6 * loudest)
    expected = np.fft.irfft(magnitude**2)[:, : ORDER + 1]
    power, values = correlation(mels()[name])
    np.testing.assert_allclose(power, expected[:, 0], rtol=1e-4)
    lags = 2 * np.pi * 40.0 / RATE * np.arange(ORDER + 1)
    expected = expected / expected[:, :1] * np.exp(-0.5 * lags**2)
    expected[:, 1:] /= 1 + 1e-5
    np.testing.assert_allclose(values, expected, atol=2e-6)


@pytest.mark.parametrize("order", [1, 2, 16, 24, 32])
def test_taps_solve_the_normal_equations(order):
    _, values = correlation(mels()["vowel"], order)
    taps, error = map(array, signal.schur_recursion(values))
    for row, found, left in zip(values.astype("float64"), taps, error, strict=True):
        expected = scipy.linalg.solve_toeplitz(row[:-1], row[1:])
        # What the taps leave over is as little as it can be, to a thousandth.
        matrix = scipy.linalg.toeplitz(row)
        spent = np.concatenate([[1.0], -found.astype("float64")])
        least = np.concatenate([[1.0], -expected])
        best = least @ matrix @ least
        assert best <= spent @ matrix @ spent <= 1.001 * best
        assert left == pytest.approx(best, rel=1e-2)


@pytest.mark.parametrize("order", [24, 32])
def test_taps_are_as_good_as_float64s_where_the_equations_are_nearly_singular(order):
    lines = np.where(np.eye(80) == 1, 5.0, -11.5).astype("float32")
    _, values = correlation(lines, order)
    taps, error = map(array, signal.schur_recursion(values))
    for row, found, left in zip(values.astype("float64"), taps, error, strict=True):
        expected = scipy.linalg.solve_toeplitz(row[:-1], row[1:])
        matrix = scipy.linalg.toeplitz(row)
        spent = np.concatenate([[1.0], -found.astype("float64")])
        best = row[0] - expected @ row[1:]
        assert 0.999999 * best <= spent @ matrix @ spent <= 1.05 * best
        assert left == pytest.approx(best, rel=0.05)


def test_taps_equal_scipys_where_the_equations_are_well_conditioned():
    random = np.random.default_rng(0)
    poles = 0.7 * np.exp(1j * random.uniform(0, np.pi, (20, 3)))
    values = []
    for row in poles:
        response = scipy.signal.lfilter(
            [1.0], np.poly([*row, *row.conj()]).real, np.eye(1, 400)[0]
        )
        full = np.correlate(response, response, "full")[399:]
        values.append(full[:7] / full[0])
    values = np.array(values, "float32")
    taps = array(signal.schur_recursion(values)[0])
    for row, found, own in zip(values, taps, poles, strict=True):
        expected = scipy.linalg.solve_toeplitz(row[:-1], row[1:])
        np.testing.assert_allclose(found, expected, atol=4e-4)
        filter_ = np.poly([*own, *own.conj()]).real
        np.testing.assert_allclose(found, -filter_[1:], atol=2e-3)


def test_the_gain_is_the_standard_deviation_of_what_is_left_over():
    """White noise through known resonances: prediction leaves the noise."""
    random = np.random.default_rng(0)
    poles = 0.9 * np.exp(2j * np.pi * np.array([700.0, 2200.0]) / RATE)
    noise = 0.01 * random.normal(size=RATE)
    audio = scipy.signal.lfilter([1.0], np.poly([*poles, *poles.conj()]).real, noise)
    mel = log_mel(audio.astype("float32"))
    spectrum, loudest = signal.mel_to_spectrum(mel, FILTERS, FLOOR)
    taps, _ = signal.schur_recursion(signal.autocorrelation(spectrum, ORDER, RATE))
    error = array(signal.prediction_error(spectrum, taps))
    gain = np.exp(array(loudest)) * np.sqrt(error / (0.375 * MEL.win_length))
    assert np.exp(np.log(gain[3:-3]).mean()) == pytest.approx(0.01, rel=0.15)


@pytest.mark.parametrize("name", list(mels()))
def test_the_error_is_the_mean_of_the_whitened_spectrum(name):
    spectrum, _ = signal.mel_to_spectrum(mels()[name], FILTERS, FLOOR)
    taps, _ = signal.schur_recursion(signal.autocorrelation(spectrum, ORDER, RATE))
    found = array(signal.prediction_error(spectrum, taps))
    polynomial = -array(taps).astype("float64")
    polynomial = np.concatenate([np.ones((len(polynomial), 1)), polynomial], axis=1)
    whitened = array(spectrum) * np.abs(np.fft.rfft(polynomial, 1024)) ** 2
    expected = np.fft.irfft(whitened)[:, 0]
    np.testing.assert_allclose(found, expected, rtol=1e-3)


@pytest.mark.parametrize("name", list(mels()))
def test_all_poles_lie_within_the_decay(name):
    _, values = correlation(mels()[name], 32)
    taps, error = signal.schur_recursion(values)
    assert (array(error) > 0).all()
    assert (array(error) <= 1).all()
    decay = signal.bandwidth_decay(50.0, RATE)
    for row in array(signal.expand_bandwidth(taps, decay)).astype("float64"):
        assert np.abs(np.roots([1.0, *-row])).max() <= decay


@settings(deadline=None, max_examples=30)
@given(
    hypothesis_numpy.arrays(
        "float32", (2, 80), elements=st.floats(-(2.0**127), 2.0**127, width=32)
    )
)
def test_any_finite_mel_gives_a_stable_filter(mel):
    power, values = correlation(mel)
    taps, error = map(array, signal.schur_recursion(values))
    assert np.isfinite(power).all()
    assert (error > 0).all()
    for row in taps.astype("float64"):
        assert np.abs(np.roots([1.0, *-row])).max() < 1.0


def test_singular_sequences_leave_something_over():
    """Reflections are bounded where nothing else makes a sequence definite."""
    values = np.cos(0.3 * np.arange(13))[None].astype("float32")
    taps, error = map(array, signal.schur_recursion(values))
    assert np.isfinite(taps).all()
    assert (error > 0).all()


def test_expanded_taps_have_a_response_that_fades_faster():
    taps = np.array([[1.2, -0.7, 0.1]], "float32")
    impulse = np.eye(1, 50)[0]
    before = scipy.signal.lfilter([1.0], [1.0, *-taps[0]], impulse)
    expanded = array(signal.expand_bandwidth(taps, 0.9))[0]
    after = scipy.signal.lfilter([1.0], [1.0, *-expanded], impulse)
    np.testing.assert_allclose(after, before * 0.9 ** np.arange(50), atol=1e-6)
