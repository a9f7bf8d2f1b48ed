"""The server, asked for features, with the voice in the box."""

import json
import logging
import socket
import types
import wave

import numpy as np
import pytest

pytest.importorskip("ai_edge_litert")
BANDS, FRAMES, MOST_FRAMES = 100, 60, 400
SEED = 5
OPEN = json.dumps({"mel": BANDS, "seed": SEED})
END = '{"end": true}'


@pytest.fixture(scope="module")
def voice():
    from keras_pwavenet.presets import layout
    from keras_pwavenet.presets.registry import builtin_folder
    from keras_pwavenet.speech.vocoder import LightVocoder

    path = builtin_folder("en_female") / layout.LITERT
    vocoder = LightVocoder(path, value_range=(-1.6, 2.7))
    return types.SimpleNamespace(sample_rate=24_000, vocoder=vocoder)


@pytest.fixture(scope="module")
def served(serve, voice):
    with serve(voice, frames=MOST_FRAMES, most=2) as served:
        yield served


@pytest.fixture(scope="module")
def mel():
    random = np.random.default_rng(0)
    return random.uniform(-1.6, 0.5, (FRAMES, BANDS)).astype("<f4")


@pytest.fixture(scope="module")
def said(voice, mel):
    """What the voice says of the features, in 16 bits."""
    parts = list(voice.vocoder.speak(mel, None, SEED))
    return np.round(32767 * np.concatenate(parts)).astype("<i2").tobytes()


def audio_of(channel, served):
    """The audio until its end."""
    found = []
    while isinstance(message := channel.recv(timeout=served.seconds), bytes):
        found.append(message)
    assert json.loads(message) == {"end": True}
    return b"".join(found)


def test_a_body_of_features_becomes_a_wav_file(served, mel, said):
    with served.asked(body=mel.tobytes(), mel=BANDS, seed=SEED) as answer:
        content = answer.read()
        assert (answer.status, answer.headers["Content-Type"]) == (200, "audio/wav")
        assert answer.headers["Transfer-Encoding"] == "chunked"
    assert content[:4] + content[8:16] == b"RIFFWAVEfmt "
    assert content[44:] == said


def test_the_client_writes_what_it_hears(served, mel, said, tmp_path, script):
    mel.tofile(tmp_path / "mel.f32")
    files = tmp_path / "mel.f32", tmp_path / "spoken.wav"
    server = ["--server", f"ws://127.0.0.1:{served.port}"]
    name = "examples/serving/socket_client.py"
    script(name, *files, *server, "--seed", SEED)
    with wave.open(str(files[1])) as file:
        assert file.readframes(file.getnframes()) == said
    files[0].write_bytes(bytes(399))
    files[1].unlink()
    with pytest.raises(SystemExit, match="Received: 399 bytes"):
        script(name, *files, *server)
    with pytest.raises(SystemExit, match="Error: "):
        script(name, *files, "--server", "ws://127.0.0.1:1")
    assert not files[1].exists()


@pytest.mark.parametrize("size", [1, 7, FRAMES])
def test_chunks_do_not_change_what_is_said(served, mel, said, size):
    with served.connect() as channel:
        for _ in range(2):  # one after the other
            channel.send(OPEN)
            assert json.loads(channel.recv(served.seconds)) == {"sample_rate": 24_000}
            for first in range(0, FRAMES, size):
                channel.send(mel[first : first + size].tobytes())
            channel.send(END)
            assert audio_of(channel, served) == said


def test_audio_comes_before_the_features_end(served, mel, said):
    with served.connect() as channel, served.connect() as other:
        channel.send(OPEN)
        channel.recv(served.seconds)
        # The look-ahead is 7 frames, and a part 16.
        channel.send(mel[:22].tobytes())
        with pytest.raises(TimeoutError):
            channel.recv(timeout=0.2)
        channel.send(mel[22:23].tobytes())
        first = channel.recv(served.seconds)
        assert first == said[: 16 * 256 * 2]
        # One who waits for features is in nobody's way.
        other.send(OPEN)
        other.send(mel.tobytes())
        other.send(END)
        assert json.loads(other.recv(served.seconds)) == {"sample_rate": 24_000}
        assert audio_of(other, served) == said
        channel.send(mel[23:].tobytes())
        channel.send(END)
        assert first + audio_of(channel, served) == said


def test_the_pitch_is_scaled(served, mel, voice):
    stream = voice.vocoder.stream(SEED, pitch_scale=1.5)
    parts = [*stream.feed(mel), *stream.finish()]
    expected = np.round(32767 * np.concatenate(parts)).astype("<i2").tobytes()
    body = mel.tobytes()
    with served.asked(body=body, mel=BANDS, seed=SEED, pitch_scale=1.5) as answer:
        assert answer.read()[44:] == expected


NUMBERS = np.zeros((2, BANDS), "<f4")
REFUSED = [
    (b"", 400, "frames of 100 float32 numbers, 400 bytes each. Received: 0 bytes"),
    (NUMBERS.tobytes()[:-1], 400, "Received: 799 bytes"),
    ((NUMBERS * np.nan).tobytes(), 400, "Received: numbers from nan to nan"),
    ((NUMBERS + np.inf).tobytes(), 400, "Received: numbers from inf to inf"),
    ((NUMBERS + 9).tobytes(), 400, "from -1.60 to 2.70; its `from_log_mel`"),
    (
        bytes(400 * MOST_FRAMES + 400),
        413,
        "at most 400 frames, 160000 bytes. Received: 160400 bytes",
    ),
]
OPTIONS = [
    ({"mel": 80}, "Expected mel=100, the numbers of a frame. Received: mel="),
    ({"mel": "yes"}, "Received: mel='yes'"),
    ({"mel": BANDS, "seed": -1}, "from 0 to 4294967295. Received: seed=-1"),
    ({"mel": BANDS, "pitch_scale": 11}, "from 0.1 to 10. Received: pitch_scale=11"),
    ({"mel": BANDS, "rate": 2}, "`mel` and no other fields than pitch_scale, seed"),
]


