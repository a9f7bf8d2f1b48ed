"""Reading audio: every format, and every way a file can be broken."""

import sys

import numpy as np
import pytest
import soundfile

from keras_pwavenet.audio import AudioError, read_audio

RATE = 16000


def sine(samples=RATE, frequency=440):
    return 0.5 * np.sin(2 * np.pi * frequency * np.arange(samples) / RATE)


def noise(samples=RATE):
    return 0.1 * np.random.default_rng(0).standard_normal(samples)


def encode(path, audio, codec, container=None, rate=RATE, **options):
    """Writes a mono file with FFmpeg's encoders."""
    av = pytest.importorskip("av")
    with av.open(str(path), "w", format=container, options=options) as file:
        stream = file.add_stream(codec, rate=rate)
        stream.layout = "mono"
        samples = np.round(audio * 32767).astype("int16")[None]
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = rate
        to_codec = av.AudioResampler(
            format=stream.format.name, layout="mono", rate=rate
        )
        for block in [*to_codec.resample(frame), None]:
            file.mux(stream.encode(block))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("clip.wav", {}),
        ("clip.wav", {"subtype": "PCM_24"}),
        ("clip.wav", {"subtype": "FLOAT"}),
        ("clip.wav", {"subtype": "ULAW"}),
        ("clip.flac", {}),
        ("clip.ogg", {}),
        ("clip.opus", {"format": "OGG", "subtype": "OPUS"}),
        ("clip.mp3", {}),
        ("clip.aiff", {}),
        ("clip.w64", {}),
        ("clip.au", {}),
        ("clip.caf", {}),
    ],
)
def test_formats_of_libsndfile(tmp_path, name, options):
    soundfile.write(tmp_path / name, sine(), RATE, **options)
    audio, rate = read_audio(tmp_path / name)
    assert rate == RATE and audio.dtype == np.float32
    assert audio.shape == (RATE,)
    assert np.abs(audio - sine())[800:-800].max() < 0.03


@pytest.mark.parametrize(
    ("name", "codec"),
    [("clip.g722", "g722"), ("clip.m4a", "aac"), ("clip.webm", "libopus")],
)
def test_formats_of_pyav(tmp_path, name, codec):
    rate = 48000 if codec == "libopus" else RATE
    time = np.arange(rate) / rate
    expected = 0.5 * np.sin(2 * np.pi * 440 * time)
    encode(tmp_path / name, expected, codec, rate=rate)
    audio, found = read_audio(tmp_path / name)
    assert found == rate and audio.dtype == np.float32
    lags = range(-1100, 1101)
    centre = expected[4000:8000]
    errors = [np.abs(audio[4000 + lag : 8000 + lag] - centre).max() for lag in lags]
    assert min(errors) < 0.03


def test_mixes_down(tmp_path):
    stereo = np.stack([sine(), 0.5 * sine(frequency=880)], axis=1)
    soundfile.write(tmp_path / "clip.wav", stereo, RATE, subtype="FLOAT")
    audio, _ = read_audio(tmp_path / "clip.wav")
    np.testing.assert_allclose(audio, stereo.mean(axis=1), atol=1e-6)


def test_resamples(tmp_path):
    soundfile.write(tmp_path / "clip.wav", sine(), RATE)
    audio, rate = read_audio(tmp_path / "clip.wav", sample_rate=24000)
    assert rate == 24000 and audio.shape == (24000,)
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(24000) / 24000)
    assert np.abs(audio - expected)[2400:-2400].max() < 1e-3


def test_overshoot_is_clipped(tmp_path):
    soundfile.write(tmp_path / "clip.wav", 2.4 * sine(), RATE, subtype="FLOAT")
    audio, _ = read_audio(tmp_path / "clip.wav")
    assert audio.max() == 1.0 and audio.min() == -1.0


def test_content_counts_not_suffix(tmp_path):
    soundfile.write(tmp_path / "clip.flac", sine(), RATE)
    (tmp_path / "clip.flac").rename(tmp_path / "clip.wav")
    audio, _ = read_audio(tmp_path / "clip.wav")
    assert audio.shape == (RATE,)


@pytest.mark.parametrize("length", [1, 2, 100])
def test_short_files(tmp_path, length):
    soundfile.write(tmp_path / "clip.wav", sine(length), RATE)
    assert read_audio(tmp_path / "clip.wav")[0].shape == (length,)
    resampled, _ = read_audio(tmp_path / "clip.wav", sample_rate=8000)
    assert len(resampled) == max(1, round(length / 2))


def broken(path, match):
    with pytest.raises(AudioError, match=match) as error:
        read_audio(path)
    assert str(path) in str(error.value)


def test_empty_file(tmp_path):
    (tmp_path / "clip.wav").touch()
    broken(tmp_path / "clip.wav", "0 bytes")


def test_no_samples(tmp_path):
    soundfile.write(tmp_path / "clip.wav", np.zeros(0), RATE)
    broken(tmp_path / "clip.wav", "no samples")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_not_finite(tmp_path, value):
    audio = sine()
    audio[77] = value
    soundfile.write(tmp_path / "clip.wav", audio, RATE, subtype="FLOAT")
    broken(tmp_path / "clip.wav", "NaN or infinite")


def test_integers_in_a_float_file(tmp_path):
    soundfile.write(tmp_path / "clip.wav", sine() * 32768, RATE, subtype="FLOAT")
    broken(tmp_path / "clip.wav", r"Expected samples in \[-1, 1\]")


@pytest.mark.parametrize("suffix", ["wav", "mp3", "flac", "ogg", "m4a", "opus"])
def test_wrong_suffix(tmp_path, suffix):
    path = tmp_path / f"clip.{suffix}"
    path.write_text("This is a text and no audio at all.\n" * 100)
    broken(path, "libsndfile|no samples|no audio")


def test_no_audio_stream(tmp_path):
    pytest.importorskip("av")
    path = tmp_path / "clip.txt"
    path.write_text("FFmpeg takes a long text for a film of it.\n" * 100)
    broken(path, "no audio")


@pytest.mark.parametrize("share", [0.01, 0.3, 0.6, 0.95])
@pytest.mark.parametrize(
    "name", ["wav", "flac", "ogg", "opus", "mp3", "aiff", "w64", "au", "caf"]
)
def test_cut_short(tmp_path, name, share):
    path = tmp_path / f"clip.{name}"
    options = {"format": "OGG", "subtype": "OPUS"} if name == "opus" else {}
    soundfile.write(path, noise(), RATE, **options)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    broken(path, ".")


@pytest.mark.parametrize(("name", "codec"), [("m4a", "aac"), ("webm", "libopus")])
@pytest.mark.parametrize("share", [0.3, 0.6])
def test_cut_short_for_pyav(tmp_path, name, codec, share):
    path = tmp_path / f"clip.{name}"
    encode(path, noise(4 * 48000), codec, rate=48000)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    broken(path, ".")


def test_mp3_of_unstated_length_is_read_to_its_end(tmp_path):
    audio = np.concatenate([noise(RATE), 1e-4 * noise(2 * RATE)])
    encode(tmp_path / "clip.mp3", audio, "libmp3lame", write_xing="0")
    read, _ = read_audio(tmp_path / "clip.mp3")
    assert abs(len(read) - len(audio)) < 3000


def test_without_pyav_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    path = tmp_path / "clip.g722"
    path.write_bytes(bytes(range(256)) * 10)
    broken(path, "pip install av")


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.wav"):
        read_audio(tmp_path / "nowhere.wav")
