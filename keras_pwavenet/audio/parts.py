"""Files of several parts, and the checksums that files bring along.

Recordings that were joined byte by byte, as `cat` does, are files in which libsndfile
reads the first part only. Damage that decoders conceal is told by the checksum of an
Ogg page, or of a FLAC file's samples.
"""

import hashlib
import itertools
import re
import struct
import zlib

import numpy as np

from keras_pwavenet.audio.mp3 import DamagedError, mp3_among, mp3_starts

_OGG_HEADER = struct.Struct("<4sBBqIIIB")
_FIRST = 2  # flag of the first page of an Ogg stream
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
# How files begin, with so many bytes that samples do not look like it by chance.
_SAMPLES = re.compile(
    rb"(?:RIFF|RIFX|RF64).{4}WAVE|FORM.{4}(?:AIFF|AIFC|8SVX|16SV)"
    rb"|riff\x2e\x91\xcf\x11\xa5\xd6|caff\x00\x01\x00\x00desc"
    rb"|\.snd\x00\x00.{6}\x00{3}[\x01-\x1b]\x00[\x00-\x0b]..\x00{3}[\x01-\x20]"
    rb"|fLaC[\x00\x80]\x00\x00\x22|Creative Voice File\x1a|NIST_1A\n|#!AMR\n",
    re.DOTALL,
)
_MAT4 = 1, 1, 0, 11, b"samplerate\x00"
# Looked for all through a file that begins like one of them, else at its stated end.
_RARE_SAMPLES = [
    re.compile(one, re.DOTALL)
    for one in (
        rb"dns\...\x00\x00.{4}[\x01-\x1b]\x00{3}..[\x00-\x0b]\x00[\x01-\x20]\x00{3}",
        rb"d\xa3[\x01-\x04]\x00.{4}(?:[\x01-\x20]\x00{3}.|\x00{3}[\x01-\x20]\x00)",
        rb"PVF1\n\d{1,4} \d{1,7} \d\d?\n",
        rb" paf\x00{7}[\x00\x01]|fap \x00{4}[\x00\x01]\x00{3}",
        rb"2BIT.{8}(?:\x00\x00|\xff\xff)\x00[\x08\x10](?:\x00\x00|\xff\xff){2}",
        rb"\x01\x04[\x00 -~]{17}.{2}[\x00\x01]",  # of an Akai MPC 2000
        rb"ALawSoundFile\*\*\x00\x0f",
        rb"Extended Instrument: ",
        rb"MATLAB 5\.0 MAT-file",
        re.escape(struct.pack("<5I11s", 0, *_MAT4)),
        re.escape(struct.pack(">5I11s", 1000, *_MAT4)),
        rb"\xf0~[\x00-\x7f]\x01[\x00-\x7f]{2}[\x08-\x1c][\x00-\x7f]{13}\xf7",
        rb"\.SoX.\x00{3}|XoS\.\x00{3}",
    )
]
# Containers, which follow their own kind only.
_CONTAINERS = [
    re.compile(one, re.DOTALL)
    for one in (
        rb"\x00{3}[\x08-\x40]ftyp[\w ]{4}",
        rb"\x1aE\xdf\xa3.{1,8}?B\x86\x81\x01",
        rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11",
        rb"FLV\x01[\x01\x04\x05]\x00{3}\x09",
        rb"TTA[12][\x01-\x03]\x00[\x01-\x20]\x00",
        rb"\xb7\xd8\x00\x20\x37\x49\xda\x11\xa6\x4e",  # WTV
    )
]
_OGG_OR_MP3 = re.compile(
    rb"OggS\x00\x02\x00{8}|\xff[\xe2-\xff]..\x00{9,32}(?:Xing|Info)\x00{3}[\x01-\x0f]",
    re.DOTALL,
)
_CHUNK = re.compile(rb"[a-z]{4}.{8}", re.DOTALL)  # of CAF
_UNKNOWN = 0xFFFFFFFF  # size of AU
_HEADER = 28  # of RF64, up to its size
_MP3 = re.compile(rb"ID3[\x02-\x04]|\xff[\xe2-\xff]")


def parts(content: bytes) -> list[bytes]:
    """Splits a file into the recordings that were joined in it.

    Args:
        content: The file's bytes, of any format.

    Returns:
        One recording or more, each a file of its own.

    Raises:
        DamagedError: If an Ogg page is damaged or missing, something else follows the
            end of an MP3 file, or that of a file of another format is followed by what
            is not read together with it.
    """
    if content.startswith(b"OggS"):
        starts = _ogg_starts(content)
    elif content.startswith(b"ID3") or content[:1] == b"\xff":
        starts = mp3_starts(content)
    elif _SAMPLES.match(content) or _rare(content, 0):
        kinds = _RARE_SAMPLES if _rare(content, 0) else []
        starts = sorted(
            one.start() for kind in [_SAMPLES, *kinds] for one in kind.finditer(content)
        )
        for start, end in itertools.pairwise([*starts, len(content)]):
            _check_end(content[start:end], start)
    else:
        if re.match(rb"RIFF.{4}AVI ", content, re.DOTALL):
            _check_size(content)
        kind = next((kind for kind in _CONTAINERS if kind.match(content)), None)
        starts = [one.start() for one in kind.finditer(content)] if kind else []
    starts = starts or [0]
    ends = itertools.pairwise([*starts, len(content)])
    return [content[start:end] for start, end in ends]


def _check_size(content: bytes) -> None:
    size = struct.unpack_from("<I", content, 4)[0]
    if len(content) - 8 < size < _UNKNOWN:
        raise DamagedError(f"it is cut short, {len(content) - 8} of {size} bytes")


def _rare(content: bytes, place: int) -> bool:
    return any(kind.match(content, place) for kind in _RARE_SAMPLES)


def _check_end(content: bytes, start: int) -> None:
    """Refuses what follows a file of samples and is not looked for all through it."""
    other = _OGG_OR_MP3.search(content)
    place = other.start() if other else None
    begin = _after_samples(content)
    if place is None and begin is not None:
        place = mp3_among(content, begin)
    end = _stated_end(content) or begin
    if place is None and end and (_MP3.match(content, end) or _rare(content, end)):
        place = end
    if place is not None:
        raise DamagedError(f"another recording follows its end at byte {start + place}")


def _stated_end(content: bytes) -> int | None:
    """Where RIFF and its kin say that they end; None for others, or if they do not."""
    kind = {
        b"RIFF": ("<I", 4, 8),
        b"RIFX": (">I", 4, 8),
        b"FORM": (">I", 4, 8),
        b"RF64": ("<Q", 20, 8),
        b"riff": ("<Q", 16, 0),
    }.get(content[:4])
    if kind is None or len(content) < _HEADER:
        return None
    order, place, head = kind
    size = struct.unpack_from(order, content, place)[0]
    return min(head + size + size % 2, len(content)) if size else None


def _after_samples(content: bytes) -> int | None:
    """Where samples may have ended; None for formats that may hold MP3."""
    if content.startswith((b"RIF", b"RF64", b"riff", b"FORM")):
        return None
    if content.startswith((b".snd", b"dns.")):
        order = ">II" if content.startswith(b".") else "<II"
        begin, size = struct.unpack_from(order, content, 4)
        return begin if size == _UNKNOWN else begin + size
    if not content.startswith(b"caff"):
        return 0
    if b".mp3" in content[:64]:
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
