"""Signs of a file cut short, where healthy files look alike."""

import io
import struct

import numpy as np
import pytest
import soundfile

from keras_pwavenet.audio.truncation import is_cut_short, mp3_states_length

XING = b"\xff\xf3\x88\xc4" + bytes(17) + b"Xing"


def wav_bytes(samples=1000):
    file = io.BytesIO()
    soundfile.write(file, np.zeros(samples), 16000, format="WAV", subtype="PCM_16")
    return file.getvalue()


def is_cut(data):
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        return is_cut_short(file, len(file.read()), data)


def test_wav():
    assert not is_cut(wav_bytes())
    assert is_cut(wav_bytes()[:-2])


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF000])
def test_wav_written_to_a_pipe_is_whole(size):
    data = bytearray(wav_bytes())
    data[40:44] = struct.pack("<I", size)
    assert not is_cut(bytes(data))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (XING + b"\0\0\0\x0f", True),
        (XING + b"\0\0\0\x0e", False),
        (XING.replace(b"Xing", b"Info") + b"\0\0\0\x01", True),
        (b"ID3\4\0\0\0\0\x02\x01" + bytes(257) + XING + b"\0\0\0\x0f", True),
        (b"\xff\xf3\x88\xc4" + bytes(32) + b"VBRI", True),
        (b"\xff\xf3\x88\xc4" + bytes(500), False),
        (b"", False),
    ],
)
def test_mp3_header(data, expected):
    assert mp3_states_length(data) is expected
