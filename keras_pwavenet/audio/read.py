"""Audio files to waveforms."""

import io
import itertools
import os
from pathlib import Path

import numpy as np
import soundfile

from keras_pwavenet.audio.mixing import mix_down
from keras_pwavenet.audio.parts import (
    DamagedError,
    flac_checksum,
    parts,
    samples_checksum,
)
from keras_pwavenet.audio.pcm import LOUDEST
from keras_pwavenet.audio.resampling import HIGHEST_RATE, LOWEST_RATE, resample
from keras_pwavenet.audio.truncation import (
    UNKNOWN_FRAMES,
    is_cut_short,
    mp3_states_length,
)
from keras_pwavenet.files import home_path

_BLOCK = 1 << 20
_MOST_BYTES = 2**30
_MOST_SAMPLES = 2**28  # over all channels: 1 GiB, 93 minutes at 48 kHz
_MALFORMED = 3  # libsndfile knows the format, so another decoder would only guess.


class AudioError(ValueError):
    """A file that should hold audio and cannot be used; the message names it."""


def _refusal(path: Path, received: str, expected: str = "a whole recording"):
    return AudioError(f"Expected {expected}. Received: {path}, {received}")


def read_audio(
    path: str | os.PathLike, sample_rate: int | None = None
) -> tuple[np.ndarray, int]:
    """Reads an audio file, mixes it down to one channel and resamples it.

    Whatever libsndfile knows (WAV, FLAC, Ogg, Opus, MP3, AIFF, ...) is read by it;
    the rest (G.722, AAC, ...) by PyAV if that is installed. Recordings that were joined
    byte by byte (WAV, FLAC, MP3 with Xing headers) and chained Ogg are read to the end.

    Args:
        path: The file.
        sample_rate: Samples a second wanted; the file's own if None.

    Returns:
        The waveform, float32 (samples,) in [-1, 1], at least one sample, and its
        sample rate. Overshoot of lossy codecs is clipped. While channels cancel each
        other out, as those of opposite phase do, it is the strongest one.

    Raises:
        AudioError: If the file is empty, damaged, cut short, of no known format,
            larger than 1 GiB or longer than 2^28 samples, of a sample rate that no
            recording has, or holds no samples, NaN or values far outside [-1, 1].
        OSError: If the file cannot be opened at all.
    """
    path = home_path(path)
    if "\0" in str(path):
        raise _refusal(ascii(str(path)), "a name with a NUL", "a name of a file")
    size = path.stat().st_size
    if size == 0:
        raise _refusal(path, "which is empty (0 bytes)")
    if size > _MOST_BYTES:
        raise _refusal(path, f"of {size}", f"at most {_MOST_BYTES} bytes")
    audio, file_rate = _read_parts(path)
    if audio.shape[0] == 0:
        raise _refusal(path, "which holds no samples")
    if not np.isfinite(audio).all():
        raise _refusal(path, "with NaN or infinite ones", "finite samples")
    audio = mix_down(audio, file_rate)
    peak = float(np.abs(audio).max())
    if peak > LOUDEST:
        raise _refusal(path, f"with {peak:g}", "samples in [-1, 1]")
    if sample_rate is not None and sample_rate != file_rate:
        _check_length(path, round(len(audio) * sample_rate / file_rate))
        audio, file_rate = resample(audio, file_rate, sample_rate), sample_rate
    return np.clip(audio, -1, 1), file_rate


class _Content(io.BytesIO):
    """A file's bytes; decoders may ask for places before the first."""

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        try:
            return super().seek(offset, whence)
        except ValueError:
            return -1


class _NotReadableError(Exception):
    """libsndfile cannot read this file; another decoder may."""


def _read_parts(path: Path) -> tuple[np.ndarray, int]:
    """Reads (samples, channels) of all recordings that were joined in a file."""
    try:
        contents = parts(path.read_bytes())
    except DamagedError as error:
        raise _refusal(path, f"which is damaged: {error}") from error
    found = []
    for content in contents:
        try:
            found.append(_read_soundfile(path, content))
        except _NotReadableError as error:
            source = str(path) if len(contents) == 1 else _Content(content)
            found.append(_read_av(path, source, str(error)))
    forms = sorted({(rate, audio.shape[1]) for audio, rate in found})
    if len(forms) > 1:
        expected = "one sample rate and number of channels"
        raise _refusal(path, f"with {forms}", expected)
    return np.concatenate([audio for audio, _ in found]), forms[0][0]


