import numpy as np
from keras import ops

from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.signal import harmonic_comb


def test_tops_are_at_the_harmonics():
    pitch = np.array([[200.0, 0.0, 125.0]])
    first, second = harmonic_comb(pitch, np.array([200.0, 300.0, 400.0, 500.0]))
    wanted = [[1, -1, 1, -1], [0, 0, 0, 0]]
    np.testing.assert_allclose(ops.convert_to_numpy(first)[0, :2], wanted, atol=1e-5)
    wanted = [[1, 1, 1, 1], [0, 0, 0, 0]]
    np.testing.assert_allclose(ops.convert_to_numpy(second)[0, :2], wanted, atol=1e-5)
    wanted = np.cos(2 * np.pi * np.array([200.0, 300.0, 400.0, 500.0]) / 125)
    np.testing.assert_allclose(ops.convert_to_numpy(first)[0, 2], wanted, atol=1e-5)


def test_follows_the_harmonics_of_a_log_mel():
    """Where the mel has its tops and bottoms below 1.5 kHz, so has the comb."""
    mel = LogMelSpectrogram(24000, 1024, 256, 1024, n_mels=100, fmax=12000.0)
    time = np.arange(24000) / 24000
    harmonics = np.arange(1, 30)[:, None]
    audio = 0.02 * np.cos(2 * np.pi * 230 * harmonics * time).sum(axis=0)
    heard = mel(audio.astype("float32"))[40]
    comb = ops.convert_to_numpy(harmonic_comb(np.array([[230.0]]), mel.centres)[0])[
        0, 0
    ]
    low = (mel.centres > 150) & (mel.centres < 1500)
    assert np.corrcoef(heard[low], comb[low])[0, 1] > 0.8
