"""Reading in the graph: where tensorflow-io loads, and what is said elsewhere."""

import sys

import numpy as np
import pytest
import soundfile

from keras_pwavenet.audio import (
    graph_audio_reader,
    read_audio,
    tensorflow_io_loads,
)
from keras_pwavenet.audio import tensorflow_io as module


@pytest.fixture(autouse=True)
def probe_anew():
    tensorflow_io_loads.cache_clear()
    yield
    tensorflow_io_loads.cache_clear()


class BrokenAudio:
    """tensorflow_io.audio as it is on a TensorFlow too new for it."""

    @staticmethod
    def decode_wav(*args, **kwargs):
        raise NotImplementedError("unable to open file: libtensorflow_io.so")


class BrokenPackage:
    audio = BrokenAudio


@pytest.mark.parametrize("package", [None, BrokenPackage])
def test_says_what_is_missing(monkeypatch, package):
    monkeypatch.setitem(sys.modules, "tensorflow_io", package)
    assert not tensorflow_io_loads()
    with pytest.raises(ImportError, match=r"2\.16 or 2\.17.*Received: tensorflow-io="):
        graph_audio_reader(16000)


def test_refuses_other_formats():
    with pytest.raises(ValueError, match=r"suffix='\.g722'"):
        graph_audio_reader(16000, ".g722")


def low_noise(rate, seconds=1.0):
    """Noise below 2 kHz, which every resampler passes."""
    spectrum = np.fft.rfft(
        np.random.default_rng(0).standard_normal(int(rate * seconds))
    )
    spectrum[int(2000 * seconds) :] = 0
    audio = np.fft.irfft(spectrum)
    return 0.3 * audio / np.abs(audio).max()


@pytest.fixture
def tf():
    if not tensorflow_io_loads():
        pytest.skip(module._what_is_missing())
    import tensorflow as tf

    return tf


@pytest.mark.tensorflow_io
@pytest.mark.parametrize(
    ("suffix", "rate"),
    [(".wav", 24000), (".flac", 24000), (".mp3", 24000), (".ogg", 44100)],
)
def test_equals_read_audio_inside_a_pipeline(tmp_path, tf, suffix, rate):
    path = tmp_path / f"clip{suffix}"
    mono = low_noise(rate)
    soundfile.write(path, np.stack([mono, 0.5 * mono], axis=1), rate)
    expected, _ = read_audio(path)
    names = tf.data.Dataset.from_tensor_slices([str(path)] * 3)
    waveforms = list(names.map(graph_audio_reader(rate, suffix)))
    assert len(waveforms) == 3
    for waveform in waveforms:
        assert waveform.dtype == tf.float32
        error = np.abs(waveform.numpy()[: len(expected)] - expected)
        assert error.max() < (1e-6 if suffix in (".wav", ".flac") else 1e-3)


@pytest.mark.tensorflow_io
@pytest.mark.parametrize("target", [8000, 16000, 48000])
def test_resamples_in_place(tmp_path, tf, target):
    path = tmp_path / "clip.wav"
    soundfile.write(path, low_noise(24000), 24000)
    expected, _ = read_audio(path, target)
    waveform = tf.function(graph_audio_reader(target))(tf.constant(str(path)))
    assert waveform.shape == expected.shape
    inside = slice(target // 10, -target // 10)
    assert np.abs(waveform.numpy() - expected)[inside].max() < 1e-3


@pytest.mark.tensorflow_io
def test_damaged_file_is_an_error(tmp_path, tf):
    path = tmp_path / "clip.wav"
    path.write_bytes(b"no audio")
    with pytest.raises(tf.errors.OpError):
        graph_audio_reader(16000)(str(path))
