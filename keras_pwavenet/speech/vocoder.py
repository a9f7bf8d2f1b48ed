"""A student in LiteRT that speaks frames bit by bit, without Keras."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from keras_pwavenet.quiet import no_standard_error

_MOST_THREADS = 4
_MARGIN = 1e-7  # of the uniform draw from 0 and 1
_SIGNATURES = {"start", "step"}


class LightVocoder:
    """Speaks by a LiteRT file of `keras_pwavenet.export.export_litert_stream`.

    Args:
        path: The file, of one size of step.
        voice: Number of the speaker, if the student has several.

    Attributes:
        step_frames: Frames whose audio is made at a time.

    Raises:
        ValueError: If the file is another one, or a speaker is missing or too much.
        ImportError: If `ai-edge-litert` is not installed.
    """

    def __init__(self, path: str | os.PathLike, voice: int | None = None):
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
        check_speaker("voice", voice, "speaker" in wanted)
        begun = self._start.get_input_details()
        self._ahead = int(begun["conditioning"]["shape"][1])
        self._samples = int(wanted["noise"]["shape"][1])
        self._hears_pitch = "pitch" in wanted
        self._speaker = {} if voice is None else {"speaker": np.int32([voice])}
        self.step_frames = int(wanted["conditioning"]["shape"][1])

    def speak(
        self, mel: np.ndarray, pitch: np.ndarray, seed: int | None
    ) -> Iterator[np.ndarray]:
        """Speaks a clip.

        Args:
            mel: Log-mel `(frames, bands)`, one frame or more.
            pitch: Hz `(frames,)`, 0 where there is none.
            seed: As for `keras_pwavenet.TextToSpeech.stream`.

        Returns:
            An iterator of float32 `(samples,)` in [-1, 1], of `step_frames` frames
            each, the last one of what is left.
        """
        random = np.random.default_rng(seed)
        hop = self._samples // self.step_frames

        def heard(first, count):
            part = slice(first, first + count)
            missing = count - len(mel[part])
            inputs = {
                "conditioning": np.pad(mel[part], ((0, missing), (0, 0)))[None],
                "length": np.int32([count - missing]),
            }
            if self._hears_pitch:
                inputs["pitch"] = np.pad(pitch[part], (0, missing))[None]
                inputs["pitch_scale"] = np.float32([1.0])
            return inputs

        state = self._start(**heard(0, self._ahead))
        for first in range(0, len(mel), self.step_frames):
            state = self._step(
                **state,
                **heard(first + self._ahead, self.step_frames),
                **self._speaker,
                noise=logistic_noise((1, self._samples), random),
            )
            yield state.pop("audio")[0, : (len(mel) - first) * hop]


def interpreter(path: str | os.PathLike):
    """LiteRT's interpreter of a file.

    Raises:
        ImportError: If `ai-edge-litert` is not installed.
    """
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise ImportError(
            "LiteRT files need one more package: pip install ai-edge-litert"
        ) from error
    threads = min(_MOST_THREADS, os.cpu_count() or 1)
    # LiteRT tells of its delegate when tensors are allocated, and no setting stops it.
    with no_standard_error():
        found = Interpreter(str(Path(path)), num_threads=threads)
        found.allocate_tensors()
    return found


def check_speaker(name: str, number: int | None, several: bool) -> None:
    """Refuses a speaker where there is one, and none where there are several.

    Raises:
        ValueError: Names the argument.
    """
    if several != (number is not None):
        raise ValueError(
            f"Expected `{name}` {'to name one of several' if several else None}. "
            f"Received: {name}={number}"
        )


def logistic_noise(shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
    """Draws from Logistic(0, 1), in float32, without Keras."""
    uniform = random.uniform(_MARGIN, 1 - _MARGIN, shape)
    return np.log(uniform / (1 - uniform)).astype("float32")
