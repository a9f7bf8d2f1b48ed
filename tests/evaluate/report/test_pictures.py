import numpy as np
import pytest

from keras_pwavenet.evaluate import spectrogram, spectrogram_png, write_spectrograms

RATE = 16000


def test_a_full_scale_sine_is_at_0_db():
    audio = np.sin(2 * np.pi * 2000 * np.arange(RATE) / RATE)
    picture = spectrogram(audio, RATE)
    middle = picture[:, picture.shape[1] // 2]
    assert abs(middle.max()) < 0.1
    assert np.argmax(middle) == 2000 * 1024 // RATE
    assert middle[700 * 1024 // RATE] < -60


def test_silence_has_a_picture():
    assert (spectrogram(np.zeros(10), RATE) == -120).all()


def test_draws(tmp_path):
    pytest.importorskip("matplotlib")
    noise = np.random.default_rng(0).normal(0, 0.1, RATE)
    path = tmp_path / "new" / "picture.png"
    rows = [("x", [("a", noise), ("b", noise)]), ("y", [("a", noise)])]
    write_spectrograms(path, rows, RATE)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert len(list(path.parent.iterdir())) == 1


def test_one_picture_as_bytes():
    pytest.importorskip("matplotlib")
    noise = np.random.default_rng(0).normal(0, 0.1, RATE)
    picture = spectrogram_png(noise, RATE, -20.0)
    assert picture.startswith(b"\x89PNG")
    assert spectrogram_png(noise, RATE, -20.0) == picture
    assert spectrogram_png(noise, RATE, 20.0) != picture
