"""Writing audio: exact in 16 bits, whole or not at all."""

import numpy as np
import pytest
import soundfile

from keras_pwavenet.audio import audio_format, read_audio, to_float, write_audio


def noise(samples, seed=0):
    steps = np.random.default_rng(seed).integers(-20000, 20000, samples)
    return to_float(steps.astype("int16"))


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".aiff", ".WAV"])
def test_lossless_round_trip_is_exact(tmp_path, suffix):
    path = tmp_path / f"clip{suffix}"
    audio = noise(4801)
    write_audio(path, audio, 24000)
    again, rate = read_audio(path)
    assert rate == 24000
    assert soundfile.info(path).subtype == "PCM_16"
    np.testing.assert_array_equal(again, audio)


@pytest.mark.parametrize("suffix", [".ogg", ".mp3"])
def test_lossy_round_trip_is_close(tmp_path, suffix):
    path = tmp_path / f"clip{suffix}"
    audio = 0.5 * np.sin(2 * np.pi * 440 * np.arange(24000) / 24000)
    write_audio(path, audio, 24000)
    again, rate = read_audio(path)
    assert rate == 24000 and again.shape == audio.shape
    assert np.abs(again - audio)[1200:-1200].max() < 0.04


def test_full_scale_is_allowed(tmp_path):
    write_audio(tmp_path / "clip.wav", np.array([1.0, -1.0]), 8000)
    audio, _ = read_audio(tmp_path / "clip.wav")
    assert audio.tolist() == [32767 / 32768, -1.0]


@pytest.mark.parametrize(
    ("audio", "message"),
    [
        (np.array([0.0, np.nan]), "1 NaN or infinite samples of 2"),
        (np.array([0.0, np.inf]), "1 NaN or infinite"),
        (np.array([0.0, 1.01]), "peak=1.01"),
        (np.zeros((2, 5)), r"audio.shape=\(2, 5\)"),
        (np.zeros(0), r"audio.shape=\(0,\)"),
    ],
)
def test_refused_audio_leaves_the_old_file(tmp_path, audio, message):
    path = tmp_path / "clip.wav"
    path.write_bytes(b"old")
    with pytest.raises(ValueError, match=message):
        write_audio(path, audio, 16000)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_unknown_suffix(tmp_path):
    with pytest.raises(ValueError, match=r"clip\.xyz"):
        write_audio(tmp_path / "clip.xyz", np.zeros(10), 16000)


def test_failure_leaves_nothing(tmp_path):
    with pytest.raises(OSError, match=r"clip\.mp3"):
        write_audio(tmp_path / "clip.mp3", np.zeros(10), 12345)
    assert not list(tmp_path.iterdir())
    with pytest.raises(OSError, match="missing"):
        write_audio(tmp_path / "missing" / "clip.wav", np.zeros(10), 16000)


def test_format_of_a_suffix():
    assert audio_format("a/b.Wav") == "WAV"
    with pytest.raises(ValueError, match=r"suffix of an audio format.*Received: path="):
        audio_format("a/b.xyz")
