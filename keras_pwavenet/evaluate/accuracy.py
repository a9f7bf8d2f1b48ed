"""How often models that listen are right: a phoneme classifier, a pitch predictor."""

import numpy as np
from keras import ops

from keras_pwavenet.data import FeatureCache
from keras_pwavenet.evaluate.measures.pitch import pitch_difference

_GROSS = 0.2  # of the pitch


def phone_accuracy(classifier, cache: FeatureCache, split: str) -> tuple[float, int]:
    """Share of a split's frames that get the phone of the alignment.

    Args:
        classifier: A `PhonemeClassifier`.
        cache: An aligned corpus; frames of unknown phone are left out.
        split: "train", "validation" or "test".

    Returns:
        The share, and the number of frames.

    Raises:
        ValueError: If the split has no frame of known phone.
    """
    right = frames = 0
    for number in cache.indices(split):
        phones = cache.phones(number)
        known = phones >= 0
        if known.any():
            logits = classifier({"audio": cache.audio(number)[None]}, training=False)
            found = np.argmax(ops.convert_to_numpy(logits)[0], axis=-1)
            right += int((found == phones)[known].sum())
            frames += int(known.sum())
    if not frames:
        raise ValueError(
            f"Expected a split with aligned clips. Received: split={split!r}"
        )
    return right / frames, frames


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
