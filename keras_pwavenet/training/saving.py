"""A trained model as a preset."""

import os

from keras_pwavenet.data import FeatureCache
from keras_pwavenet.training.distribution import chief_path


def save(model, path: str | os.PathLike, cache: FeatureCache) -> None:
    """Writes a trained model as a preset that knows its speakers' names.

    Of several processes, which must all call it, the first one writes.

    Args:
        model: A model with `save_to_preset`.
        path: The preset's folder.
        cache: The corpus that it was trained on.
    """
    named = getattr(model, "num_speakers", 0) == len(cache.speakers)
    metadata = {"speakers": cache.speakers} if named else {}
    with chief_path(path) as folder:
        model.save_to_preset(folder, metadata)
