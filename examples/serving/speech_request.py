"""What a request for speech may hold; all that it may not is a ValueError."""

import contextlib
import functools
import json
from urllib.parse import parse_qsl

import numpy as np

from keras_pwavenet import factors

OPTIONS = {
    "rate": functools.partial(factors.check_factor, "rate", bounds=factors.RATES),
    "pitch_scale": functools.partial(
        factors.check_factor, "pitch_scale", bounds=factors.PITCH_SCALES
    ),
    "seed": factors.check_seed,
}


def text_and_options(asked: dict) -> tuple[str, dict]:
    """The text, and the options as numbers."""
    _check_fields(asked, "text", OPTIONS)
    text = asked.get("text")
    if not isinstance(text, str):
        raise ValueError(f"Expected a text. Received: text={text!r:.80}")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"Expected text in UTF-8. Received: text={text!r:.80}"
        ) from error
    return text, _options(asked, "text")


def mel_options(asked: dict, bands: int) -> dict:
    """The options of features, whose field `mel` tells the numbers of a frame."""
    _check_fields(asked, "mel", [name for name in OPTIONS if name != "rate"])
    if _as_number(asked["mel"], int) != bands:
        raise ValueError(
            f"Expected mel={bands}, the numbers of a frame. "
            f"Received: mel={asked['mel']!r:.80}"
        )
    return _options(asked, "mel")


def frames(content: bytes, bands: int) -> np.ndarray:
    """The frames `(frames, bands)` of a body or message, float32 little-endian."""
    if not content or len(content) % (4 * bands):
        raise ValueError(
            f"Expected frames of {bands} float32 numbers, {4 * bands} bytes each. "
            f"Received: {len(content)} bytes"
        )
    return np.frombuffer(content, "<f4").reshape(-1, bands)


def _check_fields(asked, wanted, options):
    unknown = asked.keys() - {wanted, *options}
    if unknown:
        name = min(unknown)
        raise ValueError(
            f"Expected `{wanted}` and no other fields than {', '.join(options)}. "
            f"Received: {name!r:.40}: {asked[name]!r:.80}"
        )


def _options(asked, wanted):
    options = {name: value for name, value in asked.items() if name != wanted}
    for name, value in options.items():
        options[name] = _as_number(value, int if name == "seed" else float)
        OPTIONS[name](options[name])
    return options


def _as_number(value, kind):
    """What an address gives as text, or JSON as 3.0, as a number if it is one."""
    whole = isinstance(value, float) and value.is_integer()
    if isinstance(value, str) or (kind is int and whole):
        with contextlib.suppress(ValueError):
            return kind(value)
    return value


def query(content: bytes) -> dict:
    """The fields of an address; its bytes are UTF-8."""
    pairs = parse_qsl(
        content.decode("latin-1"), keep_blank_values=True, encoding="latin-1"
    )
    found = {}
    for pair in pairs:
        try:
            name, value = (part.encode("latin-1").decode() for part in pair)
        except UnicodeDecodeError as error:
            raise ValueError(
                f"Expected UTF-8. Received: {'='.join(pair)!a:.80}"
            ) from error
        if name in found:
            raise ValueError(f"Expected each field once. Received: {name!r:.40} again")
        found[name] = value
    return found


def json_object(body: bytes | str) -> dict:
    """The fields of a body or message."""

    def whole(digits):
        return int(digits) if len(digits) < 100 else float(digits)

    try:
        found = json.loads(body, parse_int=whole)
    except (RecursionError, ValueError) as error:
        raise ValueError(f"Expected JSON. Received: {error}") from error
    if not isinstance(found, dict):
        raise ValueError(f"Expected an object. Received: {found!r:.80}")
    return found
