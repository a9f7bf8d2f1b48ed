"""Preparing a corpus: exact content, broken files, interruption."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from keras_pwavenet.audio import read_audio, to_float, to_int16
from keras_pwavenet.data import Clip, FeatureCache, prepare, split_of, waveforms


def content(directory):
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def test_content(clips, cache, mel):
    assert len(cache) == len(clips)
    hop = mel.hop_length
    for number, clip in enumerate(clips):
        audio, _ = read_audio(clip.path)
        entry = cache.clips[number]
        assert (entry.name, entry.text, entry.speaker, entry.split) == (
            clip.name,
            clip.text,
            clip.speaker,
            split_of(clip.name),
        )
        assert entry.frames == -(-len(audio) // hop)
        padded = np.pad(audio, (0, entry.frames * hop - len(audio)))
        np.testing.assert_array_equal(cache.audio(number), padded)
        np.testing.assert_array_equal(cache.conditioning(number), mel(padded))
    assert cache.mel.get_config() == mel.get_config()
    assert cache.speakers == ["a", "b"]


def test_report(clips, mel, tmp_path):
    report = prepare(clips[:3], tmp_path / "cache", mel, progress=False)
    frames = [clip.frames for clip in FeatureCache(tmp_path / "cache").clips]
    assert report.clips == 3 and report.skipped == []
    assert report.directory == tmp_path / "cache"
    assert report.seconds == pytest.approx(sum(frames) * 80 / 8000)
    assert "3 clips" in str(report)


def test_resamples_to_the_features_rate(tmp_path, mel):
    audio = 0.5 * np.sin(np.arange(16000) * 0.05)
    soundfile.write(tmp_path / "a.wav", audio, 16000)
    prepare([Clip("a", tmp_path / "a.wav")], tmp_path / "cache", mel, progress=False)
    expected, _ = read_audio(tmp_path / "a.wav", mel.sample_rate)
    cached = FeatureCache(tmp_path / "cache").audio(0)
    np.testing.assert_array_equal(cached, to_float(to_int16(expected)))


@pytest.fixture
def broken(tmp_path):
    """One broken file of each kind, and the word its report must hold."""
    good = tmp_path / "good.wav"
    soundfile.write(good, np.full(1000, 0.1), 8000)
    (tmp_path / "empty.wav").touch()
    (tmp_path / "cut.wav").write_bytes(good.read_bytes()[:-500])
    nan = np.full(1000, np.nan)
    soundfile.write(tmp_path / "nan.wav", nan, 8000, subtype="FLOAT")
    soundfile.write(tmp_path / "zero.wav", nan[:0], 8000)
    (tmp_path / "text.mp3").write_text("no audio at all\n" * 100)
    reasons = {
        "empty.wav": "0 bytes",
        "cut.wav": "cut short",
        "nan.wav": "NaN",
        "zero.wav": "no samples",
        "text.mp3": "libsndfile",
        "missing.wav": "No such file",
    }
    return [(tmp_path / name, reason) for name, reason in reasons.items()]


def test_broken_files_are_named_and_skipped(tmp_path, mel, broken):
    clips = [Clip("good", tmp_path / "good.wav")]
    clips[:0] = [Clip(path.name, path) for path, _ in broken]
    report = prepare(clips, tmp_path / "cache", mel, progress=False)
    assert report.clips == 1 and len(report.skipped) == len(broken)
    for (name, message), (path, reason) in zip(report.skipped, broken, strict=True):
        assert name == path.name
        assert str(path) in message and reason in message
        assert message in str(report)
    assert "6 skipped" in str(report)
    assert [clip.name for clip in FeatureCache(tmp_path / "cache").clips] == ["good"]


def test_no_clip_left_is_an_error(tmp_path, mel, broken):
    clips = [Clip(path.name, path) for path, _ in broken]
    with pytest.raises(ValueError, match=r"a clip that can be used(.|\n)*empty\.wav"):
        prepare(clips, tmp_path / "cache", mel, progress=False)
    with pytest.raises(ValueError, match="a clip that can be used"):
        prepare([], tmp_path / "cache", mel, progress=False)
    assert not (tmp_path / "cache").exists()
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("workers", [1, 2, 9])
def test_any_number_of_workers_gives_the_same_cache(
    clips, cache, mel, tmp_path, workers
):
    clips = [*clips[:30], Clip("broken", tmp_path / "missing.wav"), *clips[30:]]
    report = prepare(clips, tmp_path / "cache", mel, workers, progress=False)
    assert [name for name, _ in report.skipped] == ["broken"]
    assert content(tmp_path / "cache") == content(cache.directory)


def test_progress_bar(clips, mel, tmp_path, capsys, monkeypatch):
    prepare(clips[:4], tmp_path / "loud", mel)
    assert capsys.readouterr() == ("", "")  # is no terminal
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    prepare(clips[:4], tmp_path / "terminal", mel)
    assert "4/4" in capsys.readouterr().err
    prepare(clips[:4], tmp_path / "quiet", mel, progress=False)
    assert capsys.readouterr() == ("", "")


def test_keeps_what_is_there(clips, mel, tmp_path):
    (tmp_path / "cache").mkdir()
    prepare(clips[:2], tmp_path / "cache", mel, progress=False)
    before = content(tmp_path / "cache")
    with pytest.raises(FileExistsError, match="cache"):
        prepare(clips[:3], tmp_path / "cache", mel, progress=False)
    assert content(tmp_path / "cache") == before


def test_refuses_to_have_no_worker(clips, mel, tmp_path):
    with pytest.raises(ValueError, match="Received: workers=0"):
        prepare(clips, tmp_path / "features", mel, workers=0)
    assert not (tmp_path / "features").exists()


def test_refuses_a_name_twice(clips, mel, tmp_path):
    with pytest.raises(ValueError, match="part/0"):
        prepare([clips[0], clips[1], clips[0]], tmp_path / "cache", mel)


@pytest.mark.parametrize("workers", [1, 3])
def test_interrupted(clips, mel, tmp_path, monkeypatch, workers):
    calls = []

    def read(path, sample_rate):
        calls.append(path)
        if len(calls) >= 30:
            raise KeyboardInterrupt
        return read_audio(path, sample_rate)

    monkeypatch.setattr(waveforms, "read_audio", read)
    with pytest.raises(KeyboardInterrupt):
        prepare(clips, tmp_path / "cache", mel, workers, progress=False)
    assert not list(tmp_path.iterdir())
    monkeypatch.undo()
    assert prepare(clips, tmp_path / "cache", mel, progress=False).clips == 60


SCRIPT = """
import sys, time
from keras_pwavenet.audio import LogMelSpectrogram, read_audio
from keras_pwavenet.data import prepare, read_corpus, waveforms

corpus, speed, target = sys.argv[1:]

def read(path, sample_rate):
    if speed == "slow" and path.name == "5.wav":
        print("half way", flush=True)
        time.sleep(60)
    return read_audio(path, sample_rate)

waveforms.read_audio = read
mel = LogMelSpectrogram(8000, 256, 80, 200, 20)
prepare(read_corpus(corpus), target, mel, workers=1, progress=False)
"""


@pytest.mark.slow
def test_killed_and_run_again(clips, mel, tmp_path):
    command = [sys.executable, "-c", SCRIPT, str(clips[0].path.parent)]
    target = tmp_path / "cache"
    with subprocess.Popen(
        [*command, "slow", str(target)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "half way\n"
        assert list(tmp_path.glob(".cache.*.partial"))
        assert not target.exists()
        os.kill(process.pid, signal.SIGKILL)
    assert not target.exists()
    subprocess.run([*command, "fast", str(target)], check=True)
    assert len(FeatureCache(target)) == 60
    assert list(tmp_path.iterdir()) == [target]