@pytest.mark.parametrize(("body", "status", "message"), REFUSED)
def test_a_body_that_is_refused(served, body, status, message):
    with served.asked(body=body, mel=BANDS) as answer:
        assert answer.status == status
        assert message in json.loads(answer.read())["error"]
    assert served.speaking() == 0


def test_a_body_that_grows_too_long(served):
    chunks = (bytes(400 * 150) for _ in range(3))  # of a length that is not told
    with served.asked(body=chunks, mel=BANDS) as answer:
        assert answer.status == 413
        assert " or more bytes" in json.loads(answer.read())["error"]


@pytest.mark.parametrize(("asked", "message"), OPTIONS)
def test_options_that_are_refused(served, asked, message):
    with served.asked(body=NUMBERS.tobytes(), **asked) as answer:
        assert answer.status == 400
        assert message in json.loads(answer.read())["error"]
    with served.connect() as channel:
        channel.send(json.dumps(asked))
        channel.send(NUMBERS.tobytes())  # on its way already, and not heard
        error = json.loads(channel.recv(served.seconds))
        assert error["status"] == 400 and message in error["error"]
        channel.send("{}")
        with pytest.raises(TimeoutError):
            channel.recv(timeout=0.05)


def test_what_is_refused_is_told_though_more_comes_at_once(served, mel, said):
    with served.connect() as channel:
        for message in ('{"mel": 80}', OPEN, mel.tobytes(), END):
            channel.send(message)
        assert "Received: mel=80" in json.loads(channel.recv(served.seconds))["error"]
        assert json.loads(channel.recv(served.seconds)) == {"sample_rate": 24_000}
        assert audio_of(channel, served) == said


def test_no_features_are_refused(served):
    with served.asked(mel=BANDS) as answer:
        assert answer.status == 400
        assert "Received: none" in json.loads(answer.read())["error"]
    with served.connect() as channel:
        channel.send(OPEN)
        channel.send(END)
        channel.recv(served.seconds)
        assert "Received: none" in json.loads(channel.recv(served.seconds))["error"]
        channel.send(NUMBERS.tobytes())
        error = json.loads(channel.recv(served.seconds))
        assert error["error"].endswith("before its frames. Received: 800 bytes")


@pytest.mark.parametrize(("chunk", "status", "message"), REFUSED)
def test_a_chunk_that_is_refused_ends_its_mel_alone(
    served, mel, said, chunk, status, message
):
    with served.connect() as channel:
        channel.send(OPEN)
        channel.recv(served.seconds)
        channel.send(mel[:16].tobytes())
        # All that came counts.
        channel.send(chunk if status == 400 else chunk[400 * 16 :])
        channel.send(mel.tobytes())  # not heard
        error = json.loads(channel.recv(served.seconds))
        assert error["status"] == status and message in error["error"]
        channel.send(END)
        channel.send(OPEN)
        channel.send(mel.tobytes())
        channel.send(END)
        assert json.loads(channel.recv(served.seconds)) == {"sample_rate": 24_000}
        assert audio_of(channel, served) == said


def test_what_ends_a_mel(served, mel, said):
    with served.connect() as channel:

        def begin():
            channel.send(OPEN)
            assert json.loads(channel.recv(served.seconds)) == {"sample_rate": 24_000}

        begin()
        assert served.speaking() == 1
        channel.send("{}")
        served.wait(lambda: served.speaking() == 0)
        begin()
        channel.send(mel[:20].tobytes())
        begin()  # Another one, which hears nothing of the frames before.
        channel.send(mel.tobytes())
        channel.send(END)
        assert audio_of(channel, served) == said
        begin()
        assert served.speaking() == 1
    served.wait(lambda: served.speaking() == 0)


def test_who_leaves_within_a_body_is_forgotten(served, caplog):
    logger = logging.getLogger("uvicorn.error")
    caplog.set_level(logging.ERROR, logger.name)
    logger.addHandler(caplog.handler)
    with socket.create_connection(("127.0.0.1", served.port)) as channel:
        head = f"POST /speak?mel={BANDS} HTTP/1.1\r\nHost: a\r\nContent-Length: 4000"
        channel.sendall(f"{head}\r\n\r\n".encode() + bytes(400))
        served.wait(lambda: served.speaking() == 1)
    served.wait(lambda: served.speaking() == 0)
    logger.removeHandler(caplog.handler)
    assert caplog.text == ""


def test_only_so_many_at_a_time(served, mel):
    with served.connect() as one, served.connect() as other, served.connect() as third:
        for channel in (one, other):
            channel.send(OPEN)
            channel.recv(served.seconds)
        third.send(OPEN)
        assert json.loads(third.recv(served.seconds))["status"] == 503
        with served.asked(body=mel.tobytes(), mel=BANDS) as refused:
            assert (refused.status, refused.headers["Retry-After"]) == (503, "1")
    served.wait(lambda: served.speaking() == 0)
