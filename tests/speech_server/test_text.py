"""The server, asked for texts, with a voice of no weight."""

import contextlib
import http.client
import json
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "examples" / "serving"
PART = 4000  # samples
LONGEST, MOST = 50, 4


class CountingVoice:
    """Says as many parts as the text has words; the numbers of parts are the audio."""

    sample_rate = 8000

    def __init__(self):
        self.made = []  # texts, one each time that a part of it is made

    def stream(self, text, rate=1.0, pitch_scale=1.0, seed=0):
        words = text.replace(".", "").split()
        count = 10**6 if words[:1] == ["endless"] else len(words)
        return self._parts(text, count)

    def _parts(self, text, count):
        for number in range(count):
            if text.split()[number % 2 :][:1] == ["strange"]:
                raise ValueError("Expected phonemes. Received: strange")
            if text.split()[number % 2 :][:1] == ["broken"]:
                raise RuntimeError("no more memory")
            self.made.append(text)
            yield np.full(PART, (number + 1) / 32767, "float32")


@pytest.fixture(scope="module")
def server(serve):
    voice = CountingVoice()
    with serve(voice, longest=LONGEST, most=MOST) as served:
        yield served, voice


@pytest.mark.parametrize(
    "how",
    [
        {"text": "one two three", "rate": "1.5", "seed": "3"},
        {"body": '{"text": "one two three", "pitch_scale": 1, "seed": 0}'},
    ],
)
def test_a_text_becomes_a_wav_file(server, how):
    served, _ = server
    with served.asked(**how) as answer:
        content = answer.read()
        assert (answer.status, answer.headers["Content-Type"]) == (200, "audio/wav")
        assert answer.headers["Transfer-Encoding"] == "chunked"
    assert content[:4] + content[8:16] == b"RIFFWAVEfmt "
    assert np.frombuffer(content[24:28], "<u4")[0] == 8000
    samples = np.frombuffer(content[44:], "<i2")
    np.testing.assert_array_equal(samples, np.repeat([1, 2, 3], PART))


def test_the_head_alone_is_answered_without_speaking(server):
    served, voice = server
    before = list(voice.made)
    with served.asked(text="head alone", method="HEAD") as answer:
        assert (answer.status, answer.headers["Content-Type"]) == (200, "audio/wav")
        assert "Content-Length" not in answer.headers
        assert not answer.read()
    with served.asked(text="head alone", rate=0, method="HEAD") as answer:
        assert answer.status == 400
    assert voice.made == before and not served.speaking()


@pytest.mark.parametrize(
    ("how", "status", "message"),
    [
        ({}, 400, "Expected a text. Received: text=None"),
        ({"text": "..."}, 400, "in which something can be said"),
        ({"text": "x" * (LONGEST + 1)}, 413, "at most 50 characters. Received: 51"),
        ({"text": "strange"}, 400, "Expected phonemes. Received: strange"),
        ({"text": "broken"}, 500, "The voice failed"),
        ({"text": b"caf\xe9"}, 400, "Expected UTF-8. Received: 'text=caf\\xe9'"),
        ({"text": "a", "rate": "9"}, 400, "from 0.25 to 4. Received: rate=9"),
        ({"text": "a", "rate": "nan"}, 400, "Received: rate=nan"),
        ({"text": "a", "rate": "fast"}, 400, "Received: rate='fast'"),
        ({"text": "a", "pitch_scale": "0"}, 400, "`pitch_scale` from 0.1 to 10. Rec"),
        ({"text": "a", "seed": "1.5"}, 400, "Received: seed='1.5'"),
        ({"text": "a", "seed": "-1"}, 400, "from 0 to 4294967295. Received: seed=-1"),
        ({"text": "a", "seed": "9" * 5000}, 400, "from 0 to 4294967295. Rec"),
        ({"text": "a", "self": "b"}, 400, "no other fields than rate, pitch_scale, s"),
        ({"body": '{"text": "a", "\\ud800": 1}'}, 400, "Received: '\\ud800': 1"),
        ({"body": '{"text": "a", "seed": 1.5}'}, 400, "Received: seed=1.5"),
        ({"body": '{"text": "a", "seed": true}'}, 400, "Received: seed=True"),
        ({"body": '{"text": "a", "rate": true}'}, 400, "Received: rate=True"),
        ({"body": f'{{"text": "a", "seed": {"9" * 300}}}'}, 400, "to 4294967295. Rec"),
        ({"body": '{"text": "a\\udc80"}'}, 400, "UTF-8. Received: text='a\\udc80'"),
        ({"body": '{"text": 5}'}, 400, "Received: text=5"),
        ({"body": "[1]"}, 400, "Received: [1]"),
        ({"body": "\xff"}, 400, "Expected JSON"),
        ({"body": "x" * 9 * LONGEST}, 413, "at most 400 bytes"),
        ({"body": "x" * 9 * LONGEST}, 413, "Received: 450 bytes"),
    ],
)
def test_what_is_refused(server, how, status, message):
    served, voice = server
    before = len(voice.made)
    with served.asked(**how) as answer:
        assert answer.status == status
        assert message in json.loads(answer.read())["error"]
    assert len(voice.made) == before and served.speaking() == 0


def test_what_an_address_holds_is_what_is_spoken(server):
    served, voice = server
    for text, query in (
        ("\ufffd é", "text=%EF%BF%BD+%C3%A9"),
        ("", "text=a&text=b"),
        ("3", "text=3&seed=4294967295&rate=4"),
    ):
        voice.made.clear()
        with served.asked(query) as answer:
            assert (answer.status == 200) == bool(text)
            answer.read()
        assert voice.made == [text] * len(text.split())


