"""Nothing of a recording is lost in silence: joined files, flipped bits, bombs."""

import io
import struct
import sys

import numpy as np
import pytest
import soundfile

from keras_pwavenet.audio import AudioError, read, read_audio
from keras_pwavenet.audio.parts import parts

RATE = 16000
FORMATS = {
    "wav": {"format": "WAV"},
    "flac": {"format": "FLAC"},
    "ogg": {"format": "OGG"},
    "opus": {"format": "OGG", "subtype": "OPUS"},
    "mp3": {"format": "MP3"},
    "aiff": {"format": "AIFF"},
    "au": {"format": "AU"},
    "caf": {"format": "CAF"},
    "w64": {"format": "W64"},
    "rf64": {"format": "RF64"},
    "voc": {"format": "VOC"},
}


def tone(frequency=200, samples=8000, rate=RATE):
    time = np.arange(samples) / rate
    noise = np.random.default_rng(0).normal(size=samples)
    return 0.3 * np.sin(2 * np.pi * frequency * time) + 0.05 * noise


def encoded(name, audio=None, rate=RATE):
    file = io.BytesIO()
    audio = tone() if audio is None else audio
    soundfile.write(file, audio, rate, **FORMATS[name])
    return file.getvalue()


def write_av(path, samples, codec, rate=RATE, **options):
    """Writes a mono file with FFmpeg's encoders."""
    av = pytest.importorskip("av")
    with av.open(str(path), "w", options=options) as file:
        stream = file.add_stream(codec, rate=rate)
        stream.layout = "mono"
        audio = np.round(tone(samples=samples) * 32767).astype("int16")[None]
        frame = av.AudioFrame.from_ndarray(audio, format="s16", layout="mono")
        frame.sample_rate = rate
        convert = av.AudioResampler(stream.format.name, "mono", rate)
        for block in [*convert.resample(frame), None]:
            file.mux(stream.encode(block))


@pytest.fixture
def read_bytes(tmp_path):
    def reader(content, name="clip.bin"):
        (tmp_path / name).write_bytes(content)
        return read_audio(tmp_path / name)

    return reader


@pytest.mark.parametrize("name", FORMATS)
def test_joined_recordings_are_read_to_the_end(name, read_bytes):
    one, other = encoded(name), encoded(name, tone(500))
    joined, rate = read_bytes(one + other + one, f"clip.{name}")
    each = [read_bytes(content, f"one.{name}")[0] for content in (one, other, one)]
    assert rate == RATE
    np.testing.assert_array_equal(joined, np.concatenate(each))
    assert len(joined) == pytest.approx(24000, abs=2)


@pytest.mark.parametrize("seconds", [0.1, 1])
@pytest.mark.parametrize("options", [{"id3v2_version": "0"}, {}])
def test_mp3_behind_an_mp3_is_read_though_it_states_no_length(
    options, seconds, read_bytes, tmp_path
):
    samples = round(seconds * RATE)
    write_av(tmp_path / "x.mp3", samples, "libmp3lame", write_xing="0", **options)
    tail = (tmp_path / "x.mp3").read_bytes()
    joined, _ = read_bytes(encoded("mp3") + tail)
    assert 8000 + samples <= len(joined) < 8000 + samples + 3000


@pytest.mark.parametrize("seconds", [0.3, 2])
@pytest.mark.parametrize("first", ["flac", "au", "caf", "aiff", "wav"])
def test_mp3_without_headers_behind_another_format_is_named(
    first, seconds, read_bytes, tmp_path
):
    path = tmp_path / "x.mp3"
    write_av(
        path, round(seconds * RATE), "libmp3lame", write_xing="0", id3v2_version="0"
    )
    alone = encoded(first)
    read_bytes(alone)
    with pytest.raises(AudioError, match="another recording follows its end at byte"):
        read_bytes(alone + path.read_bytes())


@pytest.mark.parametrize("name", ["mp4", "webm"])
def test_joined_containers_of_pyav(name, read_bytes, tmp_path):
    path = tmp_path / f"x.{name}"
    write_av(path, 48000, {"mp4": "alac", "webm": "libopus"}[name], rate=48000)
    joined, _ = read_bytes(2 * path.read_bytes())
    np.testing.assert_array_equal(joined, np.tile(read_audio(path)[0], 2))


@pytest.mark.parametrize("second", ["ogg", "mp3"])
@pytest.mark.parametrize("first", ["wav", "aiff", "caf", "flac"])
def test_other_formats_behind_are_named(first, second, read_bytes):
    with pytest.raises(AudioError, match=r"another recording follows .* at byte \d{5}"):
        read_bytes(encoded(first) + encoded(second))
    both, _ = read_bytes(encoded(first) + encoded("au"))
    assert len(both) == 16000


