"""Layers without weights: each does what its functions in `signal` do."""

import keras
import numpy as np
import pytest
import scipy.signal

from keras_pwavenet import signal
from keras_pwavenet.audio.mel import LogMelSpectrogram
from keras_pwavenet.audio.mel_scale import mel_filters
from keras_pwavenet.layers import (
    HarmonicSource,
    LinearPredictor,
    SpectralEnvelope,
    SynthesisFilter,
)
from keras_pwavenet.layers.spectral_envelope import LOWEST_GAIN

HOP, FRAMES, ORDER, RATE = 16, 6, 4, 4000
MEL = LogMelSpectrogram(RATE, 64, HOP, 48, n_mels=12)


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


@pytest.fixture
def frames(normal):
    """Mel, taps, log-gains and pitch of two clips."""
    mel = MEL(0.1 * normal(2, FRAMES * HOP))
    taps, log_gain = map(array, SpectralEnvelope(MEL, ORDER)(mel))
    pitch = np.array([[0, 200, 220, 240, 0, 0], [300, 310, 0, 0, 150, 160]], "float32")
    return mel, taps, log_gain, pitch


def test_envelope_undoes_the_scaling_and_widens_the_resonances(frames):
    mel, taps, log_gain, _ = frames
    filters = mel_filters(RATE, 64, 12, 0.0, RATE / 2)
    logarithms = mel / MEL.scale - MEL.offset
    spectrum, loudest = signal.mel_to_spectrum(logarithms, filters, MEL.floor)
    correlation = signal.autocorrelation(spectrum, ORDER, RATE)
    expected, _ = signal.schur_recursion(correlation)
    decay = np.exp(-np.pi * 50.0 / RATE) ** np.arange(1, ORDER + 1)
    np.testing.assert_allclose(taps, array(expected) * decay, atol=1e-6)
    error = array(signal.prediction_error(spectrum, taps)) / (0.375 * 48)
    expected = array(loudest) + 0.5 * np.log(error)
    np.testing.assert_allclose(log_gain, expected, atol=1e-5)


def test_the_gain_is_the_level_of_white_noise(normal):
    for level in (0.001, 0.1):
        mel = MEL(level * normal(400 * HOP))[None]
        _, log_gain = SpectralEnvelope(MEL, ORDER)(mel)
        assert np.exp(array(log_gain)[0].mean()) == pytest.approx(level, rel=0.2)


def test_silence_has_the_gain_of_one_level():
    mel = MEL(np.zeros(5 * HOP, "float32"))[None]
    taps, log_gain = map(array, SpectralEnvelope(MEL, ORDER)(mel))
    assert np.isfinite(taps).all()
    floor = MEL.floor * np.ones(5)
    assert (np.exp(log_gain) >= 0.999 * LOWEST_GAIN).all()
    assert (np.exp(log_gain) < 100 * floor).all()


@pytest.mark.parametrize("order", [0, 2.0, None])
def test_an_order_that_is_none_is_refused(order):
    with pytest.raises(ValueError, match=r"Received: order="):
        SpectralEnvelope(MEL, order)


def test_the_filter_scales_and_convolves(frames, normal):
    _, taps, log_gain, _ = frames
    excitation = normal(2, FRAMES * HOP)
    layer = SynthesisFilter(HOP, response_frames=3)
    audio, log_scale = map(array, layer(excitation, taps, log_gain))
    np.testing.assert_allclose(log_scale, np.repeat(log_gain, HOP, axis=1))
    expected = np.zeros((2, (FRAMES + 3) * HOP))
    for clip in range(2):
        for frame in range(FRAMES):
            place = slice(frame * HOP, (frame + 1) * HOP)
            scaled = np.zeros(4 * HOP)
            scaled[:HOP] = np.exp(log_gain[clip, frame]) * excitation[clip, place]
            denominator = [1.0, *-taps[clip, frame].astype("float64")]
            impulse = np.eye(1, 3 * HOP)[0]
            response = scipy.signal.lfilter([1.0], denominator, impulse)
            rung = np.convolve(scaled[:HOP], response)
            expected[clip, frame * HOP :][: len(rung)] += rung
    scale = np.abs(expected).max()
    np.testing.assert_allclose(audio, expected[:, : FRAMES * HOP], atol=2e-3 * scale)


