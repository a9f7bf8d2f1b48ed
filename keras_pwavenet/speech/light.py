"""Text to speech on LiteRT alone: neither Keras nor TensorFlow is imported."""

import functools
import importlib.util
import os
from pathlib import Path
from typing import Self

import numpy as np

from keras_pwavenet.presets import layout, resolve
from keras_pwavenet.speech.base import Speech, read_object, text_settings
from keras_pwavenet.text.durations import frames_of, regulate
from keras_pwavenet.text.front_end import Lexicon
from keras_pwavenet.text.inventory import PAUSES, SPACE

_HIGHEST_PITCH = 2000.0  # Hz
_MOST_THREADS = 4
_MARGIN = 1e-7  # of the uniform draw from 0 and 1


class LightTextToSpeech(Speech):
    """Speaks text by the LiteRT files of an acoustic model and a vocoder.

    It speaks as `TextToSpeech` does, but for the noise, which NumPy draws.

    Args:
        acoustic_model: The preset of an `AcousticModel` with a `model.tflite`, as
            `keras_pwavenet.export.export_litert` writes it.
        vocoder: The preset of a `ParallelWaveNet` with a `model.tflite`.
        language: Of the text.
        lexicon: As for `TextToSpeech`.
        speaker: As for `TextToSpeech`.
        voice: As for `TextToSpeech`.

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
        self.hop_length = mels[1]["hop_length"]
        self._numbers = {symbol: 1 + place for place, symbol in enumerate(inventory)}
        acoustic, vocoder = (_interpreter(folder / layout.LITERT) for folder in folders)
        self._encode = acoustic.get_signature_runner("encode")
        self._decode = acoustic.get_signature_runner("decode")
        self._vocode = vocoder.get_signature_runner()
        for name, number, runner in (
            ("speaker", speaker, self._encode),
            ("voice", voice, self._vocode),
        ):
            several = "speaker" in runner.get_input_details()
            if several != (number is not None):
                raise ValueError(
                    f"Expected `{name}` {'to name one of several' if several else None}"
                    f". Received: {name}={number}"
                )
        self.speaker, self.voice = speaker, voice

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
        options = {} if self.speaker is None else {"speaker": _number(self.speaker)}
        encoded = self._encode(symbols=numbers, **options)
        pauses = [one in (SPACE, *PAUSES) for one in sentence]
        durations = frames_of(encoded["durations"][0], pauses, rate)
        frames = regulate(encoded["hidden"][0], durations)[None]
        decoded = self._decode(frames=frames, pitch_scale=_factor(pitch_scale))
        return self._audio(decoded["mel"], decoded["pitch"], seed)

    def _audio(self, mel, pitch, seed):
        inputs = {
            "noise": logistic_noise((1, mel.shape[1] * self.hop_length), seed),
            "conditioning": mel,
            "pitch": np.clip(pitch, 0.0, _HIGHEST_PITCH),
            "pitch_scale": _factor(1.0),
        }
        if self.voice is not None:
            inputs["speaker"] = _number(self.voice)
        wanted = self._vocode.get_input_details()
        inputs = {name: inputs[name] for name in wanted}
        return self._vocode(**inputs)["audio"][0]


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
    voice = _loaded(os.fspath(preset))
    return voice.synthesize(text, rate, pitch_scale, seed), voice.sample_rate


@functools.lru_cache(maxsize=4)
def _loaded(preset):
    return LightTextToSpeech.from_preset(preset)


def logistic_noise(shape: tuple[int, ...], seed: int | None) -> np.ndarray:
    """Draws from Logistic(0, 1), in float32, without Keras."""
    uniform = np.random.default_rng(seed).uniform(_MARGIN, 1 - _MARGIN, shape)
    return np.log(uniform / (1 - uniform)).astype("float32")


def _interpreter(path):
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise ImportError(
            "LiteRT files need one more package: pip install ai-edge-litert"
        ) from error
    threads = min(_MOST_THREADS, os.cpu_count() or 1)
    interpreter = Interpreter(str(path), num_threads=threads)
    # Else LiteRT writes what it writes, to standard error, at the first sentence.
    interpreter.allocate_tensors()
    return interpreter


def _settings(path):
    found = read_object(path).get("config")
    if not isinstance(found, dict):
        raise ValueError(f"Expected a `config` in {path}. Received: {found!r:.80}")
    return found


def _number(number):
    return np.array([number], "int32")


def _factor(factor):
    return np.array([factor], "float32")
