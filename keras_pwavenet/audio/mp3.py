"""The frames of MP3 files, and where one of several that were joined ends."""

import itertools
import re
import struct

_XING = re.compile(rb"Xing|Info")
_TAGS = (b"TAG", b"APETAGEX", b"LYRICS", b"\x00")  # what may follow the last frame
_FEW = 4096  # bytes that may follow it, too
_LACKING = 3  # frames that writers may count beside those of audio
# kbit/s of layer III by index, of MPEG 1 and of MPEG 2 and 2.5; samples a second.
_BITRATES = (
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
)
_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


class DamagedError(Exception):
    """A file is damaged; the message says where, to be read after its name."""


_SYNC = re.compile(rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb]")  # how frames begin
_MOST = 2**18  # places to look at, twice what a gigabyte of FLAC has by chance
_CERTAIN, _AT_THE_END = 8, 3  # frames in a row that are there by no chance


def mp3_among(content: bytes, start: int = 0) -> int | None:
    """Where MP3 frames begin in a file of another format; None if there are none.

    They follow each other eight times, or three times to the file's end.

    Args:
        content: The file's bytes.
        start: Where to begin to look.
    """
    for found in itertools.islice(_SYNC.finditer(content, start), _MOST):
        place, frames = found.start(), 0
        while frames < _CERTAIN:
            size = frame_size(content[place : place + 4])
            if not size or place + size > len(content):
                break
            place, frames = place + size, frames + 1
        ends = place == len(content) or content.startswith((b"TAG", b"APETAGEX"), place)
        if frames == _CERTAIN or (frames >= _AT_THE_END and ends):
            return found.start()
    return None


def mp3_starts(content: bytes) -> list[int]:
    """Where the MP3 files begin that were joined.

    The number of frames in a Xing header says where a file ends. What has none is one
    part with all that follows.

    Raises:
        DamagedError: If something else follows the end of one, or one is cut short.
    """
    starts, place = [], 0
    while place < len(content):
        head = content[place : place + 10]
        is_mp3 = head.startswith(b"ID3") or frame_size(head)
        few = len(content) - place < _FEW and not is_mp3
        if starts and (few or head.startswith(_TAGS)):
            break
        if starts and not is_mp3:
            raise DamagedError(f"what follows the MP3's end at byte {place} is unknown")
        starts.append(place)
        begin = place + (10 + id3_size(head) if head.startswith(b"ID3") else 0)
        tag = _XING.search(content, begin, begin + 256)
        if tag is None:
            break
        flags, frames, size = struct.unpack_from(
            ">3I", content.ljust(tag.end() + 12), tag.end()
        )
        if not flags & 1:
            break
        end = _end_of(content, begin, frames + 1)
        if end is None and flags & 3 != 3:
            break
        place = begin + size if end is None else end
    return starts


def _end_of(content: bytes, place: int, frames: int) -> int | None:
    """The byte after so many frames, None if they are not there one after another.

    Raises:
        DamagedError: If the file ends long before.
    """
    for done in range(frames):
        size = frame_size(content[place : place + 4])
        if not size and place < len(content) - 4:
            return None
        if place + size > len(content) or not size:
            if frames - done <= _LACKING:
                return None
            raise DamagedError(
                f"of {frames - 1} MP3 frames {done - 1} are there, it is cut short"
            )
        place += size
    return place


def frame_size(head: bytes) -> int:
    """Bytes of a frame of layer III by its first four; 0 if it is none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return 0
    version, rate = head[1] >> 3 & 3, head[2] >> 2 & 3
    if version == 1 or rate == 3 or head[2] >> 4 in (0, 15):
        return 0
    bitrate = _BITRATES[version != 3][head[2] >> 4]
    samples = 144 if version == 3 else 72
    return samples * 1000 * bitrate // _RATES[version][rate] + (head[2] >> 1 & 1)


def id3_size(head: bytes) -> int:
    """Bytes of an ID3v2 tag after its ten of header."""
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte
    return size
