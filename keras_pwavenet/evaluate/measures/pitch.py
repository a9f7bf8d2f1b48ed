"""Fundamental frequency, followed and compared."""

import numpy as np

from keras_pwavenet.evaluate.measures.judge import Clip, Judge, Values
from keras_pwavenet.evaluate.measures.measure import Measure

_FRAME_MILLISECONDS = 5.0


def pitch_track(audio: np.ndarray, sample_rate: int) -> np.ndarray:
    """Follows the fundamental frequency with WORLD's Harvest (package pyworld).

    Args:
        audio: Waveform (samples,).
        sample_rate: Samples a second.

    Returns:
        float64 (frames,), one value every 5 ms in Hz, 0 where there is no voice.
    """
    import pyworld

    track, _ = pyworld.harvest(
        np.asarray(audio, "float64"), sample_rate, frame_period=_FRAME_MILLISECONDS
    )
    return track


def pitch_difference(
    recording: np.ndarray, audio: np.ndarray
) -> tuple[float | None, float | None]:
    """Compares two tracks of the same length.

    Args:
        recording: Fundamental frequency of the recording (frames,), 0 where unvoiced.
        audio: The same of its resynthesis.

    Returns:
        The root mean square difference of the natural logarithms where both are
        voiced (0.01 is a sixth of a semitone), and the F1 score of the decision
        voiced or not; None where there is no voice to compare.
    """
    there, here = np.asarray(recording) > 0, np.asarray(audio) > 0
    both = there & here
    voiced = np.count_nonzero(there) + np.count_nonzero(here)
    f1 = float(2 * np.count_nonzero(both) / voiced) if voiced else None
    if not both.any():
        return None, f1
    ratio = np.log(np.asarray(audio)[both] / np.asarray(recording)[both])
    return float(np.sqrt(np.mean(ratio**2))), f1


def _measure(clip: Clip) -> Values:
    difference, f1 = pitch_difference(
        pitch_track(clip.recording, clip.sample_rate),
        pitch_track(clip.audio, clip.sample_rate),
    )
    return {"log_f0_rmse": difference, "voicing_f1": f1}


JUDGE = Judge(
    "pitch",
    _measure,
    (
        Measure(
            *("log_f0_rmse", "log-F0 RMSE", ".3f", "lower"),
            "pitch; 0.06 is a semitone",
            beside_player=True,
        ),
        Measure("voicing_f1", "V/UV F1", ".3f", "higher", "voiced or not, 0 to 1"),
    ),
    modules=("pyworld",),
)
