"""A conversation over a WebSocket: texts or features come, audio goes."""

import asyncio
import contextlib

from speech_request import frames, json_object
from speech_turns import Speaker, refusing
from starlette.exceptions import HTTPException
from starlette.websockets import WebSocket, WebSocketDisconnect


async def converse(socket: WebSocket) -> None:
    """Speaks each text, or features, that come; the next one ends it."""
    await socket.accept()
    conversation = Conversation(socket)
    while (message := await socket.receive())["type"] == "websocket.receive":
        try:
            await conversation.hear(message)
        except HTTPException as error:
            await conversation.refuse(error)
    await conversation.end()


class Conversation:
    """What a socket says, one answer at a time."""

    def __init__(self, socket: WebSocket):
        self.socket = socket
        self.speaker = socket.app.state.speaker
        self.answer = None
        self.mel = None  # whose frames come now

    async def hear(self, message: dict) -> None:
        """Takes the next message.

        Raises:
            HTTPException: If it can have no answer.
        """
        chunk = message.get("bytes")
        if chunk is not None:
            if self.mel is None:
                raise HTTPException(
                    400,
                    "Expected JSON that asks for a mel before its frames. "
                    f"Received: {len(chunk)} bytes",
                )
            self.mel.put(chunk)
            return
        with refusing():
            asked = json_object(message.get("text") or "")
        if asked == {"end": True} and self.mel is not None:
            self.mel.end()
            self.mel = None
            return
        await self.end()
        self.mel = Coming(self.speaker) if "mel" in asked else None
        if self.mel is not None:
            answer = self._speak(self.speaker.mel(asked, self.mel), self.mel)
        elif asked:
            answer = self._speak(self.speaker.text(asked))
        else:  # Nothing, but an end to the one before.
            return
        self.answer = asyncio.create_task(answer)

    async def refuse(self, error: HTTPException) -> None:
        """Ends what is spoken, and says what was wrong."""
        if self.mel is not None:
            self.mel.drop()
        await self.end()
        # Not as an answer, which the next request would end before it is told.
        self.answer = None
        with contextlib.suppress(WebSocketDisconnect):
            await self._tell(error)

    async def end(self) -> None:
        """Ends what is spoken."""
        if self.answer:
            self.answer.cancel()
            with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect):
                await self.answer

    async def _speak(self, spoken, mel=None):
        rate = {"sample_rate": self.speaker.voice.sample_rate}
        # Of a text when it is known that it can be said.
        told = mel is not None
        try:
            with self.speaker.place():
                if told:
                    await self.socket.send_json(rate)
                async for part in spoken:
                    if not told:
                        await self.socket.send_json(rate)
                        told = True
                    await self.socket.send_bytes(part)
                await self.socket.send_json({"end": True})
        except HTTPException as error:
            if mel is not None:
                mel.drop()
            await self._tell(error)

    async def _tell(self, error):
        message = {"error": error.detail, "status": error.status_code}
        await self.socket.send_json(message)


class Coming:
    """Frames of a mel that come while it is spoken."""

    def __init__(self, speaker: Speaker):
        self._speaker = speaker
        self._chunks = asyncio.Queue()
        self._size = 0
        self._dropped = False

    def put(self, chunk: bytes) -> None:
        """Takes the next frames.

        Raises:
            HTTPException: If they are none, or too many.
        """
        if self._dropped:
            return
        self._size += len(chunk)
        self._speaker.check_size(self._size)
        with refusing():
            found = frames(chunk, self._speaker.voice.vocoder.bands)
        self._chunks.put_nowait(found)

    def end(self) -> None:
        """No more frames come."""
        self._chunks.put_nowait(None)

    def drop(self) -> None:
        """Leaves what comes now, after an error."""
        self._dropped = True

    async def __aiter__(self):
        while (chunk := await self._chunks.get()) is not None:
            yield chunk
