"""Fundamental frequency, followed and compared."""

import numpy as np
from keras import ops

from keras_pwavenet.data import FeatureCache

_FRAME_MILLISECONDS = 5.0
_GROSS = 0.2  # of the pitch


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


def pitch_errors(recording: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    """How well a predicted track fits.

    Args:
        recording: Fundamental frequency of the recording (frames,), 0 where unvoiced.
        predicted: The predicted one.

    Returns:
        `log_f0_rmse` and `voicing_f1` as of `pitch_difference`, and, where both are
        voiced, `median_error` and `gross_errors`: the median of the errors relative to
        the recording, and the share of errors above 20 %. NaN where no frame is voiced.
    """
    recording, predicted = np.asarray(recording), np.asarray(predicted)
    rmse, f1 = pitch_difference(recording, predicted)
    both = (recording > 0) & (predicted > 0)
    error = np.abs(predicted[both] / recording[both] - 1.0)
    nan = float("nan")
    return {
        "log_f0_rmse": nan if rmse is None else rmse,
        "median_error": float(np.median(error)) if len(error) else nan,
        "gross_errors": float(np.mean(error > _GROSS)) if len(error) else nan,
        "voicing_f1": nan if f1 is None else f1,
    }


def pitch_accuracy(
    predictor, cache: FeatureCache, split: str, speaker: str | None = None
) -> dict[str, float]:
    """How well a predictor hears the pitch of a split.

    Args:
        predictor: A `PitchPredictor`.
        cache: A corpus whose pitch was followed.
        split: "train", "validation" or "test".
        speaker: Of this speaker's clips alone, if given.

    Returns:
        The entries of `pitch_errors` over all frames, and their number as `frames`.

    Raises:
        ValueError: If the split has no such clip.
    """
    numbers = [
        number
        for number in cache.indices(split)
        if speaker in (None, cache.clips[number].speaker)
    ]
    if not numbers:
        raise ValueError(
            f"Expected a split with clips. Received: split={split!r}, {speaker=}"
        )
    heard = [
        ops.convert_to_numpy(predictor.pitch(cache.conditioning(number)[None]))[0]
        for number in numbers
    ]
    recording = np.concatenate([cache.pitch(number) for number in numbers])
    errors = pitch_errors(recording, np.concatenate(heard))
    return {**errors, "frames": len(recording)}
