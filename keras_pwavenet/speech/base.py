"""What every way to speak text shares: sentences, pauses, settings. Without Keras."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from keras_pwavenet.factors import (
    HIGHEST_SEED,
    PITCH_SCALES,
    RATES,
    check_factor,
    check_seed,
)
from keras_pwavenet.presets import layout, resolve
from keras_pwavenet.text.front_end import Lexicon, sentences
from keras_pwavenet.text.inventory import ENDS, check_language, symbols

PAUSE_SECONDS = 0.25  # between sentences, beside what the acoustic model leaves
_SETTINGS = {
    "acoustic_model": str,
    "language": str,
    "speaker": int | None,
    "voice": int | None,
}


class Speech:
    """Speaks text sentence by sentence; how a sentence is spoken is for subclasses.

    Args:
        inventory: The symbols that its acoustic model knows.
        language: Of the text.
        lexicon: Words that are to be said otherwise than the front end does.

    Attributes:
        sample_rate: Samples a second.

    Raises:
        ValueError: If the language is unknown, or one of its symbols.
    """

    sample_rate: int

    def __init__(self, inventory, language: str, lexicon: Lexicon | None):
        self.language = check_language(language)
        unknown = set(symbols(language)) - set(inventory)
        if unknown:
            raise ValueError(
                f"Expected an acoustic model that knows the symbols of {language}. "
                f"Received: one without {sorted(unknown)}"
            )
        self.lexicon = dict(lexicon or {})

    def phonemes(self, text: str) -> list[str]:
        """What will be said for a text, a line of IPA for each sentence.

        Args:
            text: As for `synthesize`.

        Raises:
            ValueError: As for `keras_pwavenet.text.phonemize`.
        """
        return ["".join(said) for said in sentences(text, self.language, self.lexicon)]

    def stream(
        self,
        text: str,
        rate: float = 1.0,
        pitch_scale: float = 1.0,
        seed: int | None = 0,
    ) -> Iterator[np.ndarray]:
        """Speaks a text bit by bit, each when it is asked for.

        Args:
            text: Any text; words in brackets may be phonemes in IPA.
            rate: How fast, from 0.25 to 4; the pitch stays.
            pitch_scale: Factor on the pitch, from 0.1 to 10.
            seed: The same number, up to 2**32 - 1, gives the same audio; None gives a
                new draw.

        Returns:
            An iterator of float32 (samples,) in [-1, 1]: a sentence each, or with
            LiteRT some 0.2 s, so that a long sentence is heard as soon as a short one.
            A sentence has its own draw, and all but the first begin with a pause.

        Raises:
            ValueError: If rate, pitch scale or seed are out of range, or as for
                `keras_pwavenet.text.phonemize`.
        """
        said = sentences(text, self.language, self.lexicon)
        return self.speak(said, rate, pitch_scale, seed)

    def synthesize(
        self,
        text: str,
        rate: float = 1.0,
        pitch_scale: float = 1.0,
        seed: int | None = 0,
    ) -> np.ndarray:
        """Speaks a text.

        Args:
            text: As for `stream`, which long texts are better for.
            rate: As for `stream`.
            pitch_scale: As for `stream`.
            seed: As for `stream`.

        Returns:
            float32 (samples,) in [-1, 1], at `sample_rate`.

        Raises:
            ValueError: If nothing in the text can be said, or as for `stream`.
        """
        parts = list(self.stream(text, rate, pitch_scale, seed))
        if not parts:
            raise ValueError(
                "Expected a text in which something can be said. "
                f"Received: text={text!r:.80}"
            )
        return np.concatenate(parts)

    def speak(
        self,
        said: Iterable[Sequence[str]],
        rate: float = 1.0,
        pitch_scale: float = 1.0,
        seed: int | None = 0,
    ) -> Iterator[np.ndarray]:
        """Speaks sentences of symbols, as `keras_pwavenet.text.phonemize` gives them.

        Args:
            said: The sentences, each of symbols.
            rate: As for `stream`.
            pitch_scale: As for `stream`.
            seed: As for `stream`.

        Returns:
            As for `stream`.

        Raises:
            ValueError: If rate, pitch scale or seed are out of range.
        """
        check_factor("rate", rate, RATES)
        check_factor("pitch_scale", pitch_scale, PITCH_SCALES)
        check_seed(seed)
        return self._spoken(said, rate, pitch_scale, seed)

    def _spoken(self, said, rate, pitch_scale, seed):
        pause = round(PAUSE_SECONDS / rate * self.sample_rate)
        waits = 0
        for place, sentence in enumerate(said):
            draw = None if seed is None else (int(seed) + place) % (HIGHEST_SEED + 1)
            for audio in self._speak(sentence, rate, pitch_scale, draw):
                yield np.concatenate([np.zeros(waits, "float32"), audio])
                waits = 0
            waits = pause if sentence[-1] in ENDS else 0

    def _speak(self, sentence, rate, pitch_scale, seed) -> Iterable[np.ndarray]:
        """The audio of a sentence's symbols, in parts (samples,)."""
        raise NotImplementedError


def text_settings(preset: str | os.PathLike) -> dict:
    """What a voice's metadata says of how it speaks text.

    Args:
        preset: The voice's preset.

    Returns:
        The entries of its `text_to_speech`; `acoustic_model` is a preset as
        `from_preset` takes it.

    Raises:
        ValueError: If it has none; and as for `keras_pwavenet.presets.resolve`.
    """
    folder = Path(resolve(preset))
    path = folder / layout.METADATA
    metadata = read_object(path) if path.is_file() else {}
    settings = metadata.get("text_to_speech")
    if not isinstance(settings, dict) or "acoustic_model" not in settings:
        raise ValueError(
            "Expected a voice whose metadata has `text_to_speech` with an "
            f"`acoustic_model`: one that speaks text. Received: preset='{preset}'"
        )
    for name, value in settings.items():
        if not isinstance(value, _SETTINGS.get(name, ())):
            raise ValueError(
                f"Expected `text_to_speech` of {', '.join(_SETTINGS)} in {path}. "
                f"Received: {name}={value!r:.80}"
            )
    name = settings["acoustic_model"]
    own = name.startswith(".") and "://" not in name
    return {**settings, "acoustic_model": folder / name if own else name}


def check_speaker(name: str, number: int | None, count: int) -> None:
    """Refuses a speaker that a model does not know.

    Args:
        name: The argument's.
        number: The speaker's, None for none.
        count: Of the speakers that the model tells apart, 0 if it does not.

    Raises:
        ValueError: If there is none of that number, or it is missing or too much.
    """
    if not (number in range(count) if count else number is None):
        raise ValueError(
            f"Expected `{name}` "
            + (f"from 0 to {count - 1}" if count else "None, as there is one speaker")
            + f". Received: {name}={number}"
        )


def read_object(path: Path) -> dict:
    """Reads a JSON object.

    Raises:
        ValueError: If the file holds something else; names it.
    """
    try:
        found = json.loads(path.read_text("utf-8"))
    except (RecursionError, ValueError) as error:
        raise ValueError(f"Expected JSON in {path}. Received: {error}") from error
    if not isinstance(found, dict):
        raise ValueError(f"Expected a JSON object in {path}. Received: {found!r:.80}")
    return found
