"""Speaks text over HTTP and WebSocket, and sends audio while it is made.

    pip install '.[server,text]'
    python examples/serving/speech_server.py --port 8080

GET or POST /speak answers with a WAV file, of 16 bits, that grows; see README.md here.
"""

import argparse
import asyncio
import contextlib
import functools
import json
import struct
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from keras_pwavenet.speech import LightTextToSpeech

UNKNOWN = 0xFFFFFFFF  # the length of what is not made yet


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
        options = dict(asked)
        text = options.pop("text", None)
        if not isinstance(text, str):
            raise HTTPException(400, f"Expected a text. Received: text={text!r:.80}")
        if len(text) > self.longest:
            raise HTTPException(
                413,
                f"Expected a text of at most {self.longest} characters. "
                f"Received: {len(text)}",
            )
        options = {name: _option(name, value) for name, value in options.items()}
        if len(self.speaking) >= self.most:
            raise HTTPException(
                503,
                f"Expected at most {self.most} texts at a time. Received: one more",
                {"Retry-After": "1"},
            )
        try:
            spoken = self._spoken(self.voice.stream(text, **options))
        except ValueError as error:
            raise HTTPException(400, str(error)) from error
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

        def made():
            return loop.run_in_executor(self.worker, next, parts, None)

        part = await made()
        yield part is not None
        while part is not None:
            yield np.round(32767 * part).astype("<i2").tobytes()
            part = await made()


def _option(name, value):
    """An option's number, which an address gives as text."""
    kind = {"rate": float, "pitch_scale": float, "seed": int}.get(name)
    try:
        number = kind(value)
        if number != (float(value) if isinstance(value, str) else value):
            raise ValueError
        if kind is int and number < 0:
            raise ValueError
    except (OverflowError, TypeError, ValueError) as error:
        raise HTTPException(
            400,
            "Expected numbers `rate` and `pitch_scale` and a `seed` of 0 or more. "
            f"Received: {name}={value!r:.80}",
        ) from error
    return number


def wav_header(sample_rate: int) -> bytes:
    """The head of a WAV file of 16 bits and one channel whose length is not known."""
    form = struct.pack("<HHIIHH", 1, 1, sample_rate, 2 * sample_rate, 2, 16)
    parts = (b"RIFF", UNKNOWN, b"WAVE", b"fmt ", len(form), form, b"data", UNKNOWN)
    return struct.pack("<4sI4s4sI16s4sI", *parts)


async def speak(request: Request) -> StreamingResponse:
    """Answers a text with audio."""
    speaker = request.app.state.speaker
    asked = dict(request.query_params)
    if request.method == "POST":
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > 8 * speaker.longest:
                raise HTTPException(
                    413, "Expected a shorter text. Received: a long one"
                )
        asked |= _object(body)
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


def _object(body):
    try:
        found = json.loads(body)
    except (RecursionError, ValueError) as error:
        raise HTTPException(400, f"Expected JSON. Received: {error}") from error
    if not isinstance(found, dict):
        raise HTTPException(400, f"Expected an object. Received: {found!r:.80}")
    return found


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
    try:
        asked = _object(message)
        if not asked:  # No text, but an end to the one before.
            return
        spoken = await speaker.begin(asked)
    except HTTPException as error:
        await socket.send_json({"error": error.detail, "status": error.status_code})
        return
    try:
        await socket.send_json({"sample_rate": speaker.voice.sample_rate})
        async for part in spoken:
            await socket.send_bytes(part)
        await socket.send_json({"end": True})
    finally:
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


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--preset", default="en_female", help="a voice with LiteRT files"
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument(
        "--longest", type=int, default=5000, help="characters of a text"
    )
    parser.add_argument("--most", type=int, default=100, help="texts at a time")
    arguments = parser.parse_args()
    voice = LightTextToSpeech.from_preset(arguments.preset)
    voice.synthesize("Ready")
    app = application(voice, arguments.longest, arguments.most)
    uvicorn.run(app, host=arguments.host, port=arguments.port, log_level="warning")


if __name__ == "__main__":
    main()
