"""The losses that `Distiller` and the command line know by name."""

import difflib
import inspect
from typing import Any

import keras


def get(loss: str | keras.losses.Loss, **settings: Any) -> keras.losses.Loss:
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
    if isinstance(loss, keras.losses.Loss):
        return loss
    classes = _classes()
    if not isinstance(loss, str) or loss not in classes:
        said = loss.lower() if isinstance(loss, str) else ""
        near = difflib.get_close_matches(said, classes, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise ValueError(
            f"Unknown loss.{hint} Expected a `keras.losses.Loss` or one of the names "
            f"{', '.join(sorted(classes))}. Received: loss={loss!r}"
        )
    parameters = inspect.signature(classes[loss]).parameters
    for name, parameter in parameters.items():
        if parameter.default is parameter.empty and settings.get(name) is None:
            raise ValueError(
                f"Expected a `{name}` for the loss '{loss}'. Received: {name}=None"
            )
    settings = {name: settings[name] for name in settings if name in parameters}
    return classes[loss](**settings)


def from_terms(
    terms: list[str], **settings: Any
) -> tuple[list[keras.losses.Loss], list[float]]:
    """Losses and their weights from text.

    Args:
        terms: Such as "stft=10", or "kl", which weighs 1.
        **settings: As in `get`.

    Returns:
        The losses, and as many weights.

    Raises:
        ValueError: If a weight is no number, or as in `get`.
    """
    losses, weights = [], []
    for term in terms:
        name, separator, weight = term.partition("=")
        try:
            weights.append(float(weight) if separator else 1.0)
        except ValueError:
            raise ValueError(
                f"Expected a loss as NAME or NAME=WEIGHT. Received: {term}"
            ) from None
        losses.append(get(name, **settings))
    return losses, weights


def _classes() -> dict[str, type[keras.losses.Loss]]:
    """The exported classes that state what they compare, by their default name."""
    from keras_pwavenet import losses

    return {
        inspect.signature(exported).parameters["name"].default: exported
        for exported in vars(losses).values()
        if isinstance(exported, type) and hasattr(exported, "compares")
    }