def _read_soundfile(path: Path, content: bytes) -> tuple[np.ndarray, int]:
    """Reads (samples, channels) through libsndfile."""
    exact = False
    try:
        with soundfile.SoundFile(_Content(content)) as file:
            if file.format == "MP3" and not mp3_states_length(content):
                raise _NotReadableError("libsndfile cannot tell this MP3's length")
            if file.format == "FLAC" and file.frames >= UNKNOWN_FRAMES:
                raise _NotReadableError("FLAC without its number of samples")
            _check_rate(path, file.samplerate)
            exact = file.format == "FLAC"
            kind = "int32" if exact else "float32"
            blocks = [file.read(_BLOCK, dtype=kind, always_2d=True)]
            while len(blocks[-1]):
                _check_length(path, sum(map(len, blocks)) * file.channels)
                blocks.append(file.read(_BLOCK, dtype=kind, always_2d=True))
            audio = np.concatenate(blocks)
            if is_cut_short(file, len(audio), content):
                raise _refusal(path, "which is cut short")
            if exact:
                bits = int(file.subtype.removeprefix("PCM_").removeprefix("S"))
                _check_flac(path, content, audio, bits)
                audio = (audio / np.float32(2**31)).astype("float32")
            return audio, file.samplerate
    except soundfile.LibsndfileError as error:
        reason = (error.error_string or "damaged or cut short").rstrip(".")
        if exact or error.code == _MALFORMED:
            raise _refusal(path, f"which is damaged: {reason}") from error
        raise _NotReadableError(f"libsndfile: {reason}") from error


def _check_rate(path: Path, rate: int) -> None:
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        expected = f"a sample rate from {LOWEST_RATE} to {HIGHEST_RATE} Hz"
        raise _refusal(path, f"of {rate}", expected)


def _check_length(path: Path, samples: int) -> None:
    if samples > _MOST_SAMPLES:
        expected = f"at most {_MOST_SAMPLES} samples over all channels"
        raise _refusal(path, "with more; cut the recording into pieces", expected)


def _check_flac(path: Path, content: bytes, audio: np.ndarray, bits: int) -> None:
    stated = flac_checksum(content)
    if stated is not None and samples_checksum(audio, bits) != stated:
        raise _refusal(path, "which is damaged (its checksum is another)")


def _read_av(path: Path, source, reason: str) -> tuple[np.ndarray, int]:
    """Reads (samples, channels) of a path or file through PyAV.

    `reason` is why libsndfile could not.
    """
    try:
        import av
    except ImportError:
        more = "more formats are read after: pip install av"
        raise _refusal(path, f"{reason} ({more})") from None
    try:
        with av.open(source) as container:
            if not container.streams.audio:
                raise _refusal(path, "which holds no audio")
            to_float = av.AudioResampler(format="fltp")
            rate = getattr(container.streams.audio[0], "rate", None) or 0
            blocks, samples = [], 0
            for frame in itertools.chain(container.decode(audio=0), [None]):
                new = [block.to_ndarray() for block in to_float.resample(frame)]
                samples += sum(block.size for block in new)
                _check_length(path, samples)
                blocks += new
            # Matroska states the length, and is read to wherever it ends.
            stated = 0
            if "matroska" in container.format.name and not container.streams.video:
                stated = (container.duration or 0) / av.time_base * rate
    except av.FFmpegError as error:
        raise _refusal(path, f"{reason}; FFmpeg: {error.strerror}") from error
    if not blocks:
        raise _refusal(path, "which holds no samples")
    _check_rate(path, rate)
    audio = np.concatenate(blocks, axis=1).T
    if len(audio) < stated - rate / 10:
        raise _refusal(path, "which is cut short")
    return audio, rate
