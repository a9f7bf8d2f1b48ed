"""Audio of several requests at a time, in turns: a part of each."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from speech_request import mel_options, text_and_options
from starlette.exceptions import HTTPException

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
    """Speaks several requests in turns, a part of each.

    Args:
        voice: A `LightTextToSpeech`.
        longest: Characters of a text.
        most_frames: Of a mel.
        most: Requests that are spoken at a time.

    Attributes:
        speaking: How many requests are spoken now.
    """

    def __init__(self, voice, longest: int, most_frames: int, most: int):
        self.voice = voice
        self.longest = longest
        self.most_frames = most_frames
        self.most = most
        self.speaking = 0
        # Whoever waits longest is next, and LiteRT is called from one thread alone.
        self.worker = ThreadPoolExecutor(max_workers=1)

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """Holds the place of a request.

        Raises:
            HTTPException: If there is none.
        """
        if self.speaking >= self.most:
            raise HTTPException(
                503,
                f"Expected at most {self.most} requests at a time. Received: one more",
                {"Retry-After": "1"},
            )
        self.speaking += 1
        try:
            yield
        finally:
            self.speaking -= 1

    def text(self, asked: dict) -> AsyncIterator[bytes]:
        """Speaks a text.

        Args:
            asked: The fields of the request.

        Returns:
            Audio of 16 bits, made when it is asked for.

        Raises:
            HTTPException: If text or options cannot be spoken; from the iterator, too.
        """
        with refusing():
            text, options = text_and_options(asked)
        if len(text) > self.longest:
            raise HTTPException(
                413,
                f"Expected a text of at most {self.longest} characters. "
                f"Received: {len(text)}",
            )
        with refusing():
            return self._text(text, self.voice.stream(text, **options))

    async def _text(self, text, parts):
        part = await self._made(parts)
        if part is None:
            raise HTTPException(
                400,
                "Expected a text in which something can be said. "
                f"Received: text={text!r:.80}",
            )
        while part is not None:
            yield part
            part = await self._made(parts)

    def mel(
        self, asked: dict, chunks: AsyncIterable[np.ndarray]
    ) -> AsyncIterator[bytes]:
        """Speaks features while they come.

        Args:
            asked: The fields of the request.
            chunks: Of frames `(frames, bands)`.

        Returns:
            As `text`.

        Raises:
            HTTPException: As `text`.
        """
        with refusing():
            options = mel_options(asked, self.voice.vocoder.bands)
            return self._mel(self.voice.vocoder.stream(**options), chunks)

    async def _mel(self, stream, chunks):
        heard = False
        async for chunk in chunks:
            with refusing():
                parts = stream.feed(chunk)
            heard = True
            while stream.ready:
                yield await self._made(parts)
        if not heard:
            raise HTTPException(400, "Expected a frame or more. Received: none")
        parts = stream.finish()
        while stream.ready:
            yield await self._made(parts)

    def check_size(self, size: int, said: str | None = None) -> None:
        """Refuses more frames than a mel may have.

        Args:
            size: Bytes of the frames.
            said: The same in words.

        Raises:
            HTTPException: If there are more.
        """
        most = 4 * self.voice.vocoder.bands * self.most_frames
        if size > most:
            raise HTTPException(
                413,
                f"Expected a mel of at most {self.most_frames} frames, {most} bytes. "
                f"Received: {said or size} bytes",
            )

    async def _made(self, parts):
        """The next part, made in its turn; None after the last."""
        loop = asyncio.get_running_loop()
        try:
            with refusing():
                part = await loop.run_in_executor(self.worker, next, parts, None)
        except HTTPException:
            raise
        except Exception as error:
            log.exception(FAILED)
            raise HTTPException(500, FAILED) from error
        return None if part is None else np.round(32767 * part).astype("<i2").tobytes()
