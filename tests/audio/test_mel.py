"""Log-mel features against librosa, and against their own definition."""

import json
import math

import keras
import librosa
import numpy as np
import pytest

from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.audio.mel_scale import check_mel, mel_filters

SETTINGS = [
    {},
    dict(sample_rate=16000, hop_length=160, win_length=800, fmax=8000.0),
    dict(sample_rate=22050, n_fft=2048, hop_length=300, win_length=1200, fmin=80.0),
    dict(sample_rate=24000, n_fft=512, hop_length=511, win_length=511, n_mels=40),
    dict(sample_rate=8000, n_fft=256, hop_length=256, win_length=200, n_mels=20),
    dict(sample_rate=48000, hop_length=240, n_mels=100, offset=0.0, scale=1.0),
]


def tone(samples, seed=0):
    """A decaying tone in noise, from loud to under the floor."""
    time = np.arange(samples)
    noise = np.random.default_rng(seed).standard_normal(samples)
    envelope = np.exp(-10 * time / max(samples, 1000))
    return ((0.6 * np.sin(0.1 * time) + 0.1 * noise) * envelope).astype("float32")


def by_librosa(mel, audio):
    """The same features with librosa's transform and filters, in float64."""
    hop = mel.hop_length
    audio = np.pad(audio.astype("float64"), (0, -len(audio) % hop))
    left = (mel.n_fft - hop) // 2
    audio = np.pad(audio, (left, mel.n_fft - hop - left), mode="reflect")
    magnitudes = librosa.feature.melspectrogram(
        y=audio,
        sr=mel.sample_rate,
        n_fft=mel.n_fft,
        hop_length=hop,
        win_length=mel.win_length,
        n_mels=mel.n_mels,
        fmin=mel.fmin,
        fmax=mel.fmax,
        power=1,
        center=False,
    )
    return ((np.log(np.maximum(magnitudes, mel.floor)) + mel.offset) * mel.scale).T


@pytest.mark.parametrize("samples", [1, 2, 159, 160, 161, 1024, 8000, 100_001])
@pytest.mark.parametrize("settings", SETTINGS)
def test_equals_librosa(settings, samples):
    mel = LogMelSpectrogram(**settings)
    audio = tone(samples)
    features = mel(audio)
    assert features.dtype == np.float32
    assert features.shape == (-(-samples // mel.hop_length), mel.n_mels)
    np.testing.assert_allclose(features, by_librosa(mel, audio), rtol=0, atol=1e-5)


@pytest.mark.filterwarnings("ignore:Empty filters")
@pytest.mark.parametrize("sample_rate", [8000, 16000, 22050, 24000, 48000])
@pytest.mark.parametrize("bands", [(20, 0, 4000), (80, 0, 3999), (128, 55, 3800)])
def test_filters_equal_librosa(sample_rate, bands):
    n_mels, fmin, fmax = bands
    expected = librosa.filters.mel(
        sr=sample_rate,
        n_fft=1024,
        n_mels=n_mels,
        fmin=fmin,
        fmax=fmax,
        dtype=np.float64,
    )
    filters = mel_filters(sample_rate, 1024, n_mels, fmin, fmax)
    np.testing.assert_allclose(filters, expected.T, rtol=0, atol=1e-12)


def test_batch_is_each_waveform_alone():
    mel = LogMelSpectrogram()
    audio = np.stack([tone(3000, 1), 0.01 * tone(3000, 2)])
    features = mel(audio)
    assert features.shape == (2, 12, 80)
    np.testing.assert_array_equal(features[0], mel(audio[0]))
    np.testing.assert_array_equal(features[1], mel(audio[1]))


def test_frame_belongs_to_its_samples():
    mel = LogMelSpectrogram(sample_rate=16000, hop_length=160, win_length=800)
    audio = np.zeros(160 * 50, "float32")
    audio[160 * 20 + 80] = 1.0
    loudness = mel(audio).mean(axis=1)
    assert loudness.argmax() == 20
    np.testing.assert_allclose(loudness[19], loudness[21], atol=1e-6)


def test_silence_is_the_floor():
    mel = LogMelSpectrogram()
    expected = (np.log(1e-5) + 5) * 0.25
    np.testing.assert_allclose(mel(np.zeros(1000)), expected, rtol=1e-6)


def test_long_audio_is_framed_alike_across_blocks():
    mel = LogMelSpectrogram(hop_length=64, n_fft=256, win_length=256, n_mels=20)
    audio = tone(64 * 1500)
    part = mel(audio[64 * 400 : 64 * 700])
    inside = slice(4, -4)
    np.testing.assert_array_equal(mel(audio)[400:700][inside], part[inside])


def test_invert_gives_the_magnitudes():
    mel = LogMelSpectrogram()
    audio = tone(5000)
    plain = LogMelSpectrogram(offset=0.0, scale=1.0)
    np.testing.assert_allclose(
        mel.invert(mel(audio)), np.exp(plain(audio).astype("float64")), rtol=1e-5
    )


def test_serialises():
    mel = LogMelSpectrogram(sample_rate=16000, hop_length=160, fmax=7600.0, scale=0.5)
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(mel)))
    assert config["registered_name"] == "keras_pwavenet>LogMelSpectrogram"
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == mel.get_config()
    np.testing.assert_array_equal(again(tone(999)), mel(tone(999)))


