"""Refuses numbers of another scale, wherever they are known before a step."""

import contextlib
import contextvars

import keras
import numpy as np

from keras_pwavenet.audio.mel_range import LARGEST_INPUT
from keras_pwavenet.audio.pcm import LOUDEST, check_scale
from keras_pwavenet.backend.every_batch import every_batch
from keras_pwavenet.models.conditioning import check_lengths, known_values

_AUDIO = ("audio", "target")
_own = contextvars.ContextVar("own", default=False)


def check_numbers(inputs: dict, loudest: float = LOUDEST) -> None:
    """Refuses arrays of another scale; NaN passes, and makes the output NaN.

    Args:
        inputs: Arrays by name; those unknown in a trace or of other names are not
            looked at.
        loudest: Peak that audio may have, unless all its numbers are whole.

    Raises:
        ValueError: If audio is of integers, also as floats, or has a higher peak, or
            noise or conditioning numbers beyond 10 000.
    """
    for name in inputs.keys() & {*_AUDIO, "noise", "conditioning"}:
        values = inputs[name]
        known = None if isinstance(values, keras.KerasTensor) else known_values(values)
        if known is None or not known.size:
            continue
        limit = loudest if name in _AUDIO else LARGEST_INPUT
        if known.dtype.kind == "f":
            peak = np.abs(known).max()
            whole = name in _AUDIO and peak > LOUDEST and _is_whole(known)
            if not peak > limit and not whole:
                continue
        if name in _AUDIO:
            check_scale(np.nan_to_num(known, posinf=0.0, neginf=0.0), name)
        elif known.dtype.kind == "f":
            raise ValueError(
                f"Expected `{name}` from -{limit:g} to {limit:g}. "
                f"Received: numbers from {known.min():g} to {known.max():g}"
            )


def _is_whole(values: np.ndarray) -> bool:
    """Whether all are integers, as the samples of 16-bit files are."""
    return bool(np.array_equal(values, np.rint(values)))


class BatchCheck:
    """Looks at each batch of a dataset before a step is made with it.

    Args:
        model: The model, which states what its target is.

    Attributes:
        error: What was refused, or None.
    """

    def __init__(self, model):
        self.hears_target = model.target == "audio"
        self.error = None

    def __call__(self, batch):
        inputs, *others = batch if isinstance(batch, list | tuple) else (batch,)
        named = dict(inputs) if isinstance(inputs, dict) else {}
        if self.hears_target and others:
            named["target"] = others[0]
        try:
            check_numbers(named)
        except ValueError as error:
            self.error = error
            raise
        return batch

    @contextlib.contextmanager
    def told(self):
        """Raises what was refused, where TensorFlow made another error of it."""
        try:
            yield
        except Exception as error:
            if self.error is None or self.error is error:
                raise
            raise self.error from error


@contextlib.contextmanager
def own_numbers():
    """While a model of this package calls another: its numbers are not looked at."""
    token = _own.set(True)
    try:
        yield
    finally:
        _own.reset(token)


class ChecksNumbers:
    """Refuses numbers of another scale in predict, and far too large ones in a call.

    A mixin before `keras.Model`. A call may be given what another model said, which is
    of any scale as yet; in training nothing is looked at.
    """

    def __call__(self, inputs, *arguments, **options):
        if not _own.get() and not options.get("training"):
            check_numbers(_named(inputs), LARGEST_INPUT)
        return super().__call__(inputs, *arguments, **options)

    def predict(self, x, *arguments, **options):
        check, named = BatchCheck(self), _named(x)
        check(named)
        for waveform in ("audio", "noise"):
            if {waveform, "conditioning"} <= named.keys():
                check_lengths(named, waveform, self)
        with check.told():
            return super().predict(every_batch(x, check), *arguments, **options)

    def predict_on_batch(self, x):
        check_numbers(_named(x))
        return super().predict_on_batch(x)


def _named(inputs):
    if isinstance(inputs, dict):
        return inputs
    return {"conditioning": inputs} if hasattr(inputs, "shape") else {}
