"""Speaks text over HTTP and WebSocket, and sends audio while it is made.

    pip install '.[server,text]'
    python examples/serving/speech_server.py --port 8080

GET or POST /speak answers with a WAV file, of 16 bits, that grows; see README.md here.
"""

import argparse
import asyncio
import contextlib
import functools
import logging
import struct
import warnings
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from socket import AF_INET, AF_INET6, create_server

import numpy as np

try:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.exceptions import HTTPException
    from starlette.requests import Request
    from starlette.responses import JSONResponse, StreamingResponse
    from starlette.routing import Route, WebSocketRoute
    from starlette.websockets import WebSocket, WebSocketDisconnect

    from keras_pwavenet.speech import LightTextToSpeech
except ImportError as error:
    raise SystemExit(
        f"The server needs more packages: pip install '.[server,text]'. {error}"
    ) from None

from speech_request import json_object, query, text_and_options  # the file beside

UNKNOWN = 0xFFFFFFFF  # the length of what is not made yet
FAILED = "The voice failed; the server's log says how"
log = logging.getLogger("uvicorn.error")


@contextlib.contextmanager
def refusing() -> Iterator[None]:
    """Answers what is no request with status 400."""
    try:
        yield
    except ValueError as error:
        raise HTTPException(400, str(error)) from error


class Speaker:
    """Speaks several texts in turns, a part of each.

    Args:
        voice: A `LightTextToSpeech`.
        longest: Characters of a text.
        most: Texts that are spoken at a time.
    """

    def __init__(self, voice, longest: int, most: int):
        self.voice = voice
        self.longest = longest
        self.most = most
        self.speaking = set()
        # Whoever waits longest is next, and LiteRT is called from one thread alone.
        self.worker = ThreadPoolExecutor(max_workers=1)

    async def begin(self, asked: dict) -> AsyncIterator[bytes]:
        """Speaks the first part of a text, and gives all of them as they are made.

        Raises:
            HTTPException: If the text, or an option, is not one that can be spoken.
        """
        with refusing():
            text, options = text_and_options(asked)
        if len(text) > self.longest:
            raise HTTPException(
                413,
                f"Expected a text of at most {self.longest} characters. "
                f"Received: {len(text)}",
            )
        if len(self.speaking) >= self.most:
            raise HTTPException(
                503,
                f"Expected at most {self.most} texts at a time. Received: one more",
                {"Retry-After": "1"},
            )
        with refusing():
            spoken = self._spoken(self.voice.stream(text, **options))
        self.speaking.add(spoken)
        try:
            audible = await anext(spoken)
        except BaseException:
            await self.end(spoken)
            raise
        if not audible:
            await self.end(spoken)
            raise HTTPException(
                400,
                "Expected a text in which something can be said. "
                f"Received: text={text!r:.80}",
            )
        return spoken

    async def end(self, spoken: AsyncIterator[bytes]) -> None:
        """Forgets what `begin` gave; to be called in any case."""
        self.speaking.discard(spoken)
        await spoken.aclose()

    async def _spoken(self, parts):
        """Whether there is audio, then the audio, made when it is asked for."""
        loop = asyncio.get_running_loop()

        async def made():
            try:
                with refusing():
                    return await loop.run_in_executor(self.worker, next, parts, None)
            except HTTPException:
                raise
            except Exception as error:
                log.exception(FAILED)
                raise HTTPException(500, FAILED) from error

        part = await made()
        yield part is not None
        while part is not None:
            yield np.round(32767 * part).astype("<i2").tobytes()
            part = await made()


def wav_header(sample_rate: int) -> bytes:
    """The head of a WAV file of 16 bits and one channel whose length is not known."""
    form = struct.pack("<HHIIHH", 1, 1, sample_rate, 2 * sample_rate, 2, 16)
    parts = (b"RIFF", UNKNOWN, b"WAVE", b"fmt ", len(form), form, b"data", UNKNOWN)
    return struct.pack("<4sI4s4sI16s4sI", *parts)


