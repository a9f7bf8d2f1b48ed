"""The command that speaks text."""

import os
import signal
import subprocess
import sys
import time
import types
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

import keras_pwavenet
from keras_pwavenet import TextToSpeech, cli

pytest.importorskip("gruut_lang_en")
HUMAN = ("HUP", "INT")  # what a closed terminal and Ctrl-C send


def test_say_writes_what_the_library_speaks(succeed, text_voice, tmp_path):
    target = tmp_path / "out.wav"
    options = ("--preset", text_voice, "--rate", 2, "--pitch-scale", 1.5, "--seed", 3)
    said = succeed("say", "Hello, world. Yes?", target, *options).stdout
    spoken, rate = soundfile.read(target, dtype="float32")
    expected = TextToSpeech.from_preset(text_voice).synthesize(
        "Hello, world. Yes?", rate=2, pitch_scale=1.5, seed=3
    )
    assert rate == 8000
    np.testing.assert_allclose(spoken, expected, atol=1e-4)
    assert said == f"{target}: {len(spoken) / 8000:.1f} s at 8000 Hz\n"
    assert [path.name for path in tmp_path.iterdir()] == ["out.wav"]


@pytest.mark.usefixtures("eagerly")
def test_say_takes_text_from_a_file_and_a_pipe(succeed, text_voice, tmp_path):
    sizes = set()
    (tmp_path / "text.txt").write_text("\ufeffHéllo. Yes. No. Yes.", "utf-8")
    for text, given in ((tmp_path / "text.txt", None), ("-", "Hello. Yes. No. Yes.")):
        target = tmp_path / "out.flac"
        arguments = ["say", str(text), str(target), "--preset", str(text_voice)]
        result = CliRunner().invoke(cli.app, arguments, input=given)
        assert result.exit_code == 0, result.output
        assert "4/4" not in result.stderr  # no terminal, no bar
        sizes.add(soundfile.info(target).frames)
    assert len(sizes) == 1


def test_say_writes_no_lines_of_others(in_a_process, tmp_path):
    pytest.importorskip("ai_edge_litert")
    done = in_a_process("say", "Hello.", tmp_path / "out.wav")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_say_shows_phonemes_without_a_voice(succeed, tmp_path):
    (tmp_path / "own.txt").write_text("# mine\n\nkubelet ˈkjuːblət\nbob\tˈbɑ b\n")
    shown = succeed(
        "say",
        "Kubelet [wʌt] bob. 日本!",
        "--phonemes",
        "--lexicon",
        tmp_path / "own.txt",
    )
    assert shown.stdout == "kjˈublət wʌt bˈɑ b.\n"
    assert "Warning: Expected text that can be said" in shown.stderr
    assert shown.stderr.count("\n") == 1


def test_say_plays(succeed, text_voice, monkeypatch):
    played = []

    class Stream:
        def __init__(self, rate, channels, dtype):
            played.append((rate, channels, dtype))

        def __enter__(self):
            return self

        def __exit__(self, *error):
            played.append("end")

        def write(self, audio):
            played.append(audio.shape)

    fake = sounddevice(OutputStream=Stream, query_devices=lambda kind: {})
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    succeed("say", "[jɛs]. [noʊ].", "--play", "--preset", text_voice)
    # Three phones and a full stop, four frames each; then a pause, and two phones.
    assert played == [(8000, 1, "float32"), (1280, 1), (2000 + 960, 1), "end"]


def sounddevice(**names):
    return types.SimpleNamespace(PortAudioError=RuntimeError, **names)


