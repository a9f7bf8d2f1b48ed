"""Signs that a file was cut short, which libsndfile reads without complaint."""

import re

import soundfile

from keras_pwavenet.audio.mp3 import id3_size

# Sizes in libsndfile's log of the header, where the file ends before they do.
_SIZES = re.compile(
    r"^ *(?:data|SSND|riff|BODY|Data Size|Data length)(?: *:)? "
    r"(\d+) \(?should be (\d+)",
    re.MULTILINE,
)
_SIGNS = ("File seems to be truncated", "Seems to be a truncated file")
_STATED = re.compile(r"^ *(?:Frames|Rows :.*Cols) *: (\d+)$", re.MULTILINE)
_STATING = ("AVR", "MAT5", "MPC2K", "RF64")
_NIST = re.compile(rb"\bsample_count -i (\d{1,12})\b")
_OGG_SIGNS = ("Last page lacks an end-of-stream bit", "Junk after the last page")
# Who writes to a pipe cannot know the size, and states one of the largest.
_UNKNOWN_SIZE = 0x7FFFF000
UNKNOWN_FRAMES = 2**40


def is_cut_short(file: soundfile.SoundFile, samples: int, content: bytes) -> bool:
    """Tells whether a file states more audio than it holds.

    Formats without a stated length (G.722, MP3 without a Xing header, IRCAM, PAF, PVF,
    XI) cannot tell.

    Args:
        file: The open file.
        samples: How many samples a channel could be read from it.
        content: Its bytes.
    """
    log = file.extra_info
    if any(
        int(found) < int(stated) < _UNKNOWN_SIZE
        for stated, found in _SIZES.findall(log)
    ):
        return True
    if any(sign in log for sign in _SIGNS):
        return True
    stated = []
    if file.format in _STATING:
        stated = _STATED.findall(log)
    elif file.format == "NIST":
        stated = _NIST.findall(content[:1024])
    if any(samples < int(one) < UNKNOWN_FRAMES for one in stated):
        return True
    if file.format == "OGG":
        return any(sign in log for sign in _OGG_SIGNS)
    return file.format in ("MP3", "FLAC") and samples < file.frames < UNKNOWN_FRAMES


def mp3_states_length(content: bytes) -> bool:
    """Tells whether an MP3 file begins with a Xing, Info or VBRI header.

    Without one libsndfile guesses the length from the first frame and reads no
    further, so it may lose the greater part of a file of variable bit rate.
    """
    first = 10 + id3_size(content[:10]) if content.startswith(b"ID3") else 0
    frame = content[first : first + 4096]
    for tag in (b"Xing", b"Info"):
        place = frame.find(tag)
        if place >= 0:
            states_frames = frame[place + 7 : place + 8]
            return bool(states_frames and states_frames[0] & 1)
    return b"VBRI" in frame
