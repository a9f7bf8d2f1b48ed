"""The output module of Speech Dispatcher, with a voice of no weight."""

import io
import os
import re
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_pwavenet.speech.dispatcher import SpeechDispatcherModule
from keras_pwavenet.speech.messages import (
    alternatives,
    escaped,
    heard,
    key_name,
    named,
)

SECONDS = 10
SPOKEN = ["202 OK RECEIVING MESSAGE", "200 OK SPEAKING", "701 BEGIN"]
AUDIO = [
    "705-bits=16",
    "705-num_channels=1",
    "705-sample_rate=8000",
    "705-num_samples=4",
    "705-big_endian=0",
    [8192, 10, 32000, 125],
    "705 AUDIO",
]


class FlatVoice:
    """Says the same four samples for any text, until it is told to wait."""

    sample_rate = 8000

    def __init__(self, parts=1):
        self.parts = parts
        self.asked = []
        self.said = threading.Semaphore(0)
        self.waits = False
        self.go_on = threading.Event()

    def stream(self, text, rate=1.0, pitch_scale=1.0):
        self.asked.append((text, round(rate, 3), round(pitch_scale, 3)))
        for _ in range(self.parts):
            yield np.float32([8192, 10, 32000, 125]) / 32767
            self.said.release()
            assert not self.waits or self.go_on.wait(SECONDS)


def plain(data):
    found = re.sub(rb"\x7d(.)", lambda m: bytes([m[1][0] ^ 0x20]), data, flags=re.S)
    return np.frombuffer(found, "<i2").tolist()


def parsed(content):
    """Lines that the module wrote, audio as its samples."""
    head = b"705-AUDIO\0"
    return [
        plain(line.removeprefix(head)) if line.startswith(head) else line.decode()
        for line in content.removesuffix(b"\n").split(b"\n")
    ]


def module(source, sink, voice):
    voices = {"anna": "en-US", "ben": "en-GB"}
    return SpeechDispatcherModule(source, sink, lambda name: voice, voices)


def answers(commands, voice=None):
    sink = io.BytesIO()
    module(io.BytesIO(commands.encode()), sink, voice or FlatVoice()).run()
    return parsed(sink.getvalue())


def test_a_conversation():
    voice = FlatVoice()
    found = answers(
        "INIT\nAUDIO\naudio_output_method=server\n.\nLOGLEVEL\nlog_level=3\n.\n"
        "LIST VOICES\nSET\nrate=50\npitch=-100\nvolume=100\nvoice=NULL\n.\n"
        "SPEAK\n<speak>Bread &amp; <b>butter</b>\n..x\n</speak>\n.\nQUIT\n",
        voice,
    )
    assert found == [
        *("299-keras_pwavenet speaks", "299 OK LOADED SUCCESSFULLY"),
        *("207 OK RECEIVING AUDIO SETTINGS", "203 OK AUDIO INITIALIZED"),
        *("207 OK RECEIVING LOGLEVEL SETTINGS", "203 OK LOGLEVEL SET"),
        *("200-anna\ten-US\tnone", "200-ben\ten-GB\tnone", "200 OK VOICE LIST SENT"),
        *("203 OK RECEIVING SETTINGS", "203 OK SETTINGS RECEIVED"),
        *(*SPOKEN, *AUDIO, "702 END", "210 OK QUIT"),
    ]
    assert voice.asked[1:] == [("Bread & butter\n.x\n", 1.732, 0.5)]


def test_stop_is_heard_between_two_parts():
    voice = FlatVoice(parts=1000)
    voice.waits = True
    read, write = os.pipe()
    sink = io.BytesIO()
    with open(read, "rb") as source, open(write, "wb", buffering=0) as commands:
        thread = threading.Thread(target=module(source, sink, voice).run)
        thread.start()
        for end in ("STOP", "PAUSE"):
            commands.write(b"SPEAK\nA long story.\n.\n")
            assert voice.said.acquire(timeout=SECONDS)
            commands.write(f"{end}\nLIST VOICES\n".encode())
            while sink.getvalue().count(b"VOICE LIST") < 1 + (end == "PAUSE"):
                assert thread.is_alive()
            voice.go_on.set()
            while f"{end}\n".encode() not in sink.getvalue():
                assert thread.is_alive()
            voice.go_on.clear()
        commands.write(b"QUIT\n")
        thread.join(SECONDS)
    found = parsed(sink.getvalue())
    assert [found.count(end) for end in ("703 STOP", "704 PAUSE", "702 END")] == [
        1,
        1,
        0,
    ]
    assert found.count("705 AUDIO") == 2


