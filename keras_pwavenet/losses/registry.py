"""The losses that `Distiller` and the command line know by name."""

import difflib
import importlib
import inspect
import math
from typing import TYPE_CHECKING, Any

from keras_pwavenet.losses import DISTILLATION

if TYPE_CHECKING:
    import keras


def get(loss: "str | keras.losses.Loss", **settings: Any) -> "keras.losses.Loss":
    """A loss by its name; an instance is given back as it is.

    Args:
        loss: Name, or an instance.
        **settings: What a constructor may take, such as `block_size` or `classifier`;
            each loss takes what it knows.

    Returns:
        The loss.

    Raises:
        ValueError: If there is no such loss, or it needs a setting that is not given.
    """
    import keras

    if isinstance(loss, keras.losses.Loss):
        return loss
    found = _class(loss)
    parameters = inspect.signature(found).parameters
    for name, parameter in parameters.items():
        if parameter.default is parameter.empty and settings.get(name) is None:
            raise ValueError(
                f"Expected a `{name}` for the loss '{loss}'. Received: {name}=None"
            )
    settings = {name: settings[name] for name in settings if name in parameters}
    return found(**settings)


def from_terms(
    terms: list[str], **settings: Any
) -> "tuple[list[keras.losses.Loss], list[float]]":
    """Losses and their weights from text.

    Args:
        terms: Such as "stft=10", or "kl", which weighs 1.
        **settings: As in `get`.

    Returns:
        The losses, and as many weights.

    Raises:
        ValueError: As in `parse_term` and `get`.
    """
    parsed = [parse_term(term) for term in terms]
    losses = [get(name, **settings) for name, _ in parsed]
    return losses, [weight for _, weight in parsed]


def parse_term(term: str) -> tuple[str, float]:
    """The name of a loss and its weight from text; imports no Keras.

    Args:
        term: Such as "stft=10", or "kl", which weighs 1.

    Raises:
        ValueError: If there is no such loss, or its weight is no finite number of 0 or
            more.
    """
    name, separator, text = term.partition("=")
    try:
        weight = float(text) if separator else 1.0
    except ValueError:
        raise ValueError(
            f"Expected a loss as NAME or NAME=WEIGHT. Received: {term}"
        ) from None
    _check_name(name)
    if not 0 <= weight < math.inf:
        raise ValueError(
            f"Expected the weight of the loss '{name}' to be a finite number, 0 or "
            f"more. Received: {name}={weight}"
        )
    return name, weight


def _class(loss: Any) -> "type[keras.losses.Loss]":
    _check_name(loss)
    module, name, _ = DISTILLATION[loss]
    return getattr(importlib.import_module(f"keras_pwavenet.losses.{module}"), name)


def _check_name(loss: Any) -> None:
    if isinstance(loss, str) and loss in DISTILLATION:
        return
    said = loss.lower() if isinstance(loss, str) else ""
    near = difflib.get_close_matches(said, DISTILLATION, n=1)
    hint = f"Did you mean '{near[0]}'? " if near else ""
    raise ValueError(
        f"{hint}Expected one of {', '.join(DISTILLATION)}. Received: loss={loss!r}"
    )
