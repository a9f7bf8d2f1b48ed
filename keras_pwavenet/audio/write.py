"""Waveforms to audio files."""

import contextlib
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import soundfile

from keras_pwavenet import files
from keras_pwavenet.audio.pcm import to_int16
from keras_pwavenet.files import home_path

# Of these a reader learns another sample rate than what was written, or none.
_WITHOUT_RATE = ("HTK", "RAW", "SD2", "WVE", "XI")


def audio_format(path: str | os.PathLike) -> str:
    """The format that a file's suffix names, as libsndfile calls it.

    Args:
        path: The file.

    Returns:
        The format, such as "WAV".

    Raises:
        ValueError: If the suffix names no format known, or one that does not keep any
            sample rate.
    """
    format = Path(path).suffix[1:].upper()
    if format not in soundfile.available_formats() or format in _WITHOUT_RATE:
        raise ValueError(
            "Expected the suffix of an audio format that keeps the sample rate, as do "
            f".wav, .flac, .ogg and .mp3. Received: path={str(path)!r}"
        )
    return format


def write_audio(path: str | os.PathLike, audio: np.ndarray, sample_rate: int) -> None:
    """Writes a waveform to a file, whole or not at all.

    Args:
        path: The file; its suffix chooses the format (.wav and .flac in 16 bits,
            .ogg, .mp3, ...).
        audio: Waveform (samples,) in [-1, 1].
        sample_rate: Samples a second.

    Raises:
        ValueError: If the audio is not (samples,), is empty, holds NaN or leaves
            [-1, 1], or if the suffix names no format known.
        OSError: If the file cannot be written.
    """
    path = home_path(path)
    audio = _checked(audio)
    format = audio_format(path)
    subtype = "PCM_16" if soundfile.check_format(format, "PCM_16") else None
    content = io.BytesIO()
    try:
        soundfile.write(
            content, to_int16(audio), sample_rate, format=format, subtype=subtype
        )
    except soundfile.LibsndfileError as error:
        raise OSError(f"{path}: {error.error_string}") from error
    files.write_bytes(path, content.getvalue())


@contextlib.contextmanager
def writing_audio(
    path: str | os.PathLike, sample_rate: int
) -> Iterator[Callable[[np.ndarray], None]]:
    """Writes a waveform to a file piece by piece, in the end whole or not at all.

    Args:
        path: The file; as for `write_audio`.
        sample_rate: Samples a second.

    Returns:
        A context, which gives a function that takes the next samples `(samples,)`.

    Raises:
        ValueError: As for `write_audio`.
        OSError: If the file cannot be written.
    """
    path = home_path(path)
    format = audio_format(path)
    subtype = "PCM_16" if soundfile.check_format(format, "PCM_16") else None
    with files.replaced_file(path) as partial, open(partial, "wb+") as output:
        sink = _Sink(output)
        try:
            with soundfile.SoundFile(
                sink, "w", sample_rate, 1, subtype, format=format
            ) as file:
                yield lambda audio: file.write(to_int16(_checked(audio)))
        except AssertionError:  # soundfile's, where not all was written
            sink.check(path)
            raise
        except soundfile.LibsndfileError as error:
            sink.check(path)
            raise OSError(f"{path}: {error.error_string}") from error
        sink.check(path)


class _Sink:
    """A file for libsndfile, which does not tell why something was not written."""

    def __init__(self, file):
        self._file, self._error = file, None
        self.seek, self.tell, self.readinto = file.seek, file.tell, file.readinto

    def write(self, content: bytes) -> int:
        try:
            written = self._file.write(content)
            self._file.flush()
        except OSError as error:
            self._error = self._error or error
            return 0
        return written

    def check(self, path: Path) -> None:
        """Raises what was the matter, if anything, with the file's name."""
        if self._error:
            reason = self._error.errno, self._error.strerror
            raise OSError(*reason, str(path)) from self._error


def _checked(audio):
    audio = np.asarray(audio)
    if audio.ndim != 1 or not len(audio):
        raise ValueError(
            "Expected `audio` (samples,) with at least one sample. Received: "
            f"audio.shape={audio.shape}"
        )
    if not np.isfinite(audio).all():
        raise ValueError(
            "Expected `audio` of finite numbers. Received: "
            f"{np.count_nonzero(~np.isfinite(audio))} NaN or infinite samples of "
            f"{len(audio)}"
        )
    peak = float(np.abs(audio).max())
    if peak > 1:
        raise ValueError(f"Expected `audio` in [-1, 1]. Received: peak={peak:g}")
    return audio
