"""Files of several parts, and the checksums that files bring along.

Recordings that were joined byte by byte, as `cat` does, are files in which libsndfile
reads the first part only. Damage that decoders conceal is told by the checksum of an
Ogg page, or of a FLAC file's samples.
"""

import hashlib
import re
import struct
import zlib

import numpy as np

_OGG_HEADER = struct.Struct("<4sBBqIIIB")
_FIRST = 2  # flag of the first page of an Ogg stream
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_FLAC_START = re.compile(rb"fLaC[\x00\x80]\x00\x00\x22")
_XING = re.compile(rb"Xing|Info")
_XING_SIZES = struct.Struct(">3I")  # flags, frames, bytes
_TAGS = (b"TAG", b"APETAGEX", b"LYRICS", b"\x00")  # what may follow the last frame
_FEW = 4096  # bytes by which the length in a Xing header may be wrong
_RIFF = struct.Struct("<4sI4s")


class DamagedError(Exception):
    """A file is damaged; the message says where, to be read after its name."""


def parts(content: bytes) -> list[bytes]:
    """Splits a file into the recordings that were joined in it.

    Args:
        content: The file's bytes, of any format.

    Returns:
        One recording or more, each a file of its own.

    Raises:
        DamagedError: If an Ogg page is damaged or missing, or something else follows
            an MP3 file's end.
    """
    if content.startswith(b"OggS"):
        starts = _ogg_starts(content)
    elif content.startswith(b"fLaC"):
        starts = [match.start() for match in _FLAC_START.finditer(content)]
    elif content.startswith(b"RIFF"):
        starts = _riff_starts(content)
    elif content.startswith(b"ID3") or content[:1] == b"\xff":
        starts = _mp3_starts(content)
    else:
        return [content]
    starts = starts or [0]
    ends = [*starts[1:], len(content)]
    return [content[start:end] for start, end in zip(starts, ends, strict=True)]


def _ogg_starts(content: bytes) -> list[int]:
    """Where the links of a chain begin; checks every page on the way."""
    starts, place, former = [], 0, {}
    first = False
    while place < len(content):
        header = content[place : place + _OGG_HEADER.size]
        if len(header) < _OGG_HEADER.size or not header.startswith(b"OggS"):
            raise DamagedError(f"no Ogg page at byte {place}")
        *_, flags, _, serial, number, crc, segments = _OGG_HEADER.unpack(header)
        body = place + _OGG_HEADER.size
        end = body + segments + sum(content[body : body + segments])
        page = bytearray(content[place:end])
        page[22:26] = bytes(4)
        if end > len(content) or _ogg_crc(page) != crc:
            raise DamagedError(f"the Ogg page at byte {place} is damaged or cut short")
        if flags & _FIRST:
            if not first:
                starts.append(place)
        elif number != former.get(serial, -1) + 1:
            raise DamagedError(f"a page is missing before byte {place}")
        first = bool(flags & _FIRST)
        former[serial] = number
        place = end
    return starts


def _ogg_crc(page: bytes) -> int:
    # Ogg's checksum is zlib's of the bits in the other order, from 0 and not inverted.
    found = zlib.crc32(bytes(page).translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{found:032b}"[::-1], 2)


def _riff_starts(content: bytes) -> list[int]:
    starts, place = [], 0
    while place + _RIFF.size <= len(content):
        name, size, kind = _RIFF.unpack_from(content, place)
        if name != b"RIFF" or kind != b"WAVE":
            break
        starts.append(place)
        place += 8 + size + size % 2
    return starts


def _mp3_starts(content: bytes) -> list[int]:
    """Follows the lengths in Xing headers; without one there is one part."""
    starts, place = [], 0
    while place < len(content):
        head = content[place : place + 10]
        few = len(content) - place < _FEW and not _XING.search(content, place)
        if starts and (few or head.startswith(_TAGS)):
            break
        if starts and not (head.startswith(b"ID3") or head[:1] == b"\xff"):
            raise DamagedError(f"what follows the MP3's end at byte {place} is unknown")
        starts.append(place)
        begin = place + (10 + id3_size(head) if head.startswith(b"ID3") else 0)
        tag = _XING.search(content, begin, begin + 256)
        if tag is None:
            break
        flags, *sizes = struct.unpack_from(
            ">3I", content.ljust(tag.end() + 12), tag.end()
        )
        if flags & 3 != 3:
            break
        place = begin + sizes[1]
    return starts


def id3_size(head: bytes) -> int:
    """Bytes of an ID3v2 tag after its ten of header."""
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte
    return size


def flac_checksum(content: bytes) -> bytes | None:
    """MD5 of the samples that a FLAC file states, None if it states none."""
    found = content[26:42]
    return None if not any(found) or len(found) < 16 else found


def samples_checksum(samples: np.ndarray, bits: int) -> bytes:
    """MD5 of samples as FLAC computes it.

    Args:
        samples: int32 (samples, channels), with their bits at the upper end.
        bits: Of a sample.
    """
    size = -(-bits // 8)
    values = (samples >> (32 - bits)).astype("<i4")
    octets = np.ascontiguousarray(values).view("uint8").reshape(-1, 4)[:, :size]
    return hashlib.md5(np.ascontiguousarray(octets), usedforsecurity=False).digest()