@pytest.mark.parametrize(
    "settings",
    [
        dict(hop_length=0),
        dict(hop_length=2048),
        dict(win_length=2048),
        dict(win_length=0),
        dict(fmin=9000.0, fmax=8000.0),
        dict(sample_rate=16000, fmax=9000.0),
        dict(fmin=-1.0),
        dict(floor=0.0),
        dict(scale=0.0),
        dict(n_mels=0),
    ],
)
def test_refuses_contradictory_settings(settings):
    with pytest.raises(ValueError, match="Received: "):
        LogMelSpectrogram(**settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("floor", np.nan),
        ("offset", np.inf),
        ("scale", "1"),
        ("fmin", None),
        ("hop_length", 160.5),
        ("n_mels", True),
        ("sample_rate", "24000"),
    ],
)
def test_refuses_settings_of_another_kind(name, value):
    with pytest.raises(ValueError, match=f"`{name}` to be.*Received: {name}="):
        LogMelSpectrogram(**{name: value})


@pytest.mark.parametrize("shape", [(), (0,), (2, 0), (1, 2, 3)])
def test_refuses_other_shapes(shape):
    with pytest.raises(ValueError, match=r"Received: audio\.shape"):
        LogMelSpectrogram()(np.zeros(shape))


@pytest.mark.parametrize("shape", [(900,), (2, 900)])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_refuses_audio_that_is_not_finite(shape, value):
    audio = np.zeros(shape)
    audio[..., 7] = value
    with pytest.raises(ValueError, match=r"Received: audio with NaN .* of \d+ samples"):
        LogMelSpectrogram()(audio)


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_channels_are_no_batch(channels):
    with pytest.raises(ValueError, match=rf"mean over channels.*\(900, {channels}\)"):
        LogMelSpectrogram()(np.zeros((900, channels)))
    assert LogMelSpectrogram()(np.zeros((3, channels))).shape == (3, 1, 80)


def test_unscaled_integers_are_refused():
    with pytest.raises(ValueError, match="peak of 32767"):
        LogMelSpectrogram()(32767 * np.ones((2, 900)))


def test_integers_are_refused():
    with pytest.raises(ValueError, match=r"floats in \[-1, 1\].*Received: audio.dtype"):
        LogMelSpectrogram()(np.zeros(1000, "int16"))


def test_no_audio_leaves_the_range():
    mel = LogMelSpectrogram(n_mels=100)
    lowest, highest = mel.value_range
    time = np.arange(24_000) / 24_000
    loudest = np.sign(np.sin(2 * np.pi * 300 * time))
    found = mel(loudest)
    assert found.min() >= lowest and found.max() <= highest
    assert mel(np.zeros(5000)).min() == pytest.approx(lowest)
    tones = [mel(np.sin(2 * np.pi * hertz * time)).max() for hertz in range(100, 400)]
    assert max(tones) > highest - 0.75 * mel.scale  # within a factor of two


@pytest.mark.parametrize("base", [math.e, 10.0, 10 ** (1 / 20)])
def test_log_mels_of_others_become_features(base):
    mel, audio = LogMelSpectrogram(), np.random.default_rng(0).normal(0, 0.1, 5000)
    log_mel = np.log(mel.invert(mel(audio))) / np.log(base)
    np.testing.assert_allclose(mel.from_log_mel(log_mel, base), mel(audio), atol=1e-5)
    silent = mel.from_log_mel(np.full((3, 80), -1e3), base)
    np.testing.assert_allclose(silent, mel.value_range[0], rtol=1e-5)
    with pytest.raises(ValueError, match=r"frames, 80.*shape=\(80, 3\)"):
        mel.from_log_mel(np.zeros((80, 3)))


def test_bands_that_hear_nothing_are_refused():
    settings = {"sample_rate": 24_000, "n_fft": 1024, "fmin": 0.0, "fmax": 12_000.0}
    most = 0
    for bands in range(1, 400):
        empty = (mel_filters(n_mels=bands, **settings).sum(axis=0) == 0).any()
        if not empty:
            check_mel(hop_length=256, win_length=1024, n_mels=bands, **settings)
            most = bands
        else:
            with pytest.raises(ValueError, match=f"n_mels={bands}, .* empty bands"):
                check_mel(hop_length=256, win_length=1024, n_mels=bands, **settings)
    assert 100 < most < 400
    with pytest.raises(ValueError, match="empty bands"):
        LogMelSpectrogram(n_mels=10**9)
