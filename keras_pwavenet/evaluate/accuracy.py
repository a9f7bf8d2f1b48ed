"""How often a phoneme classifier is right."""

import numpy as np
from keras import ops

from keras_pwavenet.data import FeatureCache


def phone_accuracy(classifier, cache: FeatureCache, split: str) -> tuple[float, int]:
    """Share of a split's frames that get the phone of the alignment.

    Args:
        classifier: a `PhonemeClassifier`.
        cache: an aligned corpus; frames of unknown phone are left out.
        split: "train", "validation" or "test".

    Returns:
        The share, and the number of frames.

    Raises:
        ValueError: if the split has no frame of known phone.
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
