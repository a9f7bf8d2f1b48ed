"""Writing audio: exact in 16 bits, whole or not at all."""

import numpy as np
import pytest
import soundfile

from keras_pwavenet.audio import (
    audio_format,
    read_audio,
    to_float,
    write_audio,
    writing_audio,
)


def noise(samples, seed=0):
    steps = np.random.default_rng(seed).integers(-20000, 20000, samples)
    return to_float(steps.astype("int16"))


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".aiff", ".WAV"])
def test_lossless_round_trip_is_exact(tmp_path, suffix):
    path = tmp_path / f"clip{suffix}"
    audio = noise(4801)
    write_audio(path, audio, 24000)
    again, rate = read_audio(path)
    assert rate == 24000
    assert soundfile.info(path).subtype == "PCM_16"
    np.testing.assert_array_equal(again, audio)


@pytest.mark.parametrize("suffix", [".ogg", ".mp3"])
def test_lossy_round_trip_is_close(tmp_path, suffix):
    path = tmp_path / f"clip{suffix}"
    audio = 0.5 * np.sin(2 * np.pi * 440 * np.arange(24000) / 24000)
    write_audio(path, audio, 24000)
    again, rate = read_audio(path)
    assert rate == 24000 and again.shape == audio.shape
    assert np.abs(again - audio)[1200:-1200].max() < 0.04


def test_full_scale_is_allowed(tmp_path):
    write_audio(tmp_path / "clip.wav", np.array([1.0, -1.0]), 8000)
    audio, _ = read_audio(tmp_path / "clip.wav")
    assert audio.tolist() == [32767 / 32768, -1.0]


@pytest.mark.parametrize(
    ("audio", "message"),
    [
        (np.array([0.0, np.nan]), "1 NaN or infinite samples of 2"),
        (np.array([0.0, np.inf]), "1 NaN or infinite"),
        (np.array([0.0, 1.01]), "peak=1.01"),
        (np.zeros((2, 5)), r"audio.shape=\(2, 5\)"),
        (np.zeros(0), r"audio.shape=\(0,\)"),
    ],
)
def test_refused_audio_leaves_the_old_file(tmp_path, audio, message):
    path = tmp_path / "clip.wav"
    path.write_bytes(b"old")
    with pytest.raises(ValueError, match=message):
        write_audio(path, audio, 16000)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_unknown_suffix(tmp_path):
    with pytest.raises(ValueError, match=r"clip\.xyz"):
        write_audio(tmp_path / "clip.xyz", np.zeros(10), 16000)


def test_failure_leaves_nothing(tmp_path):
    with pytest.raises(OSError, match=r"clip\.mp3"):
        write_audio(tmp_path / "clip.mp3", np.zeros(10), 12345)
    assert not list(tmp_path.iterdir())
    with pytest.raises(OSError, match="missing"):
        write_audio(tmp_path / "missing" / "clip.wav", np.zeros(10), 16000)


def test_format_of_a_suffix():
    assert audio_format("a/b.Wav") == "WAV"
    with pytest.raises(ValueError, match=r"suffix of an audio format.*Received: path="):
        audio_format("a/b.xyz")


@pytest.mark.parametrize("format", soundfile.available_formats())
def test_every_format_keeps_rate_and_samples_or_is_refused(
    format, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    audio = 0.5 * np.sin(np.arange(8000) / 10)
    name = f"clip.{format.lower()}"
    try:
        write_audio(name, audio, 24000)
    except ValueError as error:
        assert "keeps the sample rate" in str(error)
        assert format in ("HTK", "RAW", "SD2", "WVE", "XI")
        assert not list(tmp_path.iterdir())
        return
    found, rate = read_audio(name)
    assert (rate, len(found)) == (24000, 8000)
    assert np.corrcoef(audio, found)[0, 1] > 0.99
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_written_piece_by_piece(tmp_path):
    pieces = [np.full(3, 0.25), np.zeros(2, "float32"), np.full(4, -1.0)]
    for suffix in (".wav", ".flac"):
        target = tmp_path / f"a{suffix}"
        with writing_audio(target, 8000) as write:
            for piece in pieces:
                write(piece)
            assert not target.exists()
        whole = tmp_path / f"b{suffix}"
        write_audio(whole, np.concatenate(pieces), 8000)
        assert target.read_bytes() == whole.read_bytes()


def test_pieces_that_fail_leave_nothing(tmp_path):
    for piece in (np.full(2, 1.5), np.zeros((2, 2)), np.full(2, np.nan)):
        with (
            pytest.raises(ValueError),
            writing_audio(tmp_path / "a.wav", 8000) as write,
        ):
            write(np.zeros(2))
            write(piece)
    with pytest.raises(OSError), writing_audio(tmp_path / "no" / "a.wav", 8000):
        pass
    with pytest.raises(ValueError), writing_audio(tmp_path / "a.exe", 8000):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3", "aiff"])
@pytest.mark.parametrize("room", [0, 3000])
def test_full_disk_is_named_and_leaves_nothing(suffix, room, tmp_path, full_disk):
    path = tmp_path / f"a.{suffix}"
    audio = noise(20 * 8000)
    with full_disk(room), pytest.raises(OSError, match=rf"too large: '.*a\.{suffix}'"):
        write_audio(path, audio, 8000)
    with (
        full_disk(room),
        pytest.raises(OSError, match=rf"too large: '.*a\.{suffix}'"),
        writing_audio(path, 8000) as write,
    ):
        for start in range(0, len(audio), 1000):
            write(audio[start : start + 1000])
    assert list(tmp_path.iterdir()) == []
