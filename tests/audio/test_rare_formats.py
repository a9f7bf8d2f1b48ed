"""Formats that few recordings have: joined, cut short, of eight bits."""

import io

import numpy as np
import pytest
import soundfile

from keras_pwavenet.audio import AudioError, read_audio

RARE = {
    "au": {"format": "AU", "endian": "LITTLE"},
    "avr": {"format": "AVR"},
    "iff": {"format": "SVX", "subtype": "PCM_16"},
    "mat4": {"format": "MAT4", "subtype": "PCM_16"},
    "mat4 of Sun": {"format": "MAT4", "endian": "BIG"},
    "mat5": {"format": "MAT5", "subtype": "PCM_16"},
    "mpc": {"format": "MPC2K"},
    "paf": {"format": "PAF"},
    "fap": {"format": "PAF", "endian": "LITTLE"},
    "pvf": {"format": "PVF", "subtype": "PCM_16"},
    "sds": {"format": "SDS"},
    "sf": {"format": "IRCAM"},
    "sf of Sun": {"format": "IRCAM", "endian": "BIG"},
    "sf of floats": {"format": "IRCAM", "subtype": "FLOAT"},
    "sph": {"format": "NIST"},
    "voc": {"format": "VOC"},
    "wve": {"format": "WVE"},
    "xi": {"format": "XI"},
}
COMMON = ("WAV", "AIFF", "W64", "RF64", "CAF", "AU")


def noise(seed=0, samples=8000):
    return 0.1 * np.random.default_rng(seed).normal(size=samples)


def encoded(audio, format, **options):
    file = io.BytesIO()
    rate = 8000 if format == "WVE" else 16000
    soundfile.write(file, audio, rate, format=format, **options)
    return file.getvalue()


@pytest.fixture
def read_bytes(tmp_path):
    def reader(content):
        (tmp_path / "clip.bin").write_bytes(content)
        return read_audio(tmp_path / "clip.bin")[0]

    return reader


@pytest.mark.parametrize("name", RARE)
def test_joined_recordings_are_read_to_the_end(name, read_bytes):
    one, other = (encoded(noise(seed), **RARE[name]) for seed in (0, 1))
    each = [read_bytes(content) for content in (one, other, one)]
    assert [len(audio) for audio in each] == [8000] * 3
    np.testing.assert_array_equal(read_bytes(one + other + one), np.concatenate(each))


@pytest.mark.parametrize("name", RARE)
def test_rare_formats_behind_common_ones(name, read_bytes):
    behind = encoded(noise(), **RARE[name])
    for format in COMMON:
        if name in ("wve", "xi"):  # of another rate, which is refused
            continue
        joined = 2 * encoded(noise(1), format) + behind
        try:
            assert len(read_bytes(joined)) == 24000
        except AudioError as error:
            assert "another recording follows its end" in str(error), format


@pytest.mark.parametrize("name", RARE)
def test_common_formats_behind_rare_ones(name, read_bytes):
    rate = {"wve": 8000, "xi": 44100}.get(name, 16000)
    behind = io.BytesIO()
    soundfile.write(behind, noise(1), rate, format="WAV")
    joined = encoded(noise(), **RARE[name]) + behind.getvalue()
    assert len(read_bytes(joined)) == 16000
    soundfile.write(behind := io.BytesIO(), noise(1), rate, format="MP3")
    with pytest.raises(AudioError, match="another recording follows its end"):
        read_bytes(joined + behind.getvalue())


STATING = (
    "au",
    "avr",
    "iff",
    "mat4",
    "mat4 of Sun",
    "mat5",
    "mpc",
    "sph",
    "voc",
    "wve",
)


@pytest.mark.parametrize("name", STATING)
def test_cut_short(name, read_bytes):
    content = encoded(noise(), **RARE[name])
    with pytest.raises(AudioError, match="cut short"):
        read_bytes(content[: len(content) * 2 // 3])


@pytest.mark.parametrize("format", ["RF64", "MP3"])
@pytest.mark.parametrize("part", [0.3, 0.66, 0.9])
def test_common_formats_cut_short(format, part, read_bytes):
    content = encoded(noise(samples=80000), format)
    assert len(read_bytes(content)) == 80000
    with pytest.raises(AudioError, match="cut short"):
        read_bytes(content[: int(len(content) * part)])


def test_avi_cut_short(read_bytes, tmp_path):
    av = pytest.importorskip("av")
    with av.open(str(tmp_path / "x.avi"), "w") as file:
        stream = file.add_stream("pcm_s16le", rate=16000, layout="mono")
        audio = np.zeros((1, 16000), "int16")
        frame = av.AudioFrame.from_ndarray(audio, format="s16", layout="mono")
        frame.sample_rate = 16000
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    content = (tmp_path / "x.avi").read_bytes()
    assert len(read_bytes(content)) == 16000
    with pytest.raises(AudioError, match="cut short"):
        read_bytes(content[: len(content) // 2])


@pytest.mark.parametrize("name", ["tta", "flv"])
def test_joined_files_of_pyav(name, read_bytes, tmp_path):
    av = pytest.importorskip("av")
    codec = {"tta": "tta", "flv": "pcm_s16le"}[name]
    with av.open(str(tmp_path / f"x.{name}"), "w") as file:
        stream = file.add_stream(codec, rate=22050, layout="mono")
        size = stream.codec_context.frame_size or 23000
        for begin in range(0, 46000, size):
            audio = np.full((1, min(size, 46000 - begin)), 1000, "int16")
            frame = av.AudioFrame.from_ndarray(audio, format="s16", layout="mono")
            frame.sample_rate, frame.pts = 22050, begin
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    content = (tmp_path / f"x.{name}").read_bytes()
    alone = read_bytes(content)
    assert len(alone) == 46000
    np.testing.assert_array_equal(read_bytes(2 * content), np.tile(alone, 2))


def test_flac_of_eight_bits(read_bytes):
    content = encoded(noise(), "FLAC", subtype="PCM_S8")
    np.testing.assert_allclose(read_bytes(content), noise(), atol=1 / 128)
    flipped = bytearray(content)
    flipped[-2000] ^= 1
    with pytest.raises(AudioError, match="damaged"):
        read_bytes(bytes(flipped))