def test_joined_recordings_of_different_rates_are_refused(read_bytes):
    content = encoded("flac") + encoded("flac", rate=8000)
    with pytest.raises(
        AudioError, match=r"one sample rate .*\(8000, 1\), \(16000, 1\)"
    ):
        read_bytes(content)


@pytest.mark.parametrize("tail", [b"TAG" + bytes(125), bytes(5000), b"APETAGEX" * 700])
def test_tags_at_the_end_of_mp3_are_no_recording(tail, read_bytes):
    assert len(read_bytes(encoded("mp3") + tail)[0]) == 8000


def test_junk_at_the_end_of_mp3_is_named(read_bytes):
    with pytest.raises(AudioError, match="what follows the MP3's end"):
        read_bytes(encoded("mp3") + b"junk" * 2000)


@pytest.mark.parametrize("name", ["ogg", "opus", "flac"])
def test_no_flipped_bit_passes(name, read_bytes):
    content = encoded(name)
    begin = content.index(b"fLaC") + 42 if name == "flac" else 0
    random = np.random.default_rng(1)
    for place in random.integers(begin, len(content), size=30):
        flipped = bytearray(content)
        flipped[place] ^= 1 << int(random.integers(8))
        try:
            audio, _ = read_bytes(bytes(flipped))
        except AudioError:
            continue
        # Padding may hold anything.
        np.testing.assert_array_equal(audio, read_bytes(content)[0])


def test_missing_page_is_named(read_bytes):
    content = encoded("ogg", tone(samples=80000))
    pages = [
        place for place in range(len(content)) if content.startswith(b"OggS", place)
    ]
    lost = content[: pages[3]] + content[pages[4] :]
    with pytest.raises(AudioError, match="page is missing"):
        read_bytes(lost)


@pytest.mark.parametrize("installed", [True, False])
def test_flac_without_a_number_of_samples(installed, read_bytes, monkeypatch):
    content = bytearray(encoded("flac"))
    content[21] &= 0xF0
    content[22:26] = bytes(4)
    content[26:42] = bytes(16)  # nor a checksum, as pipes write it
    if not installed:
        monkeypatch.setitem(sys.modules, "av", None)
        with pytest.raises(
            AudioError, match=r"FLAC without its number of samples .*pip install av"
        ):
            read_bytes(bytes(content))
        return
    pytest.importorskip("av")
    audio, _ = read_bytes(bytes(content))
    np.testing.assert_allclose(audio, read_bytes(encoded("flac"))[0], atol=1e-6)


@pytest.mark.parametrize("rate", [1, 999, 10**7])
def test_rates_of_no_recording_are_refused(rate, read_bytes):
    content = bytearray(encoded("wav"))
    content[24:28] = struct.pack("<I", rate)
    with pytest.raises(
        AudioError, match=f"sample rate from 1000 .*Received: .*of {rate}"
    ):
        read_bytes(bytes(content))


def test_long_recordings_are_refused_before_the_memory_is_full(read_bytes, monkeypatch):
    monkeypatch.setattr(read, "_BLOCK", 1000)
    monkeypatch.setattr(read, "_MOST_SAMPLES", 7500)
    with pytest.raises(AudioError, match="at most 7500 samples"):
        read_bytes(encoded("flac"))
    monkeypatch.setattr(read, "_MOST_BYTES", 100)
    with pytest.raises(AudioError, match="at most 100 bytes"):
        read_bytes(encoded("flac"))


def test_channels_do_not_make_a_recording_long(read_bytes):
    audio = np.tile(tone(samples=50)[:, None], (1, 1000))
    np.testing.assert_allclose(
        read_bytes(encoded("wav", audio))[0], audio[:, 0], atol=1 / 32768
    )


def test_raw_samples_and_names_that_no_file_has(read_bytes):
    with pytest.raises(AudioError, match=r"Received: .*clip\.raw, "):
        read_bytes(bytes(4000), "clip.raw")
    with pytest.raises(AudioError, match="NUL"):
        read_audio("a\0b.wav")


@pytest.mark.parametrize("channels", [2, 6])
def test_channels_of_opposite_phase_are_no_silence(channels, read_bytes):
    audio = np.zeros((8000, channels))
    audio[:, 0] = tone()
    one = encoded("wav", audio)
    np.testing.assert_allclose(
        read_bytes(one)[0], tone() / channels, atol=2 / 32768
    )  # silent channels count
    audio[:, 1] = -0.95 * tone()
    np.testing.assert_allclose(
        read_bytes(encoded("wav", audio))[0], tone(), atol=2 / 32768
    )


def test_other_formats_are_one_part():
    for content in (
        b"",
        b"RIFF",
        b"OggS"[:2],
        b"fLaC",
        b"caff" + bytes(100),
        b"\xff",
        b"ID3",
    ):
        assert parts(content) == [content]