def test_marks_come_before_the_sentence_that_holds_them():
    message = (
        '<speak><mark name="a"/>One. <mark name="b"/>Two <mark name="c"/>and &lt;3. '
        '<mark name="d"/></speak>'
    )
    assert heard(message) == [
        (["a"], "One. "),
        (["b", "c"], "Two and <3. "),
        (["d"], ""),
    ]
    found = answers(f"SPEAK\n{message}\n.\nQUIT\n")
    marks = [line for line in found if isinstance(line, str) and line[:3] == "700"]
    assert marks[::2] == ["700-a", "700-b", "700-c", "700-d"]
    assert set(marks[1::2]) == {"700 INDEX MARK"}


def test_characters_and_keys_are_named():
    assert [named(one) for one in "a,(.é "] == [
        *("a", "comma", "left parenthesis", "dot", "é", "space")
    ]
    assert [key_name(key) for key in ("shift_a", "F5", "control_alt_delete", "_")] == [
        *("shift A", "F5", "control alt delete", "low line")
    ]
    voice = FlatVoice()
    spelled = "SET\nspelling_mode=on\n.\nSPEAK\nA-1\n.\n"
    answers(f"CHAR\n?\n.\nKEY\nshift_a\n.\n{spelled}", voice)
    assert [text for text, *_ in voice.asked] == [
        *("question mark", "shift A", "A, dash, 1")
    ]


@pytest.mark.parametrize(
    ("commands", "answer"),
    [
        (
            "AUDIO\naudio_output_method=pulse\n.\n",
            "303 ERROR INVALID PARAMETER OR VALUE",
        ),
        ("SPEAK\n.\n", "301 ERROR CANT SPEAK"),
        ("SPEAK\n\n.\n", "301 ERROR CANT SPEAK"),
        ("CHAR\na\nb\n.\n", "305 DATA MORE THAN ONE LINE"),
        ("SING\n", "300 ERR UNKNOWN COMMAND"),
        ("SPEAK\nno end", "702 END"),
        ("LOGLEVEL\nlog_level=much\n.\n", "303 ERROR INVALID PARAMETER OR VALUE"),
        ("LIST VOICES EN-gb\n", "200 OK VOICE LIST SENT"),
        ("LIST VOICES de\n", "304 CANT LIST VOICES"),
        ("DEBUG\n", "302 ERROR BAD SYNTAX"),
        ("DEBUG ON\n", "302 ERROR BAD SYNTAX"),
        ("DEBUG ON /no/where\n", "303 CANT OPEN CUSTOM DEBUG FILE"),
        ("DEBUG OFF\n", "200 OK DEBUGGING OFF"),
    ],
)
def test_what_is_odd_is_answered(commands, answer):
    assert answers(commands)[-1] == answer


@pytest.mark.parametrize(
    ("setting", "answer"),
    [
        ("rate=-100", "203 OK SETTINGS RECEIVED"),
        ("punctuation_mode=most\ncap_let_recogn=NULL", "203 OK SETTINGS RECEIVED"),
        ("rate=101", "303 ERROR INVALID PARAMETER OR VALUE"),
        ("pitch=high", "303 ERROR INVALID PARAMETER OR VALUE"),
        ("volume=NULL", "303 ERROR INVALID PARAMETER OR VALUE"),
        ("spelling_mode=maybe", "303 ERROR INVALID PARAMETER OR VALUE"),
        ("colour=red", "303 ERROR INVALID PARAMETER OR VALUE"),
        ("rate", "302 ERROR BAD SYNTAX"),
        ("rate=", "302 ERROR BAD SYNTAX"),
    ],
)
def test_bad_settings_are_told_and_cost_no_others(setting, answer):
    voice = FlatVoice()
    found = answers(f"SET\npitch=100\n{setting}\nrate=100\n.\nCHAR\nx\n.\n", voice)
    assert found[:2] == ["203 OK RECEIVING SETTINGS", answer]
    assert voice.asked == [("x", 3.0, 2.0)] and found[-1] == "702 END"


class StrictVoice(FlatVoice):
    """Knows no brackets, and no letters but Latin ones."""

    def stream(self, text, rate=1.0, pitch_scale=1.0):
        if "[" in text:
            raise RuntimeError(f"Expected no brackets. Received: {text}")
        return super().stream(text) if re.search("[a-z]", text) else iter(())


