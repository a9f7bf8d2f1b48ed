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

from keras_pwavenet.audio.mp3 import DamagedError, mp3_among, mp3_starts

_OGG_HEADER = struct.Struct("<4sBBqIIIB")
_FIRST = 2  # flag of the first page of an Ogg stream
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
# How files begin, with so many bytes that samples do not look like it by chance.
_KINDS = [
    re.compile(one, re.DOTALL)
    for one in (
        rb"(?:RIFF|RIFX|RF64).{4}WAVE|FORM.{4}(?:AIFF|AIFC|8SVX|16SV)"
        rb"|riff\x2e\x91\xcf\x11\xa5\xd6|caff\x00\x01\x00\x00desc"
        rb"|\.snd\x00\x00.{6}\x00{3}[\x01-\x1b]\x00[\x00-\x0b]..\x00{3}[\x01-\x20]"
        rb"|fLaC[\x00\x80]\x00\x00\x22|Creative Voice File\x1a|NIST_1A\n|#!AMR\n",
        rb"\x00{3}[\x08-\x40]ftyp[\w ]{4}",
        rb"\x1aE\xdf\xa3.{1,8}?B\x86\x81\x01",
        rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11",
    )
]
_OGG_OR_MP3 = re.compile(
    rb"OggS\x00\x02\x00{8}|\xff[\xe2-\xff]..\x00{9,32}(?:Xing|Info)\x00{3}[\x01-\x0f]",
    re.DOTALL,
)
_CHUNK = re.compile(rb"[a-z]{4}.{8}", re.DOTALL)  # of CAF
_UNKNOWN = 0xFFFFFFFF  # size of AU
_MP3 = re.compile(rb"ID3[\x02-\x04]|\xff[\xe2-\xff]")


def parts(content: bytes) -> list[bytes]:
    """Splits a file into the recordings that were joined in it.

    Args:
        content: The file's bytes, of any format.

    Returns:
        One recording or more, each a file of its own.

    Raises:
        DamagedError: If an Ogg page is damaged or missing, something else follows the
            end of an MP3 file, or Ogg or MP3 that of a file of another format.
    """
    if content.startswith(b"OggS"):
        starts = _ogg_starts(content)
    elif content.startswith(b"ID3") or content[:1] == b"\xff":
        starts = mp3_starts(content)
    else:
        kind = next((kind for kind in _KINDS if kind.match(content)), None)
        starts = [one.start() for one in kind.finditer(content)] if kind else []
        if kind is _KINDS[0]:
            _check_ends(content)
    starts = starts or [0]
    ends = [*starts[1:], len(content)]
    return [content[start:end] for start, end in zip(starts, ends, strict=True)]


def _check_ends(content: bytes) -> None:
    """Refuses Ogg or MP3 behind a file of samples."""
    other = _OGG_OR_MP3.search(content)
    order = {b"RIFF": "<I", b"FORM": ">I"}.get(content[:4])
    if other is None and order:
        size = struct.unpack_from(order, content, 4)[0]
        other = _MP3.match(content, 8 + size + size % 2) if size else None
    place = other.start() if other else None
    begin = _after_samples(content)
    if place is None and begin is not None:
        place = mp3_among(content, begin)
    if place is not None:
        raise DamagedError(f"Ogg or MP3 follows its end at byte {place}")


def _after_samples(content: bytes) -> int | None:
    """Where FLAC, AU or CAF may have ended; None for other formats."""
    if content.startswith(b"fLaC"):
        return 0
    if content.startswith(b".snd"):
        begin, size = struct.unpack_from(">II", content, 4)
        return begin if size == _UNKNOWN else begin + size
    if not content.startswith(b"caff") or b".mp3" in content[:64]:
        return None
    place = 8
    while _CHUNK.match(content, place):
        size = struct.unpack_from(">q", content, place + 4)[0]
        if size < 0:
            return place
        place += 12 + size
    return place


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
