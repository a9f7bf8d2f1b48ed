"""Settings that come from a file: of the right types, finite, and of a sane size.

Whatever a preset states is looked at before anything is built from it: a model of
100 000 layers would take minutes, a mel of a million bands all the memory.
"""

import inspect
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# The largest a setting may be; it bounds what the numbers in a sequence are, too.
LARGEST = {
    "sample_rate": 768_000,
    **dict.fromkeys(("n_fft", "win_length", "hop_length"), 2**16),
    **dict.fromkeys(("bins", "classes", "num_speakers"), 2**16),
    **dict.fromkeys(("n_mels", "conditioning_channels", "lookahead"), 4096),
    **dict.fromkeys(("residual_channels", "skip_channels", "gate_channels"), 4096),
    **dict.fromkeys(("upsample_channels", "upsample_factors", "channels"), 4096),
    "pitch_channels": 4096,
    **dict.fromkeys(("num_layers", "num_cycles", "flow_layers"), 256),
    **dict.fromkeys(("encoder_layers", "decoder_layers", "pitch_layers"), 256),
    **dict.fromkeys(("kernel_size", "mixtures", "block_size", "predictor_order"), 256),
    "layers_per_cycle": 24,
}
_MOST_ITEMS = 4096  # of a list
_MOST_CHARACTERS = 64  # of one of its texts
_MOST_LAYERS = 256  # of all flows, and stages of the upsampler
# To load so many takes up to 1.5 GB, Keras and TensorFlow included. One great matrix
# needs more memory than several that hold as much, and so counts more.
_MOST_WEIGHTS = 2**27
_GREAT = 4
_MOST_FILTER_WEIGHTS = 2**22  # of the mel bands
_WIDTHS = ("residual_channels", "skip_channels", "gate_channels", "channels")
_WIDTHS += ("pitch_channels",)
_ENDS = ("bins", "classes", "num_speakers", "n_mels")  # of embeddings and outputs
_DEPTHS = ("encoder_layers", "decoder_layers", "pitch_layers")
_NESTED = {
    "pitch_predictor": lambda settings: "keras_pwavenet>PitchPredictor",
    "preprocessor": lambda settings: (
        "keras_pwavenet>LinguisticFeatures"
        if "symbols" in settings
        else "keras_pwavenet>LogMelSpectrogram"
    ),
}


def check_settings(kind: type, settings: dict[str, Any], path: Path) -> None:
    """Refuses settings that a class cannot be built with.

    Args:
        kind: The class. Its constructor's annotations say what types are expected.
        settings: Its constructor's arguments.
        path: The file that they come from.

    Raises:
        ValueError: If an argument is unknown, of another type, NaN or infinite, or
            larger than any in use; names the file and the key.
    """
    _check(kind, settings, str(path))


def _check(kind: type, settings: dict[str, Any], where: str) -> None:
    parameters = inspect.signature(kind).parameters
    hints = typing.get_type_hints(kind.__init__)
    takes_all = any(one.kind is one.VAR_KEYWORD for one in parameters.values())
    for key, value in settings.items():
        if key not in parameters and not takes_all:
            raise ValueError(
                f"Expected settings of {kind.__name__} in {where}. "
                f"Received: {key}={value!r:.80}"
            )
        expected = hints.get(key)
        if key in parameters and not _fits(value, expected):
            name = getattr(expected, "__name__", None) or str(expected)
            raise ValueError(
                f"Expected `{key}` of type {name} in {where}. "
                f"Received: {key}={value!r:.80}"
            )
        _check_list(key, value, where)
        _check_numbers(key, value, where)
        if key in _NESTED and isinstance(value, dict):
            import keras  # the command line looks at LARGEST alone

            nested = keras.saving.get_registered_object(_NESTED[key](value))
            _check(nested, value, f"{where}, {key}")
    _check_size(settings, where)


def _fits(value: Any, expected: Any) -> bool:
    """Whether a value is one of an annotation, as far as plain types go."""
    if isinstance(expected, type):
        if isinstance(value, bool):
            return expected is bool
        return isinstance(value, (int, float) if expected is float else expected)
    options = typing.get_args(expected)
    if typing.get_origin(expected) is Sequence:
        return isinstance(value, list | tuple) and all(
            _fits(one, options[0]) for one in value
        )
    return not options or any(_fits(value, option) for option in options)


def _check_list(key: str, value: Any, where: str) -> None:
    if not isinstance(value, list | tuple):
        return
    if len(value) > _MOST_ITEMS:
        raise ValueError(
            f"Expected at most {_MOST_ITEMS} of `{key}` in {where}. "
            f"Received: {len(value)}"
        )
    if any(isinstance(one, str) and len(one) > _MOST_CHARACTERS for one in value):
        raise ValueError(
            f"Expected `{key}` of at most {_MOST_CHARACTERS} characters each in "
            f"{where}. Received: {key}={max(map(str, value), key=len)!r:.80}"
        )


def _check_numbers(key: str, value: Any, where: str) -> None:
    for number in value if isinstance(value, list | tuple) else [value]:
        if isinstance(number, bool) or not isinstance(number, int | float):
            continue
        largest = LARGEST.get(key, 1e9)
        smallest = 0 if key in LARGEST else -largest
        if not smallest <= number <= largest:  # neither is NaN
            raise ValueError(
                f"Expected `{key}` from {smallest:g} to {largest:g} in {where}. "
                f"Received: {key}={number!r:.80}"
            )


def _check_size(settings: dict[str, Any], where: str) -> None:
    def of(key: str) -> int:
        value = settings.get(key)
        return value if isinstance(value, int) else 0

    def numbers(key: str) -> Sequence[int]:
        value = settings.get(key)
        return value if isinstance(value, list | tuple) else ()

    flows, factors = numbers("flow_layers"), numbers("upsample_factors")
    layers = max(of("num_layers"), sum(flows), len(flows), sum(map(of, _DEPTHS)))
    layers += len(factors)
    width, inner = max(of(key) for key in _WIDTHS), of("upsample_channels")
    weights = 4 * layers * max(1, of("kernel_size")) * width**2
    weights += 2 * layers * width * inner
    inside = 5 * of("conditioning_channels") + (2 * sum(factors) + len(factors)) * inner
    ends = sum(map(of, _ENDS)) + len(numbers("symbols"))
    ends += of("kernel_size") * of("conditioning_channels")
    weights += _GREAT * (inner * (inside + of("num_speakers")) + width * ends)
    filters = of("n_mels") * of("n_fft")
    for found, most, text in (
        (layers, _MOST_LAYERS, "layers in all"),
        (weights, _MOST_WEIGHTS, "weights"),
        (filters, _MOST_FILTER_WEIGHTS, "products of `n_mels` and `n_fft`"),
    ):
        if found > most:
            raise ValueError(
                f"Expected at most {most} {text} in {where}. Received: about {found}"
            )