def test_what_cannot_play_is_refused_before_text_and_voice(fail, monkeypatch, tmp_path):
    empty = tmp_path / "empty.txt"
    empty.touch()
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    assert "pip install sounddevice" in fail("say", empty, "--play")

    def no_device(kind):
        raise RuntimeError("Error querying device -1")

    fake = sounddevice(query_devices=no_device)
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    assert "a device that plays" in fail("say", empty, "--play")
    monkeypatch.delitem(sys.modules, "sounddevice")
    (tmp_path / "sounddevice.py").write_text(
        "raise OSError('PortAudio library not found')"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert "libportaudio2" in fail("say", empty, "--play")
    sys.modules.pop("sounddevice", None)


def test_what_say_refuses(fail, text_voice, student, teacher, tmp_path, monkeypatch):
    target = tmp_path / "out.wav"
    to_voice = ("--preset", text_voice)
    assert "OUT, --play or --phonemes" in fail("say", "Yes")
    assert "can be said" in fail("say", " ", target, *to_voice)
    assert "`text_to_speech`" in fail("say", "Yes", target, "--preset", student)
    assert "ParallelWaveNet" in fail("say", "Yes", target, "--preset", teacher)
    assert "'q' in 'ˈqa'" in fail("say", "[ˈqa]", target, *to_voice)
    assert "--rate" in fail("say", "Yes", target, "--rate", 9)
    assert "--pitch-scale" in fail("say", "Yes", target, "--pitch-scale", 10.1)
    assert "--seed" in fail("say", "Yes", target, "--seed", 2**32)
    assert "suffix" in fail("say", "Yes", tmp_path / "out.exe", *to_voice)
    (tmp_path / "folder.wav").mkdir()
    assert ", a folder" in fail("say", "Yes", tmp_path / "folder.wav")
    if Path("/proc/self").exists():
        assert "can be written. Rec" in fail("say", "Yes", "/proc/out.wav")
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9")
    assert "byte 3 is 0xe9" in fail("say", tmp_path / "latin.txt", target, *to_voice)
    (tmp_path / "own.txt").write_text("kubelet\n")
    assert "line 1 of" in fail(
        "say", "x", "--phonemes", "--lexicon", tmp_path / "own.txt"
    )
    (tmp_path / "empty.txt").write_text("\ufeff \n", "utf-8")
    message = fail("say", tmp_path / "empty.txt", target, *to_voice)
    assert message.endswith("empty.txt, which is empty")
    assert "an argument, where byte 1 is 0xff" in fail("say", "a\udcffb", target)
    assert not target.exists()


def test_what_the_shell_took_apart_is_told(fail, succeed, tmp_path):
    quotes = "Text of several words needs quotes. "
    target = tmp_path / "out.wav"
    assert quotes in fail("say", "Hello", "there", target)
    assert quotes in fail("say", "Hello", target, target)
    assert quotes not in fail("say", "Hello", tmp_path / "no" / "out.wav")
    for text in ("-5 degrees", "- a dash", "--Well, he said"):
        assert "begins with - goes after --." in fail("say", text, target)
        assert succeed("say", "--phonemes", "--", text)
    assert "goes after" not in fail("say", "Yes", target, "--rte", 2)


@pytest.mark.parametrize(
    "text",
    ["missing.txt", "./missing", "my books/one.TXT", "~/a", "C:\\b.md", "/no/where"],
)
def test_a_text_file_that_is_not_there_is_not_spoken(fail, text):
    message = fail("say", text, "--phonemes")
    assert "a text file that exists; to say its name" in message and text in message


def test_what_is_read_is_not_written_over(fail, tmp_path):
    source = tmp_path / "text.wav"
    source.write_text("Hello.")
    message = fail("say", source, source)
    assert "another file than is read" in message
    (tmp_path / "link.wav").symlink_to(source)
    message = fail("say", "Hello.", tmp_path / "link.wav", "--lexicon", source)
    assert "another file than is read" in message
    assert source.read_text() == "Hello."


def test_no_standard_input():
    command = f"{sys.executable} -m keras_pwavenet.cli say - --phonemes <&-"
    done = subprocess.run(
        ["sh", "-c", command],
        capture_output=True,
        text=True,
        cwd=Path(keras_pwavenet.__file__).parents[1],
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: Expected a text in which")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("text", ["Open the readme.txt", "Yes/no.", "3/4", "and/or"])
def test_texts_are_no_files(succeed, text):
    assert succeed("say", text, "--phonemes")


def test_an_error_leaves_what_was_there(fail, text_voice, tmp_path, monkeypatch):
    target = tmp_path / "out.wav"
    target.write_bytes(b"before")

    def spoken(*arguments):
        yield np.zeros(5)
        raise ValueError("no more")

    monkeypatch.setattr(TextToSpeech, "speak", spoken)
    assert "no more" in fail("say", "Yes. No.", target, "--preset", text_voice)
    assert target.read_bytes() == b"before"
    assert [path.name for path in tmp_path.iterdir()] == ["out.wav"]


@pytest.mark.parametrize(
    "name", ["TERM", *(pytest.param(one, marks=pytest.mark.slow) for one in HUMAN)]
)
def test_a_signal_leaves_nothing_behind(name, tmp_path):
    number = getattr(signal, f"SIG{name}")
    pytest.importorskip("ai_edge_litert")
    (tmp_path / "text.txt").write_text("A sentence of some words. " * 5000)
    command = [sys.executable, "-m", "keras_pwavenet.cli"]
    # What is ignored here, as under nohup, the process would ignore, too.
    usual = signal.default_int_handler if name == "INT" else signal.SIG_DFL
    before = signal.signal(number, usual)
    try:
        process = subprocess.Popen(
            [*command, "say", tmp_path / "text.txt", tmp_path / "out.wav"],
            cwd=Path(keras_pwavenet.__file__).parents[1],
            stderr=subprocess.DEVNULL,
        )
    finally:
        signal.signal(number, before)
    with process:
        end = time.monotonic() + 60
        while not any(path.suffix == ".partial" for path in tmp_path.iterdir()):
            assert process.poll() is None and time.monotonic() < end
            time.sleep(0.05)
        os.kill(process.pid, number)
        assert process.wait(20) == 128 + number
    assert [path.name for path in tmp_path.iterdir()] == ["text.txt"]