def test_the_filters_slope_is_its_gain(frames, normal, jacobian):
    _, taps, log_gain, _ = frames
    layer = SynthesisFilter(HOP)
    found = jacobian(
        lambda x: layer(x[None], taps[:1], log_gain[:1])[0][0], normal(FRAMES * HOP)
    )
    np.testing.assert_allclose(
        np.diag(found), np.repeat(np.exp(log_gain[0]), HOP), rtol=1e-4
    )
    np.testing.assert_allclose(np.triu(found, 1), 0, atol=1e-6)
    assert np.abs(np.tril(found, -1)).max() > 0.01


def test_the_source_is_the_functions(frames):
    *_, pitch = frames
    phase = np.array([0.1, 0.7], "float32")
    found = array(HarmonicSource(HOP, RATE)(pitch, phase))
    expected = array(signal.harmonic_source(pitch, HOP, RATE, phase))
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("hears", [False, True])
def test_what_the_predictor_lets_a_network_see(frames, normal, hears):
    _, taps, log_gain, pitch = frames
    audio = 0.1 * normal(2, FRAMES * HOP)
    layer = LinearPredictor(HOP, RATE)
    prediction, gain, seen = map(
        array, layer(audio, taps, log_gain, pitch if hears else None)
    )
    held = np.repeat(log_gain, HOP, axis=1)
    np.testing.assert_array_equal(gain, held)
    predicted = array(signal.linear_prediction(audio, taps))
    np.testing.assert_array_equal(prediction, predicted)
    residual = np.arcsinh((audio - predicted) / np.exp(held))
    followed = array(signal.interpolate_pitch(pitch, HOP))
    assert seen.shape[-1] == (10 if hears else 3)
    for clip, t in np.ndindex(audio.shape):
        expected = [
            residual[clip, t - 1] if t else 0.0,
            0.5 * np.arcsinh(predicted[clip, t] / np.exp(held[clip, t])),
            5 * audio[clip, t - 1] if t else 0.0,
        ]
        if hears:
            voiced = followed[clip, t] > 0
            period = round(RATE / followed[clip, t]) if voiced else 0
            for place in range(t - period - 2, t - period + 4):
                known = voiced and place >= 0
                expected.append(residual[clip, place] if known else 0.0)
            expected.append(float(voiced))
        np.testing.assert_allclose(seen[clip, t], expected, atol=1e-4)


def test_a_network_sees_the_past_alone(frames, normal):
    _, taps, log_gain, _ = frames
    pitch = np.full((2, FRAMES), RATE, "float32")  # a period of one sample
    audio = 0.1 * normal(2, FRAMES * HOP)
    layer = LinearPredictor(HOP, RATE)
    _, _, before = map(array, layer(audio, taps, log_gain, pitch))
    for place in (0, 5, HOP, 3 * HOP + 7):
        moved = audio.copy()
        moved[:, place] += 0.5
        _, _, after = map(array, layer(moved, taps, log_gain, pitch))
        np.testing.assert_array_equal(before[:, : place + 1], after[:, : place + 1])
        assert np.abs(before - after)[:, place + 1].max() > 0.01


@pytest.mark.parametrize(
    ("layer", "shapes"),
    [
        (SpectralEnvelope(MEL, ORDER), [(2, 3, 12)]),
        (SynthesisFilter(HOP), [(2, 3 * HOP), (2, 3, ORDER), (2, 3)]),
        (HarmonicSource(HOP, RATE), [(2, 3), (2,)]),
        (LinearPredictor(HOP, RATE), [(2, 3 * HOP), (2, 3, ORDER), (2, 3), (2, 3)]),
    ],
)
def test_serialises_and_stays_float32(reference, layer, shapes):
    inputs = [0.1 * np.ones(shape, "float32") for shape in shapes]
    reference.check_serialisation(layer, *inputs)
    mixed = type(layer).from_config({**layer.get_config(), "dtype": "mixed_bfloat16"})
    assert mixed.compute_dtype == "float32"
    symbolic = mixed(
        *[
            keras.Input((None, *shape[2:])) if len(shape) > 1 else keras.Input(())
            for shape in shapes
        ]
    )
    for spec, value in zip(
        keras.tree.flatten(symbolic), keras.tree.flatten(layer(*inputs)), strict=True
    ):
        assert spec.dtype == "float32"
        assert len(spec.shape) == len(value.shape)
        assert spec.shape[2:] == tuple(value.shape)[2:]
