"""The server of examples/serving, on a port of its own."""

import contextlib
import http.client
import json
import runpy
import socket
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlencode

import pytest

FOLDER = Path(__file__).parents[2] / "examples" / "serving"
SECONDS = 20


class Served:
    """Who listens on a port of this machine."""

    seconds = SECONDS

    def __init__(self, port):
        self.port = port

    @contextlib.contextmanager
    def asked(self, /, query="", body=None, method=None, **fields):
        connection = self._connection()
        with contextlib.closing(connection):
            method = method or ("GET" if body is None else "POST")
            connection.request(method, f"/speak?{query}{urlencode(fields)}", body)
            with connection.getresponse() as answer:
                yield answer

    def speaking(self):
        connection = self._connection()
        with contextlib.closing(connection):
            connection.request("GET", "/health")
            return json.loads(connection.getresponse().read())["speaking"]

    def connect(self):
        from websockets.sync.client import connect

        return connect(f"ws://127.0.0.1:{self.port}/speak")

    def wait(self, true):
        end = time.monotonic() + SECONDS
        while not true():
            assert time.monotonic() < end
            time.sleep(0.005)

    def _connection(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)


@pytest.fixture(scope="session")
def served_at():
    """Whoever listens on a port."""
    return Served


@pytest.fixture(scope="session")
def speech_server():
    """What the script names."""
    for name in ("uvicorn", "starlette", "websockets"):
        pytest.importorskip(name)
    sys.path.append(str(FOLDER))  # as for a script
    return runpy.run_path(str(FOLDER / "speech_server.py"))


@pytest.fixture(scope="session")
def serve(speech_server):
    """Serves a voice, with the limits of `application`, in a `with`."""
    import uvicorn

    @contextlib.contextmanager
    def serving(voice, **limits):
        app = speech_server["application"](voice, **limits)
        with socket.create_server(("127.0.0.1", 0)) as listening:
            served = Served(listening.getsockname()[1])
            config = uvicorn.Config(app, log_level="critical")
            running = uvicorn.Server(config)
            arguments = {"sockets": [listening]}
            thread = threading.Thread(target=running.run, kwargs=arguments)
            thread.start()
            served.wait(lambda: running.started)
            yield served
            running.force_exit = running.should_exit = True
            thread.join(SECONDS)

    return serving
