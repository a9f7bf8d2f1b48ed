"""The command that speaks text."""

import sys
import types

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from keras_pwavenet import TextToSpeech, cli

pytest.importorskip("gruut_lang_en")


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


def test_say_takes_text_from_a_file_and_a_pipe(succeed, text_voice, tmp_path):
    sizes = set()
    (tmp_path / "text.txt").write_text("\ufeffHéllo. Yes. No. Yes.", "utf-8")
    for text, given in ((tmp_path / "text.txt", None), ("-", "Hello. Yes. No. Yes.")):
        target = tmp_path / "out.flac"
        arguments = ["say", str(text), str(target), "--preset", str(text_voice)]
        result = CliRunner().invoke(cli.app, arguments, input=given)
        assert result.exit_code == 0, result.output
        assert "4/4" in result.stderr  # the bar
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

    fake = types.SimpleNamespace(OutputStream=Stream)
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    succeed("say", "[jɛs]. [noʊ].", "--play", "--preset", text_voice)
    # Three phones and a full stop, four frames each; then a pause, and two phones.
    assert played == [(8000, 1, "float32"), (1280, 1), (2000 + 960, 1), "end"]
    monkeypatch.setitem(sys.modules, "sounddevice", None)


def test_what_say_refuses(fail, text_voice, student, teacher, tmp_path, monkeypatch):
    target = tmp_path / "out.wav"
    to_voice = ("--preset", text_voice)
    assert "OUT, --play or --phonemes" in fail("say", "Yes")
    assert "can be said" in fail("say", " ", target, *to_voice)
    assert "`text_to_speech`" in fail("say", "Yes", target, "--preset", student)
    assert "ParallelWaveNet" in fail("say", "Yes", target, "--preset", teacher)
    assert "'q' in 'ˈqa'" in fail("say", "[ˈqa]", target, *to_voice)
    assert "--rate" in fail("say", "Yes", target, "--rate", 9)
    assert "suffix" in fail("say", "Yes", tmp_path / "out.exe", *to_voice)
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9")
    assert "byte 3 is 0xe9" in fail("say", tmp_path / "latin.txt", target, *to_voice)
    (tmp_path / "own.txt").write_text("kubelet\n")
    assert "line 1 of" in fail(
        "say", "x", "--phonemes", "--lexicon", tmp_path / "own.txt"
    )
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    assert "pip install" in fail("say", "Yes", "--play", *to_voice)
    assert not target.exists()


@pytest.mark.parametrize(
    "text",
    ["missing.txt", "./missing", "my books/one.TXT", "~/a", "C:\\b.md", "/no/where"],
)
def test_a_text_file_that_is_not_there_is_not_spoken(fail, text):
    message = fail("say", text, "--phonemes")
    assert "a text file that exists; to say its name" in message and text in message


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
