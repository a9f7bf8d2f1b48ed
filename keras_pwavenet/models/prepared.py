"""What a model does before its first step of training."""

from collections.abc import Iterable, Iterator
from typing import Any

import keras
import numpy as np

from keras_pwavenet.audio.pcm import check_scale
from keras_pwavenet.backend.every_batch import every_batch
from keras_pwavenet.models.conditioning import (
    as_speaker,
    check_finite,
    check_lengths,
    check_target,
    known_values,
)
from keras_pwavenet.models.scale import BatchCheck, ChecksNumbers


class PreparesTraining(ChecksNumbers):
    """Refuses what cannot be trained on, and builds the optimiser.

    A mixin before `keras.Model`. Of a dataset the first batch is checked before the
    first step, for which it is read once more, and the scale of every batch before its
    step; of one that TensorFlow has distributed nothing is. A batch with NaN is one
    among many, which a distiller skips.
    """

    validates = False  # what `fit` validates on has been looked at

    def make_train_function(self, force=False):
        # TensorFlow traces a step twice if the optimiser is built within.
        late = self.built and not self.optimizer.built
        if late and keras.backend.backend() == "tensorflow":
            with self.distribute_strategy.scope():
                self.optimizer.build(self.trainable_variables)
        super().make_train_function(force)

    def fit(self, x=None, y=None, *arguments, **options):
        check = BatchCheck(self)
        validation = options.get("validation_data")
        if validation is not None:
            arrays = isinstance(validation, list | tuple)
            pair = validation[:2] if arrays else (validation, None)
            checked = self._checked(*pair, check)
            options["validation_data"] = validation if arrays else checked
        x = self._checked(x, y, check)
        self.validates = validation is not None
        try:
            with check.told():
                return super().fit(x, y, *arguments, **options)
        finally:
            self.validates = False

    def evaluate(self, x=None, y=None, *arguments, **options):
        check = BatchCheck(self)
        x = x if self.validates else self._checked(x, y, check)
        with check.told():
            return super().evaluate(x, y, *arguments, **options)

    def train_on_batch(self, x, y=None, *arguments, **options):
        check_arrays(x, y, self)
        return super().train_on_batch(x, y, *arguments, **options)

    def test_on_batch(self, x, y=None, *arguments, **options):
        check_arrays(x, y, self)
        return super().test_on_batch(x, y, *arguments, **options)

    def _checked(self, x, y, check):
        """The inputs or the dataset, all of it, once it has been looked at."""
        if isinstance(x, dict) or y is not None:
            check_arrays(x, y, self)
            return x
        first, whole = _look_at(x)
        if isinstance(first, list | tuple) and first:
            target = first[1] if len(first) > 1 else None
            check_arrays(first[0], target, self, finite=False)
        return every_batch(whole, check)


def check_arrays(inputs, target, model, finite: bool = True) -> None:
    """Refuses arrays that cannot be trained on, before a step is made.

    Args:
        inputs: Dict of a model's inputs. Anything else is not looked at.
        target: What it is to give, such as the recorded audio, or None.
        model: The model, which states what it is.
        finite: Whether to look for numbers that are not.

    Raises:
        ValueError: If a number is NaN or infinite, audio is of integers or far outside
            [-1, 1], shapes do not agree, or target or speakers are missing or out of
            range.
    """
    if not isinstance(inputs, dict):
        return
    waveforms = {"audio"}
    if model.target == "audio":
        check_lengths(inputs, "audio", model)
        check_target(target, inputs["audio"])
        waveforms.add("target")
    if model.num_speakers:
        clips = len(inputs["conditioning"])
        as_speaker(inputs.get("speaker"), model.num_speakers, clips)
    for name, values in {**inputs, "target": target}.items():
        known = None if values is None else known_values(values)
        if finite:
            check_finite(name, known)
        if name in waveforms and known is not None:
            check_scale(
                known if finite else np.nan_to_num(known, posinf=0.0, neginf=0.0), name
            )


def _look_at(dataset: Any) -> tuple[Any, Any]:
    """The first batch of a dataset, and the dataset with all of its batches."""
    if isinstance(dataset, keras.utils.PyDataset):
        return dataset[0] if dataset.num_batches != 0 else None, dataset
    distributed = type(dataset).__name__.startswith("Distributed")
    if distributed or not isinstance(dataset, Iterable) or hasattr(dataset, "shape"):
        return None, dataset
    batches = iter(dataset)
    first = next(batches, None)
    if batches is dataset and first is not None:
        return first, _from_first(first, batches)
    return first, dataset


def _from_first(first: Any, rest: Iterator) -> Iterator:
    yield first
    yield from rest
