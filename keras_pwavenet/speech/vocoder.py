"""A student in LiteRT that speaks frames bit by bit, without Keras."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from keras_pwavenet.audio.mel_range import check_numbers, check_range
from keras_pwavenet.factors import (
    HIGHEST_PITCH,
    PITCH_SCALES,
    check_factor,
    check_seed,
)
from keras_pwavenet.presets import layout
from keras_pwavenet.quiet import no_standard_error
from keras_pwavenet.speech.base import read_object

_MOST_THREADS = 4
_MARGIN = 1e-7  # of the uniform draw from 0 and 1
_PREDICTED = -1.0  # a pitch that is not given
_SIGNATURES = {"start", "step"}


class LightVocoder:
    """Speaks by a LiteRT file of `keras_pwavenet.export.export_litert_stream`.

    Args:
        path: The file, of one size of step.
        voice: Number of the speaker, if the student has several.
        value_range: Lowest and highest of the features, as
            `keras_pwavenet.audio.LogMelSpectrogram.value_range` gives them, if known.

    Attributes:
        bands: Numbers of a frame.
        step_frames: Frames whose audio is made at a time.

    Raises:
        ValueError: If the file is another one, or a speaker is missing or too much.
        ImportError: If `ai-edge-litert` is not installed.
    """

    def __init__(
        self,
        path: str | os.PathLike,
        voice: int | None = None,
        value_range: tuple[float, float] | None = None,
    ):
        file = interpreter(path)
        found = set(file.get_signature_list())
        if found != _SIGNATURES:
            raise ValueError(
                "Expected a LiteRT file that speaks bit by bit, as `pwavenet export "
                "VOICE FILE --format litert_stream --frames 16` writes it. "
                f"Received: {path}, with the signatures {sorted(found)}"
            )
        self._start, self._step = map(file.get_signature_runner, ("start", "step"))
        wanted = self._step.get_input_details()
        _check_voice(voice, "speaker" in wanted)
        begun = self._start.get_input_details()
        self._ahead = int(begun["conditioning"]["shape"][1])
        self._samples = int(wanted["noise"]["shape"][1])
        self._hears_pitch = "pitch" in wanted
        self._speaker = {} if voice is None else {"speaker": np.int32([voice])}
        self._value_range = value_range
        self.step_frames, self.bands = map(int, wanted["conditioning"]["shape"][1:])

    def stream(
        self, seed: int | None = None, pitch_scale: float = 1.0
    ) -> "LightStream":
        """Begins to speak a clip whose frames come bit by bit.

        Args:
            seed: As for `keras_pwavenet.TextToSpeech.stream`.
            pitch_scale: Factor on the pitch, from 0.1 to 10.

        Raises:
            ValueError: If one of them is out of range, or the pitch is to be scaled
                of a voice that follows none.
        """
        check_seed(seed)
        check_factor("pitch_scale", pitch_scale, PITCH_SCALES)
        if pitch_scale != 1.0 and not self._hears_pitch:
            raise ValueError(
                "Expected a `pitch_scale` of 1, as the voice follows no pitch. "
                f"Received: pitch_scale={pitch_scale}"
            )
        return LightStream(self, seed, pitch_scale)

    def speak(
        self, mel: np.ndarray, pitch: np.ndarray | None, seed: int | None
    ) -> Iterator[np.ndarray]:
        """Speaks a clip.

        Args:
            mel: As for `LightStream.feed`, and so is the pitch.
            pitch: Hz `(frames,)`.
            seed: As for `keras_pwavenet.TextToSpeech.stream`.

        Returns:
            An iterator of float32 `(samples,)` in [-1, 1], of `step_frames` frames
            each, the last one of what is left.

        Raises:
            ValueError: As `LightStream.feed`, when the first audio is asked for.
        """
        stream = self.stream(seed)
        yield from stream.feed(mel, pitch)
        yield from stream.finish()


class LightStream:
    """Speaks one clip whose frames come in chunks; `LightVocoder.stream` makes it.

    What all chunks give, joined, is the same whatever the chunks. A stream is fed from
    one thread at a time, and one of a vocoder's streams speaks at a time.
    """

    def __init__(self, vocoder: LightVocoder, seed: int | None, pitch_scale: float):
        self._vocoder = vocoder
        self._random = np.random.default_rng(seed)
        self._scale = np.float32([pitch_scale])
        self._state = None
        # Frames that the file has not heard, and how many have not been said.
        self._mel = np.zeros((0, vocoder.bands), "float32")
        self._pitch = np.zeros(0, "float32")
        self._unsaid = 0
        self._finished = False

    @property
    def ready(self) -> bool:
        """Whether there is audio to be made of what came."""
        if self._finished:
            return self._unsaid > 0
        begins = self._vocoder._ahead if self._state is None else 0
        return len(self._mel) >= begins + self._vocoder.step_frames

    def feed(
        self, mel: np.ndarray, pitch: np.ndarray | None = None
    ) -> Iterator[np.ndarray]:
        """Hears frames.

        Args:
            mel: Log-mel `(frames, bands)`, one frame or more.
            pitch: Hz `(frames,)`, 0 where there is none; None where the voice is to
                predict it. One that follows no pitch makes nothing of it.

        Returns:
            An iterator of float32 `(samples,)` in [-1, 1], of `step_frames` frames
            each, as far as they can be said now, made when they are asked for. What is
            not asked for comes from the next one.

        Raises:
            ValueError: If shapes or numbers are others, or the stream is finished. The
                stream then is as it was before.
        """
        if self._finished:
            raise ValueError(
                "Expected a stream that is not finished; `stream` makes a new one. "
                "Received: finish() was called before"
            )
        check_numbers("mel", mel)
        bands, mel = self._vocoder.bands, np.asarray(mel, "float32")
        if mel.ndim != 2 or mel.shape[1] != bands or not len(mel):
            raise ValueError(
                f"Expected `mel` of shape (frames, {bands}) with at least one frame. "
                f"Received: mel.shape={mel.shape}"
            )
        check_range("mel", mel, self._vocoder._value_range)
        if pitch is None:
            pitch = np.full(len(mel), _PREDICTED, "float32")
        else:
            check_numbers("pitch", pitch)
            pitch = _checked_pitch(np.asarray(pitch, "float32"), len(mel))
        self._mel = np.concatenate([self._mel, mel])
        self._pitch = np.concatenate([self._pitch, pitch])
        self._unsaid += len(mel)
        return self._parts()

    def finish(self) -> Iterator[np.ndarray]:
        """The audio that is left, as `feed` gives it; no more frames come."""
        self._finished = True
        return self._parts()

    def _parts(self):
        while self.ready:
            yield self._part()

    def _part(self):
        vocoder = self._vocoder
        state = self._state or vocoder._start(**self._heard(vocoder._ahead))
        self._state = vocoder._step(
            **state,
            **self._heard(vocoder.step_frames),
            **vocoder._speaker,
            noise=logistic_noise((1, vocoder._samples), self._random),
        )
        audio = self._state.pop("audio")[0]
        hop = vocoder._samples // vocoder.step_frames
        frames = min(self._unsaid, vocoder.step_frames)
        self._unsaid -= frames
        return audio[: frames * hop]

    def _heard(self, count):
        """The next frames, as the file takes them; silence after the last."""
        mel, pitch = self._mel[:count], self._pitch[:count]
        self._mel, self._pitch = self._mel[count:], self._pitch[count:]
        missing = count - len(mel)
        inputs = {
            "conditioning": np.pad(mel, ((0, missing), (0, 0)))[None],
            "length": np.int32([len(mel)]),
        }
        if self._vocoder._hears_pitch:
            inputs["pitch"] = np.pad(pitch, (0, missing))[None]
            inputs["pitch_scale"] = self._scale
        return inputs


def _checked_pitch(pitch, frames):
    if pitch.shape != (frames,):
        raise ValueError(
            f"Expected `pitch` of shape ({frames},), a number of Hz for each frame. "
            f"Received: pitch.shape={pitch.shape}"
        )
    if not ((pitch >= 0) & (pitch <= HIGHEST_PITCH)).all():
        raise ValueError(
            f"Expected `pitch` in Hz, from 0 (unvoiced) to {HIGHEST_PITCH:g}. "
            f"Received: numbers from {pitch.min()} to {pitch.max()}"
        )
    return pitch


def interpreter(path: str | os.PathLike):
    """LiteRT's interpreter of a file.

    Raises:
        ValueError: If it is damaged, or not the one that the preset was saved with.
        ImportError: If `ai-edge-litert` is not installed.
    """
    path = Path(path)
    _check_hash(path)
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise ImportError(
            "LiteRT files need one more package: pip install ai-edge-litert"
        ) from error
    threads = min(_MOST_THREADS, os.cpu_count() or 1)
    # LiteRT tells of its delegate when tensors are allocated, and no setting stops it.
    try:
        with no_standard_error():
            found = Interpreter(str(path), num_threads=threads)
            found.allocate_tensors()
    except (RuntimeError, ValueError) as error:
        raise ValueError(
            f"Expected a whole LiteRT file. Received: {path}, {error}"
        ) from error
    return found


def _check_voice(number, several):
    if several != (number is not None):
        raise ValueError(
            f"Expected `voice` {'to name one of several' if several else None}. "
            f"Received: voice={number}"
        )


def _check_hash(path):
    """Refuses the LiteRT file of a preset whose metadata gives it another sha256."""
    beside = path.with_name(layout.METADATA)
    if path.name != layout.LITERT or not beside.is_file():
        return
    stated = read_object(beside).get(layout.HASHES)
    expected = stated.get(layout.LITERT) if isinstance(stated, dict) else None
    if expected is None:
        return
    with open(path, "rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != expected:
        raise ValueError(
            f"Expected {path} with the {layout.HASHES} that {layout.METADATA} gives "
            f"it, {expected!r:.80}; export it anew. "
            f"Received: a damaged or altered one, {layout.HASHES}={found}"
        )


def logistic_noise(shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
    """Draws from Logistic(0, 1), in float32, without Keras."""
    uniform = random.uniform(_MARGIN, 1 - _MARGIN, shape)
    return np.log(uniform / (1 - uniform)).astype("float32")