async def speak(request: Request) -> StreamingResponse:
    """Answers a text with audio."""
    speaker = request.app.state.speaker
    with refusing():
        asked = query(request.scope["query_string"])
    if request.method == "POST":
        body, longest = b"", 8 * speaker.longest
        async for chunk in request.stream():
            body += chunk
            if len(body) > longest:
                size = request.headers.get("content-length", f"{len(body)} or more")
                raise HTTPException(
                    413,
                    f"Expected at most {longest} bytes, and in them a text of at most "
                    f"{speaker.longest} characters. Received: {size} bytes",
                )
        with refusing():
            asked |= json_object(body)
    spoken = await speaker.begin(asked)
    return SpokenResponse(speaker, spoken)


class SpokenResponse(StreamingResponse):
    """A WAV file whose end is not made yet."""

    def __init__(self, speaker: Speaker, spoken: AsyncIterator[bytes]):
        self.ended = functools.partial(speaker.end, spoken)
        head = wav_header(speaker.voice.sample_rate)
        super().__init__(_after(head, spoken), media_type="audio/wav")

    async def __call__(self, scope, receive, send):
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self.ended()


async def _after(head, parts):
    yield head
    async for part in parts:
        yield part


async def converse(socket: WebSocket) -> None:
    """Speaks each text that comes; the next one ends it."""
    await socket.accept()
    speaker = socket.app.state.speaker
    task = None
    while (message := await socket.receive())["type"] == "websocket.receive":
        await _end(task)
        task = asyncio.create_task(_answer(socket, speaker, message.get("text") or ""))
    await _end(task)


async def _end(task):
    if task:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect):
            await task


async def _answer(socket, speaker, message):
    spoken = None
    try:
        with refusing():
            asked = json_object(message)
        if not asked:  # No text, but an end to the one before.
            return
        spoken = await speaker.begin(asked)
        await socket.send_json({"sample_rate": speaker.voice.sample_rate})
        async for part in spoken:
            await socket.send_bytes(part)
        await socket.send_json({"end": True})
    except HTTPException as error:
        await socket.send_json({"error": error.detail, "status": error.status_code})
    finally:
        if spoken:
            await speaker.end(spoken)


async def health(request: Request) -> JSONResponse:
    """Says that the voice is loaded, and how much it has to do."""
    return JSONResponse({"speaking": len(request.app.state.speaker.speaking)})


async def refuse(request: Request, error: HTTPException) -> JSONResponse:
    """Answers with what was wrong."""
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


def application(voice, longest: int = 5000, most: int = 100) -> Starlette:
    """The server of a voice, for any ASGI server.

    Args:
        voice: A `LightTextToSpeech`.
        longest: Characters of a text.
        most: Texts that are spoken at a time; another one is answered with 503.
    """
    routes = [
        Route("/speak", speak, methods=["GET", "POST"]),
        WebSocketRoute("/speak", converse),
        Route("/health", health),
    ]
    app = Starlette(routes=routes, exception_handlers={HTTPException: refuse})
    app.state.speaker = Speaker(voice, longest, most)
    return app


def number(lowest: int, highest: int):
    """A whole number of the command line."""

    def read(word):
        value = int(word) if word.isdecimal() and len(word) < 20 else -1
        if not lowest <= value <= highest:
            raise argparse.ArgumentTypeError(
                f"Expected a whole number from {lowest} to {highest}. Received: {word}"
            )
        return value

    return read


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--preset", default="en_female", help="a voice with LiteRT files"
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--port", type=number(0, 65535), default=8080, help="0 for any that is free"
    )
    parser.add_argument(
        "--longest", type=number(1, 10**7), default=5000, help="characters of a text"
    )
    parser.add_argument(
        "--most", type=number(1, 10**5), default=100, help="texts at a time"
    )
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # What texts cannot be said is not for the log.
    try:
        voice = LightTextToSpeech.from_preset(arguments.preset)
        voice.synthesize("Ready")
        family = AF_INET6 if ":" in arguments.host else AF_INET
        address = (arguments.host, arguments.port)
        listening = create_server(address, family=family, backlog=2048)
    except (ImportError, OSError, ValueError) as error:
        raise SystemExit(f"Error: {' '.join(str(error).split())}") from None
    app = application(voice, arguments.longest, arguments.most)
    host = f"[{arguments.host}]" if ":" in arguments.host else arguments.host
    port = listening.getsockname()[1]
    print(f"Ready on http://{host}:{port}/speak", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        config = uvicorn.Config(app, log_level="warning")
        uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
