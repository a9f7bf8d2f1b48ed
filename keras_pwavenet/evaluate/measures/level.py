"""Loudness and range of a waveform."""

import numpy as np

# The largest 16-bit sample: whatever reaches it may have been cut off.
_FULL_SCALE = 32767 / 32768
_QUIETEST = 0.5 / 32768
_FRAME_SECONDS = 0.02
_QUIET_SHARE = 0.1


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


def _rms(audio: np.ndarray) -> float:
    level = np.sqrt(np.mean(np.square(audio, dtype="float64")))
    return max(float(level), _QUIETEST)
