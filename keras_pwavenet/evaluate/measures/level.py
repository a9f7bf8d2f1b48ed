"""Loudness and range of a waveform."""

import numpy as np

from keras_pwavenet.evaluate.measures.judge import Clip, Judge, Values
from keras_pwavenet.evaluate.measures.measure import (
    FARTHEST,
    LARGEST,
    SUM,
    Measure,
)

# The largest 16-bit sample: whatever reaches it may have been cut off.
_FULL_SCALE = 32767 / 32768
_QUIETEST = 0.5 / 32768
FROM_SECONDS = 1.0  # the level of a short clip says little


def level_difference(recording: np.ndarray, audio: np.ndarray) -> float:
    """Returns how much louder `audio` is than `recording`, in dB.

    Args:
        recording: Waveform (samples,).
        audio: Waveform (samples,).

    Returns:
        20 log10 of the ratio of the root mean squares. A level under half a 16-bit
        step, such as digital silence, counts as that.
    """
    return float(20 * np.log10(_rms(audio) / _rms(recording)))


def peak(audio: np.ndarray) -> float:
    """Returns the largest magnitude of a waveform (samples,)."""
    return float(np.abs(audio).max())


def clipped_samples(audio: np.ndarray) -> int:
    """Counts the samples of a waveform (samples,) at full scale or beyond."""
    return int(np.count_nonzero(np.abs(audio) >= _FULL_SCALE))


def _rms(audio: np.ndarray) -> float:
    level = np.sqrt(np.mean(np.square(audio, dtype="float64")))
    return max(float(level), _QUIETEST)


def _measure(clip: Clip) -> Values:
    return {
        "level_db": level_difference(clip.recording, clip.audio),
        "peak": peak(clip.audio),
        "clipped": clipped_samples(clip.audio),
    }


JUDGE = Judge(
    "level",
    _measure,
    (
        Measure(
            *("level_db", "level, dB", "+.2f", "nearer 0", "over the recording's"),
            from_seconds=FROM_SECONDS,
            beside_player=True,
            tells=1,
        ),
        Measure(
            *("worst_level_db", "worst level, dB", "+.1f", "nearer 0", "of one clip"),
            over_clips=FARTHEST,
            values=("level_db",),
            from_seconds=FROM_SECONDS,
        ),
        Measure(
            *("peak", "peak", ".2f", "", "largest magnitude, to 1"), over_clips=LARGEST
        ),
        Measure("clipped", "clipped samples", "d", "lower", over_clips=SUM),
    ),
)
