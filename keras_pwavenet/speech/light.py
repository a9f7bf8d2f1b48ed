"""Text to speech on LiteRT alone: neither Keras nor TensorFlow is imported."""

import functools
import importlib.util
import os
from pathlib import Path
from typing import Self

import numpy as np

from keras_pwavenet.audio.mel_range import log_mel_range
from keras_pwavenet.audio.mel_scale import mel_filters
from keras_pwavenet.factors import HIGHEST_PITCH
from keras_pwavenet.presets import layout, resolve
from keras_pwavenet.speech.base import (
    Speech,
    check_speaker,
    read_object,
    text_settings,
)
from keras_pwavenet.speech.vocoder import LightVocoder, interpreter
from keras_pwavenet.text.durations import frames_of, regulate
from keras_pwavenet.text.front_end import Lexicon
from keras_pwavenet.text.inventory import PAUSES, SPACE


class LightTextToSpeech(Speech):
    """Speaks text by the LiteRT files of an acoustic model and a vocoder.

    It speaks as `TextToSpeech` does, but for the noise, which NumPy draws.

    Args:
        acoustic_model: The preset of an `AcousticModel` with a `model.tflite`, as
            `keras_pwavenet.export.export_litert` writes it.
        vocoder: The preset of a `ParallelWaveNet` with a `model.tflite` that speaks bit
            by bit, as `keras_pwavenet.export.export_litert_stream` writes it.
        language: Of the text.
        lexicon: As for `TextToSpeech`.
        speaker: As for `TextToSpeech`.
        voice: As for `TextToSpeech`.

    Attributes:
        vocoder: A `LightVocoder`, which speaks features, also while they come.

    Raises:
        ValueError: If a preset has no LiteRT file or the two do not share their
            log-mel, or a symbol of the language is unknown to the acoustic model.
        ImportError: If `ai-edge-litert` or the extra `text` is not installed.
    """

    def __init__(
        self,
        acoustic_model: str | os.PathLike,
        vocoder: str | os.PathLike,
        language: str = "en-us",
        lexicon: Lexicon | None = None,
        speaker: int | None = None,
        voice: int | None = None,
    ):
        folders = [Path(resolve(preset)) for preset in (acoustic_model, vocoder)]
        for folder in folders:
            if not (folder / layout.LITERT).is_file():
                raise ValueError(
                    f"Expected a preset with {layout.LITERT}, as `pwavenet export` "
                    f"writes it. Received: folder='{folder}'"
                )
        mels = [_settings(folder / layout.PREPROCESSOR) for folder in folders]
        if mels[0] != mels[1]:
            raise ValueError(
                "Expected an acoustic model and a vocoder with the same preprocessor. "
                f"Received: {mels[0]} and {mels[1]}"
            )
        inventory = _settings(folders[0] / layout.CONFIG).get("symbols")
        if not isinstance(inventory, list):
            raise ValueError(
                "Expected the preset of an acoustic model, which has `symbols`. "
                f"Received: folder='{folders[0]}'"
            )
        super().__init__(inventory, language, lexicon)
        self.sample_rate = mels[1]["sample_rate"]
        self._numbers = {symbol: 1 + place for place, symbol in enumerate(inventory)}
        for name, number, folder in zip(
            ("speaker", "voice"), (speaker, voice), folders, strict=True
        ):
            check_speaker(name, number, _speakers(folder / layout.CONFIG))
        files = [folder / layout.LITERT for folder in folders]
        acoustic = interpreter(files[0])
        self._encode = acoustic.get_signature_runner("encode")
        self._decode = acoustic.get_signature_runner("decode")
        self.vocoder = LightVocoder(files[1], voice, _range(mels[1]))
        self._speaker = {} if speaker is None else {"speaker": np.int32([speaker])}

    @classmethod
    def from_preset(
        cls, preset: str | os.PathLike = "en_female", lexicon: Lexicon | None = None
    ) -> Self:
        """Loads a voice and the acoustic model that its metadata names.

        Args:
            preset: As for `TextToSpeech.from_preset`; both presets have a LiteRT file.
            lexicon: As for `TextToSpeech`.

        Raises:
            ValueError: As for the constructor, or if the voice has no acoustic model.
        """
        settings = text_settings(preset)
        return cls(settings.pop("acoustic_model"), preset, lexicon=lexicon, **settings)

    def _speak(self, sentence, rate, pitch_scale, seed):
        numbers = np.array([[self._numbers[one] for one in sentence]], "int32")
        encoded = self._encode(symbols=numbers, **self._speaker)
        pauses = [one in (SPACE, *PAUSES) for one in sentence]
        durations = frames_of(encoded["durations"][0], pauses, rate)
        frames = regulate(encoded["hidden"][0], durations)[None]
        decoded = self._decode(frames=frames, pitch_scale=np.float32([pitch_scale]))
        pitch = np.clip(decoded["pitch"][0], 0.0, HIGHEST_PITCH)
        return self.vocoder.speak(decoded["mel"][0], pitch, seed)


def can_speak(preset: str | os.PathLike) -> bool:
    """Whether a voice can speak text without Keras here.

    Args:
        preset: The voice's preset.

    Raises:
        ValueError: If it speaks no text.
    """
    presets = (text_settings(preset)["acoustic_model"], preset)
    return importlib.util.find_spec("ai_edge_litert") is not None and all(
        (Path(resolve(one)) / layout.LITERT).is_file() for one in presets
    )


def speak(
    text: str,
    preset: str | os.PathLike = "en_female",
    rate: float = 1.0,
    pitch_scale: float = 1.0,
    seed: int | None = 0,
) -> tuple[np.ndarray, int]:
    """Speaks a text without Keras and TensorFlow.

    Args:
        text: As for `TextToSpeech.stream`.
        preset: The voice, whose preset and whose acoustic model's have LiteRT files; it
            stays loaded.
        rate: As for `TextToSpeech.stream`.
        pitch_scale: As for `TextToSpeech.stream`.
        seed: As for `TextToSpeech.stream`.

    Returns:
        float32 (samples,) in [-1, 1], and its samples a second.

    Raises:
        ValueError: If nothing in the text can be said, or as for `LightTextToSpeech`.
        ImportError: If `ai-edge-litert` or the extra `text` is not installed.
    """
    voice = loaded(os.fspath(preset))
    return voice.synthesize(text, rate, pitch_scale, seed), voice.sample_rate


@functools.lru_cache(maxsize=4)
def loaded(preset: str) -> LightTextToSpeech:
    """The voice of a preset, which stays loaded."""
    return LightTextToSpeech.from_preset(preset)


def _range(mel):
    """Lowest and highest of the features of these settings."""
    top = mel["sample_rate"] / 2 if mel["fmax"] is None else mel["fmax"]
    transform = (mel[name] for name in ("sample_rate", "n_fft", "n_mels", "fmin"))
    scaling = (mel[name] for name in ("win_length", "floor", "offset", "scale"))
    return log_mel_range(mel_filters(*transform, top), *scaling)


def _settings(path):
    found = read_object(path).get("config")
    if not isinstance(found, dict):
        raise ValueError(f"Expected a `config` in {path}. Received: {found!r:.80}")
    return found


def _speakers(path):
    count = _settings(path).get("num_speakers", 0)
    if not isinstance(count, int):
        raise ValueError(
            f"Expected a whole number as `num_speakers` in {path}. "
            f"Received: {count!r:.80}"
        )
    return count
