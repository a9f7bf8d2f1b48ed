"""Noise where there should be none."""

import numpy as np

from keras_pwavenet.evaluate.measures.judge import Clip, Judge, Values
from keras_pwavenet.evaluate.measures.level import level_difference
from keras_pwavenet.evaluate.measures.measure import Measure

_FRAME_SECONDS = 0.02
_QUIET_SHARE = 0.1


def silence_difference(
    recording: np.ndarray, audio: np.ndarray, sample_rate: int
) -> float:
    """Returns how much noise `audio` adds where `recording` is quietest, in dB.

    Args:
        recording: Waveform (samples,).
        audio: Waveform (samples,).
        sample_rate: Samples a second.

    Returns:
        20 log10 of the ratio of the root mean squares over those frames of 20 ms that
        are the quietest tenth of the recording's (at least one frame; a rest at the
        end is left out). A level under half a 16-bit step counts as that, as in
        `level_difference`: in digital silence it is the level over half a step.
        nan for less than a frame.
    """
    length = max(1, round(_FRAME_SECONDS * sample_rate))
    frames = len(recording) // length
    if not frames:
        return float("nan")
    there, here = (
        np.asarray(wave)[: frames * length].reshape(frames, length)
        for wave in (recording, audio)
    )
    power = np.mean(np.square(there, dtype="float64"), axis=1)
    quiet = np.argsort(power, kind="stable")[: max(1, int(_QUIET_SHARE * frames))]
    return level_difference(there[quiet], here[quiet])


def _measure(clip: Clip) -> Values:
    value = silence_difference(clip.recording, clip.audio, clip.sample_rate)
    return {"silence_db": value}


JUDGE = Judge(
    "silence",
    _measure,
    (
        Measure(
            *("silence_db", "noise in silences, dB", "+.1f", "nearer 0"),
            "over the recording's in its quietest tenth",
            beside_player=True,
        ),
    ),
)
