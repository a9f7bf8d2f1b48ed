"""Distance of spectral envelopes."""

import numpy as np
import scipy.fft

from keras_pwavenet.evaluate.measures.judge import Clip, Judge, Values
from keras_pwavenet.evaluate.measures.measure import Measure

_FRAME_MILLISECONDS = 5.0
_COEFFICIENTS = 24
_POINTS = 128
_RANGE_DB = 40.0


def mel_cepstral_distortion(
    recording: np.ndarray, audio: np.ndarray, sample_rate: int
) -> float | None:
    """Compares the envelopes of two waveforms, by WORLD's CheapTrick (package pyworld).

    Each envelope is taken at 128 frequencies evenly apart in mel, in dB. The
    distortion of a frame is the root mean square difference over these, kept to
    the cepstral coefficients 1 to 24, so that its level does not count.

    Args:
        recording: Waveform (samples,).
        audio: Its resynthesis, of the same length.
        sample_rate: Samples a second.

    Returns:
        The mean over the frames of 5 ms whose power in the recording is within 40 dB
        of the strongest, in dB; None for a recording of digital silence.
    """
    there = _envelope_db(recording, sample_rate)
    power = np.mean(10 ** (there / 10), axis=1)
    if not np.any(recording):
        return None
    loud = power >= power.max() * 10 ** (-_RANGE_DB / 10)
    difference = (_envelope_db(audio, sample_rate) - there)[loud]
    cepstrum = scipy.fft.dct(difference, norm="ortho", axis=1)[:, 1 : _COEFFICIENTS + 1]
    return float(np.mean(np.sqrt(np.sum(cepstrum**2, axis=1) / _POINTS)))


def _envelope_db(audio: np.ndarray, sample_rate: int) -> np.ndarray:
    """(frames, points)."""
    import pyworld

    wave = np.asarray(audio, "float64")
    pitch, times = pyworld.dio(wave, sample_rate, frame_period=_FRAME_MILLISECONDS)
    power = pyworld.cheaptrick(wave, pitch, times, sample_rate)
    mel = np.linspace(0, 2595 * np.log10(1 + sample_rate / 2 / 700), _POINTS)
    places = 700 * (10 ** (mel / 2595) - 1) * (power.shape[1] - 1) / (sample_rate / 2)
    left = np.minimum(places.astype(int), power.shape[1] - 2)
    decibel = 10 * np.log10(np.maximum(power, 1e-16))
    weight = places - left
    return (1 - weight) * decibel[:, left] + weight * decibel[:, left + 1]


def _measure(clip: Clip) -> Values:
    value = mel_cepstral_distortion(clip.recording, clip.audio, clip.sample_rate)
    return {"mcd_db": value}


JUDGE = Judge(
    "cepstrum",
    _measure,
    (
        Measure(
            *("mcd_db", "mel-cepstral distortion, dB", ".2f", "lower"),
            "of the envelopes",
            beside_player=True,
            tells=2,
        ),
    ),
    modules=("pyworld",),
)