def test_what_cannot_be_said_costs_nothing_else(capfd):
    voice = StrictVoice()
    message = (
        'One. <mark name="a"/>[ˈtsyːrɪç] two. <mark name="b"/>да <mark name="c"/>!'
    )
    found = answers(f"SPEAK\n{message}\n.\nCHAR\n日\n.\nCHAR\n!\n.\n", voice)
    said = ["One. ", " tsyrɪç  two. ", "Cyrillic letters", "CJK letter"]
    assert [text.strip("\n") for text, *_ in voice.asked] == [
        *said,
        "exclamation mark",
    ]
    assert found.count("702 END") == 3 and found.count("700 INDEX MARK") == 3
    assert "Expected no brackets" in capfd.readouterr().err
    assert alternatives("?! ") == ["?! ", ""]


def test_debugging_goes_to_a_file(tmp_path):
    path = tmp_path / "a log"

    def logged():
        lines = path.read_text("utf-8").splitlines()
        return [line.partition(" ")[2] for line in lines]

    answers(f"DEBUG ON {path}\nCHAR\nä\n.\n")
    assert logged()[:6] == [
        *("< 200 OK DEBUGGING ON", "> CHAR", "< 202 OK RECEIVING MESSAGE", "> ä"),
        *("> .", "< 200 OK SPEAKING"),
    ]
    assert "< 705 AUDIO of 4 samples" in logged()
    path.unlink()
    assert "200 OK DEBUGGING OFF" in answers(f"DEBUG ON {path}\nDEBUG OFF\nSING\n")
    assert "> SING" not in logged()


LINES = st.one_of(
    st.text(max_size=8).filter(lambda text: "\n" not in text),
    st.sampled_from(
        [
            *("INIT", "AUDIO", "LOGLEVEL", "SET", "SPEAK", "CHAR", "KEY", "STOP"),
            *("PAUSE", "LIST VOICES", "LIST VOICES en", "DEBUG", "DEBUG OFF", "."),
            *("rate=1", "rate=x", "spelling_mode=on", '<mark name="a"/>', "[ˈy]"),
        ]
    ),
)


@given(st.lists(LINES, max_size=12))
def test_any_conversation_goes_on_to_its_end(lines):
    commands = "\n".join([*lines, ".", "SING", "QUIT"]) + "\n"
    sink = io.BytesIO()
    source = io.BytesIO(commands.encode("utf-8", "replace"))
    module(source, sink, StrictVoice()).run()
    found = parsed(sink.getvalue())
    ends = [found.count(end) for end in ("702 END", "703 STOP", "704 PAUSE")]
    assert found.count("701 BEGIN") == found.count("200 OK SPEAKING") == sum(ends)
    asked = {"SING", "QUIT"} & set(lines)
    assert asked or "300 ERR UNKNOWN COMMAND" in found
    assert found[-1] == "210 OK QUIT"


def started(*arguments, **options):
    # Tests that run in the background pass on that Ctrl-C is ignored.
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    code = f"{heard}; from keras_pwavenet.speech.dispatcher import main; main()"
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    return subprocess.Popen([sys.executable, "-c", code, *arguments], **pipes)


def test_help_says_what_it_is():
    shown, error = started("--help").communicate(timeout=SECONDS)
    assert b"Speech Dispatcher starts it" in b" ".join(shown.split()) and not error
    assert b"speechd.conf" in shown


@pytest.mark.parametrize("end", ["interrupt", "gone"])
def test_it_ends_without_a_traceback(end):
    with started("/etc/pwavenet.conf") as process:
        process.stdin.write(b"SING\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"300 ERR UNKNOWN COMMAND\n"
        if end == "gone":
            process.stdout.close()
            process.stdin.write(b"SING\n" * 10)
            process.stdin.flush()
        else:
            process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == (1 if end == "gone" else 130)
        assert process.stderr.read() == b""


def test_a_voice_that_cannot_be_loaded_is_told():
    def load(name):
        raise ValueError("Expected a voice.\nReceived: none")

    sink = io.BytesIO()
    SpeechDispatcherModule(io.BytesIO(b"INIT\nQUIT\n"), sink, load, {}).run()
    assert parsed(sink.getvalue()) == [
        *("399-Expected a voice. Received: none", "399 ERR CANT INIT MODULE"),
        "210 OK QUIT",
    ]


def test_audio_has_no_line_end():
    content = bytes(range(256)) * 2
    assert b"\n" not in escaped(content)
    unescaped = re.sub(rb"\x7d(.)", lambda m: bytes([m[1][0] ^ 0x20]), escaped(content))
    assert unescaped == content