def test_a_voice_that_fails_later_ends_the_audio_as_an_error(server):
    served, _ = server
    with served.asked(text="one broken") as answer:
        assert answer.status == 200
        with pytest.raises(http.client.IncompleteRead):
            answer.read()
    with served.connect() as channel:
        channel.send('{"text": "one strange"}')
        said = [channel.recv(timeout=served.seconds) for _ in range(3)]
        assert json.loads(said[0]) == {"sample_rate": 8000} and len(said[1]) == 2 * PART
        error = {"error": "Expected phonemes. Received: strange", "status": 400}
        assert json.loads(said[2]) == error
        channel.send('{"text": "broken"}')
        assert json.loads(channel.recv(timeout=served.seconds))["status"] == 500
    served.wait(lambda: served.speaking() == 0)


def test_a_slow_client_starves_no_one_and_one_that_leaves_is_forgotten(server):
    served, voice = server
    voice.made.clear()
    with served.asked(text="endless slow") as slow:
        assert slow.read(50)[:4] == b"RIFF"
        ahead = -1
        while ahead < (ahead := len(voice.made)):  # until the buffers are full
            time.sleep(0.2)
        assert ahead * PART * 2 < 64e6
        with served.asked(text="one two") as other:
            assert len(other.read()) == 44 + 2 * 2 * PART
        assert len(voice.made) == ahead + 2
        assert served.speaking() == 1
    served.wait(lambda: served.speaking() == 0)


def test_only_so_many_at_a_time(server):
    served, _ = server
    with contextlib.ExitStack() as stack:
        for number in range(MOST):
            stack.enter_context(served.asked(text=f"endless {number}")).read(50)
        with served.asked(text="one more") as refused:
            assert (refused.status, refused.headers["Retry-After"]) == (503, "1")
    served.wait(lambda: served.speaking() == 0)
    with served.asked(text="now") as answer:
        assert answer.status == 200


def test_a_conversation(server):
    served, _ = server
    with served.connect() as channel:

        def said():
            return channel.recv(timeout=served.seconds)

        channel.send('{"text": "one two"}')
        assert json.loads(said()) == {"sample_rate": 8000}
        parts = [np.frombuffer(said(), "<i2") for _ in range(2)]
        assert [set(part) for part in parts] == [{1}, {2}]
        assert json.loads(said()) == {"end": True}
        channel.send('{"text": "a", "rate": 9}')
        answer = json.loads(said())
        assert answer["status"] == 400 and "`rate`" in answer["error"]
        channel.send(b"\x00")
        assert "JSON" in json.loads(said())["error"]
        # The next text ends the one before, and an empty object does, too.
        channel.send('{"text": "endless"}')
        assert json.loads(said()) == {"sample_rate": 8000}
        channel.send('{"text": "one"}')
        while isinstance(answer := said(), bytes):
            pass
        assert json.loads(answer) == {"sample_rate": 8000}
        assert set(np.frombuffer(said(), "<i2")) == {1}
        assert json.loads(said()) == {"end": True}
        channel.send('{"text": "endless"}')
        said()
        channel.send("{}")
        served.wait(lambda: served.speaking() == 0)
        channel.send('{"text": "endless"}')
        served.wait(lambda: served.speaking() == 1)
    served.wait(lambda: served.speaking() == 0)


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ("--port 70000", 2, "from 0 to 65535. Received: 70000"),
        ("--port -1", 2, "from 0 to 65535. Received: -1"),
        ("--longest -1", 2, "Received: -1"),
        ("--most 0", 2, "from 1 to 100000. Received: 0"),
        ("--preset foo", 1, "Received: preset='foo'"),
        ("--preset universal", 1, "`text_to_speech`"),
        ("--host no.such.host.invalid", 1, "Error: "),
    ],
)
def test_a_server_that_cannot_start_says_so_in_a_line(
    arguments, status, message, monkeypatch, capsys, speech_server
):
    pytest.importorskip("ai_edge_litert")
    monkeypatch.setattr(sys, "argv", ["speech_server.py", *arguments.split()])
    with warnings.catch_warnings(), pytest.raises(SystemExit) as ended:
        speech_server["main"]()
    code = ended.value.code
    told = code if isinstance(code, str) else capsys.readouterr().err
    assert (1 if isinstance(code, str) else code) == status
    assert message in told.splitlines()[-1]
    assert status == 2 or "\n" not in told


def test_missing_packages_are_named():
    code = (
        "import sys, runpy; sys.modules['uvicorn'] = None; runpy.run_path(sys.argv[1])"
    )
    command = [sys.executable, "-c", code, FOLDER / "speech_server.py"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1 and "pip install '.[server,text]'" in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_voice_in_the_box_is_served(served_at):
    pytest.importorskip("ai_edge_litert")
    pytest.importorskip("gruut_lang_en")
    command = [sys.executable, FOLDER / "speech_server.py", "--port", "0"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as process, contextlib.ExitStack() as stack:
        stack.callback(process.kill)
        line = process.stdout.readline()
        served = served_at(int(line.removesuffix("/speak\n").rpartition(":")[2]))
        assert line == f"Ready on http://127.0.0.1:{served.port}/speak\n"
        with served.asked(text="Zurich [ˈtsyːrɪç], 日本.") as answer:
            assert answer.status == 200 and len(answer.read()) > 10_000
        with served.asked(text="[ˈtsyːrɪç]") as answer:
            assert answer.status == 400
            assert "'y', 'ç' in 'ˈtsyːrɪç'" in json.loads(answer.read())["error"]
        process.send_signal(signal.SIGINT)
        assert (process.wait(served.seconds), process.stderr.read()) == (0, "")
