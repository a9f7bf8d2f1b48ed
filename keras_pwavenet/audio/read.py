"""Audio files to waveforms."""

import itertools
import os
from pathlib import Path

import numpy as np
import soundfile

from keras_pwavenet.audio.resampling import resample
from keras_pwavenet.audio.whole import is_cut_short, mp3_states_length

_BLOCK = 1 << 20
_MALFORMED = 3  # libsndfile knows the format, so another decoder would only guess.

# Lossy decoders and float files overshoot full scale a little; beyond 12 dB the file
# holds something else than audio in [-1, 1], most often unscaled integers.
_LOUDEST = 4.0


class AudioError(ValueError):
    """A file that should hold audio and cannot be used; the message names it."""


def read_audio(
    path: str | os.PathLike, sample_rate: int | None = None
) -> tuple[np.ndarray, int]:
    """Reads an audio file, mixes it down to one channel and resamples it.

    Whatever libsndfile knows (WAV, FLAC, Ogg, Opus, MP3, AIFF, ...) is read by it;
    the rest (G.722, AAC, ...) by PyAV if that is installed.

    Args:
        path: The file.
        sample_rate: Samples a second wanted; the file's own if None.

    Returns:
        The waveform, float32 (samples,) in [-1, 1], at least one sample, and its
        sample rate. Overshoot of lossy codecs is clipped.

    Raises:
        AudioError: If the file is empty, damaged, cut short, of no known format, or
            holds no samples, NaN or values far outside [-1, 1].
        OSError: If the file cannot be opened at all.
    """
    path = Path(path).expanduser()
    if path.stat().st_size == 0:
        raise AudioError(f"{path}: the file is empty (0 bytes)")
    try:
        audio, file_rate = _read_soundfile(path)
    except _NotReadableError as error:
        audio, file_rate = _read_av(path, str(error))
    if audio.shape[0] == 0:
        raise AudioError(f"{path}: the file holds no samples")
    if not np.isfinite(audio).all():
        raise AudioError(f"{path}: the audio holds NaN or infinite samples")
    audio = audio.mean(axis=1)
    peak = float(np.abs(audio).max())
    if peak > _LOUDEST:
        raise AudioError(f"{path}: expected samples in [-1, 1], found {peak:g}")
    if sample_rate is not None and sample_rate != file_rate:
        audio, file_rate = resample(audio, file_rate, sample_rate), sample_rate
    return np.clip(audio, -1, 1), file_rate


class _NotReadableError(Exception):
    """libsndfile cannot read this file; another decoder may."""


def _read_soundfile(path: Path) -> tuple[np.ndarray, int]:
    """Reads (samples, channels) through libsndfile."""
    try:
        with soundfile.SoundFile(path) as file:
            if file.format == "MP3" and not mp3_states_length(path):
                raise _NotReadableError("libsndfile cannot tell this MP3's length")
            blocks = [file.read(_BLOCK, dtype="float32", always_2d=True)]
            while len(blocks[-1]):
                blocks.append(file.read(_BLOCK, dtype="float32", always_2d=True))
            audio = np.concatenate(blocks)
            if is_cut_short(file, len(audio)):
                raise AudioError(f"{path}: the file is cut short")
            return audio, file.samplerate
    except soundfile.LibsndfileError as error:
        reason = (error.error_string or "damaged or cut short").rstrip(".")
        if error.code == _MALFORMED:
            raise AudioError(f"{path}: {reason}") from error
        raise _NotReadableError(f"libsndfile: {reason}") from error


def _read_av(path: Path, reason: str) -> tuple[np.ndarray, int]:
    """Reads (samples, channels) through PyAV; `reason` is why libsndfile could not."""
    try:
        import av
    except ImportError:
        raise AudioError(
            f"{path}: {reason} (more formats are read after: pip install av)"
        ) from None
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise AudioError(f"{path}: the file holds no audio")
            to_float = av.AudioResampler(format="fltp")
            rate = container.streams.audio[0].rate
            blocks = []
            for frame in itertools.chain(container.decode(audio=0), [None]):
                blocks += [block.to_ndarray() for block in to_float.resample(frame)]
            # Matroska states the length, and is read to wherever it ends.
            stated = 0
            if "matroska" in container.format.name and not container.streams.video:
                stated = (container.duration or 0) / av.time_base * rate
    except av.FFmpegError as error:
        raise AudioError(f"{path}: {reason}; FFmpeg: {error.strerror}") from error
    if not blocks:
        raise AudioError(f"{path}: the file holds no samples")
    audio = np.concatenate(blocks, axis=1).T
    if len(audio) < stated - rate / 10:
        raise AudioError(f"{path}: the file is cut short")
    return audio, rate
