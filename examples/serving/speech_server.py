"""Speaks text or features over HTTP and WebSocket, and sends audio while it is made.

    pip install '.[server,text]'
    python examples/serving/speech_server.py --port 8080

GET or POST /speak answers with a WAV file, of 16 bits, that grows; see README.md here.
"""

import argparse
import contextlib
import struct
import warnings
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from socket import AF_INET, AF_INET6, create_server

try:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.exceptions import HTTPException
    from starlette.requests import ClientDisconnect, Request
    from starlette.responses import JSONResponse, StreamingResponse
    from starlette.routing import Route, WebSocketRoute

    from keras_pwavenet.speech import LightTextToSpeech
except ImportError as error:
    raise SystemExit(
        f"The server needs more packages: pip install '.[server,text]'. {error}"
    ) from None

from speech_request import frames, json_object, query  # the files beside
from speech_socket import converse
from speech_turns import Speaker, refusing

UNKNOWN = 0xFFFFFFFF  # the length of what is not made yet


def wav_header(sample_rate: int) -> bytes:
    """The head of a WAV file of 16 bits and one channel whose length is not known."""
    form = struct.pack("<HHIIHH", 1, 1, sample_rate, 2 * sample_rate, 2, 16)
    parts = (b"RIFF", UNKNOWN, b"WAVE", b"fmt ", len(form), form, b"data", UNKNOWN)
    return struct.pack("<4sI4s4sI16s4sI", *parts)


async def speak(request: Request) -> StreamingResponse:
    """Answers a text, or features, with audio; HEAD with the head alone."""
    speaker = request.app.state.speaker
    with refusing():
        asked = query(request.scope["query_string"])
    with contextlib.ExitStack() as stack:
        stack.enter_context(speaker.place())
        if "mel" in asked:
            spoken = speaker.mel(asked, _mel(request, speaker))
        else:
            spoken = speaker.text(asked | await _fields(request, speaker.longest))
        if request.method == "HEAD":  # nothing is made before it is asked for
            return StreamingResponse(iter(()), media_type="audio/wav")
        first = await anext(spoken)
        begin = wav_header(speaker.voice.sample_rate), first
        return SpokenResponse(_after(begin, spoken), stack.pop_all())


async def _mel(request, speaker):
    """The frames of the body of a POST."""
    async for body in _body(request, speaker.check_size):
        with refusing():
            found = frames(body, speaker.voice.vocoder.bands)
        yield found


async def _fields(request, longest):
    """What the body of a POST asks for."""
    most = 8 * longest

    def check(size, said):
        if size > most:
            raise HTTPException(
                413,
                f"Expected at most {most} bytes, and in them a text of at most "
                f"{longest} characters. Received: {said} bytes",
            )

    fields = {}
    async for body in _body(request, check):
        with refusing():
            fields = json_object(body)
    return fields


async def _body(request, check):
    """The body of a POST, whole; of another request nothing."""
    if request.method != "POST":
        return
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            size = request.headers.get("content-length", f"{len(body)} or more")
            check(len(body), size)
    except ClientDisconnect as error:
        raise HTTPException(
            400, f"Expected a whole body. Received: {len(body)} bytes"
        ) from error
    yield bytes(body)


class SpokenResponse(StreamingResponse):
    """A WAV file whose end is not made yet, and its place among those spoken."""

    def __init__(self, spoken: AsyncIterator[bytes], place: AbstractContextManager):
        self.place = place
        super().__init__(spoken, media_type="audio/wav")

    async def __call__(self, scope, receive, send):
        with self.place:
            await super().__call__(scope, receive, send)


async def _after(begin, parts):
    for part in begin:
        yield part
    async for part in parts:
        yield part


async def health(request: Request) -> JSONResponse:
    """Says that the voice is loaded, and how much it has to do."""
    return JSONResponse({"speaking": request.app.state.speaker.speaking})


async def refuse(request: Request, error: HTTPException) -> JSONResponse:
    """Answers with what was wrong."""
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


def application(
    voice, longest: int = 5000, frames: int = 45_000, most: int = 100
) -> Starlette:
    """The server of a voice, for any ASGI server.

    Args:
        voice: A `LightTextToSpeech`.
        longest: Characters of a text.
        frames: Of a mel, at most.
        most: Requests that are spoken at a time; another one is answered with 503.
    """
    routes = [
        Route("/speak", speak, methods=["GET", "POST"]),
        WebSocketRoute("/speak", converse),
        Route("/health", health),
    ]
    app = Starlette(routes=routes, exception_handlers={HTTPException: refuse})
    app.state.speaker = Speaker(voice, longest, frames, most)
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
        "--frames", type=number(1, 10**6), default=45_000, help="frames of a mel"
    )
    parser.add_argument(
        "--most", type=number(1, 10**5), default=100, help="requests at a time"
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
    limits = arguments.longest, arguments.frames, arguments.most
    app = application(voice, *limits)
    host = f"[{arguments.host}]" if ":" in arguments.host else arguments.host
    port = listening.getsockname()[1]
    print(f"Ready on http://{host}:{port}/speak", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        config = uvicorn.Config(app, log_level="warning")
        uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
