"""A prepared corpus on disk, read piece by piece."""

import os
from pathlib import Path

import numpy as np

from keras_pwavenet.audio import LogMelSpectrogram, to_float
from keras_pwavenet.data.cached_clips import read_index
from keras_pwavenet.data.split import SPLITS, split_of
from keras_pwavenet.files import home_path
from keras_pwavenet.presets import storage

AUDIO_FILE = "audio.int16"
MEL_FILE = "mel.float32"
PHONES_FILE = "phones.int8"
PITCH_FILE = "pitch.float32"
INDEX_FILE = "index.json"
MEL_SETTINGS_FILE = "preprocessor.json"
AUDIO_DTYPE = np.dtype("<i2")
MEL_DTYPE = np.dtype("<f4")
PHONES_DTYPE = np.dtype("i1")
PITCH_DTYPE = np.dtype("<f4")
UNKNOWN_PHONE = -1
UNTOUCHED = {"level": None, "highpass": None, "gains": {}, "lowered": {}}


class FeatureCache:
    """A corpus that `prepare` wrote: 16-bit audio and log-mel frames side by side.

    Only the index is held in memory; audio and features are read from the files
    where they are asked for, so a corpus may be far larger than the memory.

    The folder holds `audio.int16` and `mel.float32` (little-endian, clip after clip,
    no header), `index.json` and `preprocessor.json` (the mel settings); after
    `align` also `phones.int8`, the phone of each frame, and after `follow_pitch`
    `pitch.float32`, its fundamental frequency.

    Args:
        directory: The folder.

    Attributes:
        mel: The `LogMelSpectrogram` the features were made with.
        preprocessor: What makes the features that `conditioning` gives: the same.
        clips: List of `CachedClip`.
        preparation: What `prepare` did to the recordings: `level` in dB, `highpass` in
            Hz (both None if left alone), `gains` in dB by speaker, and `lowered`, in
            dB by clip. By the corpus' name where several corpora were joined, else
            under "".
        speakers: Names of the speakers, sorted; a speaker's number is the place here.

    Raises:
        ValueError: If the folder holds no cache, a damaged one, or one of another
            format.
    """

    def __init__(self, directory: str | os.PathLike) -> None:
        self.directory = home_path(directory)
        index_file = self.directory / INDEX_FILE
        if not index_file.is_file():
            raise ValueError(
                f"Expected a folder written by `prepare`, with {INDEX_FILE}. "
                f"Received: directory={str(directory)!r}"
            )
        index = read_index(index_file)
        self.mel = self.preprocessor = _mel(self.directory)
        self.clips = index["clips"]
        self.preparation: dict[str, dict] = index.get("preparation", {"": UNTOUCHED})
        self.speakers = sorted({clip.speaker for clip in self.clips})
        self._audio_path = self.directory / AUDIO_FILE
        self._mel_path = self.directory / MEL_FILE
        self._check()

    def __len__(self) -> int:
        return len(self.clips)

    def indices(self, split: str) -> np.ndarray:
        """Returns the numbers of a split's clips, int64 (clips,).

        Raises:
            ValueError: If there is no such split.
        """
        if split not in SPLITS:
            raise ValueError(
                f"Expected `split` to be one of {', '.join(SPLITS)}. "
                f"Received: split={split!r}"
            )
        numbers = [i for i, clip in enumerate(self.clips) if clip.split == split]
        return np.asarray(numbers, "int64")

    def speaker_ids(self) -> np.ndarray:
        """Returns every clip's speaker as a place in `speakers`, int32 (clips,)."""
        place = {speaker: i for i, speaker in enumerate(self.speakers)}
        return np.asarray([place[clip.speaker] for clip in self.clips], "int32")

    def audio(
        self, clip: int, start: int = 0, samples: int | None = None
    ) -> np.ndarray:
        """Reads audio of one clip.

        Args:
            clip: The clip's number.
            start: First sample wanted.
            samples: How many; to the clip's end if None.

        Returns:
            float32 (samples,) in [-1, 1). A whole clip is `frames * hop_length` long;
            its last frame may end in digital silence.

        Raises:
            ValueError: If the piece does not lie within the clip.
        """
        hop = self.mel.hop_length
        offset, count = self._locate(clip, start, samples, hop)
        data = _read(self._audio_path, AUDIO_DTYPE, offset, count)
        return to_float(data)

    def conditioning(
        self, clip: int, start: int = 0, frames: int | None = None
    ) -> np.ndarray:
        """Reads log-mel frames of one clip.

        Args:
            clip: The clip's number.
            start: First frame wanted.
            frames: How many; to the clip's end if None.

        Returns:
            float32 (frames, n_mels).

        Raises:
            ValueError: If the piece does not lie within the clip, or is not finite.
        """
        bands = self.mel.n_mels
        offset, count = self._locate(clip, start, frames, 1)
        data = _read(self._mel_path, MEL_DTYPE, offset * bands, count * bands)
        if not np.isfinite(data).all():
            raise ValueError(
                f"Expected finite numbers in {self._mel_path}. Received: NaN or "
                f"infinite ones in clip={self.clips[clip].name!r}"
            )
        return data.reshape(count, bands)

    def phones(
        self, clip: int, start: int = 0, frames: int | None = None
    ) -> np.ndarray:
        """Reads the phones of one clip's frames.

        Args:
            clip: The clip's number.
            start: First frame wanted.
            frames: How many; to the clip's end if None.

        Returns:
            int8 (frames,): places in `keras_pwavenet.text.PHONES`, -1 where unknown.

        Raises:
            ValueError: If the piece does not lie within the clip, or the corpus was not
                aligned.
        """
        return self._frames(PHONES_FILE, PHONES_DTYPE, "align", clip, start, frames)

    def pitch(self, clip: int, start: int = 0, frames: int | None = None) -> np.ndarray:
        """Reads the pitch of one clip's frames.

        Args:
            clip: The clip's number.
            start: First frame wanted.
            frames: How many; to the clip's end if None.

        Returns:
            float32 (frames,): the fundamental frequency in Hz, 0 where unvoiced.

        Raises:
            ValueError: If the piece does not lie within the clip, or the pitch of the
                corpus was not followed.
        """
        return self._frames(
            PITCH_FILE, PITCH_DTYPE, "follow_pitch", clip, start, frames
        )

    @property
    def aligned(self) -> bool:
        """Whether the phones of the frames are known."""
        return self._holds_frames(PHONES_FILE, PHONES_DTYPE)

    @property
    def pitch_followed(self) -> bool:
        """Whether the pitch of the frames is known."""
        return self._holds_frames(PITCH_FILE, PITCH_DTYPE)

    def _holds_frames(self, name: str, dtype: np.dtype) -> bool:
        """Whether there is a file of one number for each frame."""
        path = self.directory / name
        size = (self.clips[-1].offset + self.clips[-1].frames) * dtype.itemsize
        return path.is_file() and path.stat().st_size == size

    def _frames(
        self,
        name: str,
        dtype: np.dtype,
        writer: str,
        clip: int,
        start: int,
        frames: int | None,
    ) -> np.ndarray:
        """Reads the frames of a clip from a file that is not always there."""
        if not self._holds_frames(name, dtype):
            raise ValueError(
                f"Expected a corpus with {name}, as `{writer}` writes. Received: "
                f"directory={str(self.directory)!r}"
            )
        offset, count = self._locate(clip, start, frames, 1)
        return _read(self.directory / name, dtype, offset, count)

    def _locate(
        self, clip: int, start: int, count: int | None, unit: int
    ) -> tuple[int, int]:
        """Place in the file and length of a piece, both in 1/unit of a frame."""
        length = self.clips[clip].frames * unit
        if count is None:
            count = length - start
        if start < 0 or count < 0 or start + count > length:
            raise ValueError(
                f"Expected a piece within the clip's {length} values. Received: "
                f"clip={clip}, start={start}, length={count}"
            )
        return self.clips[clip].offset * unit + start, count

    def _check(self) -> None:
        offset = 0
        for clip in self.clips:
            if clip.offset != offset or clip.split != split_of(clip.prompt):
                raise ValueError(
                    "Expected clips one after the other, each in its prompt's split, "
                    f"in {self.directory / INDEX_FILE}. Received: {clip}"
                )
            offset += clip.frames
        sample_bytes = self.mel.hop_length * AUDIO_DTYPE.itemsize
        frame_bytes = self.mel.n_mels * MEL_DTYPE.itemsize
        for path, size in (
            (self._audio_path, offset * sample_bytes),
            (self._mel_path, offset * frame_bytes),
        ):
            found = path.stat().st_size if path.is_file() else None
            if found != size:
                raise ValueError(
                    f"Expected {size} bytes in {path}. Received: size={found}"
                )


def _mel(directory: Path) -> LogMelSpectrogram:
    kind, settings = storage.registered_class(directory, MEL_SETTINGS_FILE)
    path = directory / MEL_SETTINGS_FILE
    if kind is not LogMelSpectrogram:
        raise ValueError(
            f"Expected a LogMelSpectrogram in {path}. Received: {kind.__name__}"
        )
    return storage.build(kind, settings, path)


def _read(path: Path, dtype: np.dtype, offset: int, count: int) -> np.ndarray:
    return np.fromfile(path, dtype, count, offset=offset * dtype.itemsize)
