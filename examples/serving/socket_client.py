"""Speaks features over the WebSocket of speech_server.py, and hears audio meanwhile.

    python examples/serving/socket_client.py mel.f32 spoken.wav

The features are float32, 100 numbers a frame. Needs websockets alone.
"""

import argparse
import asyncio
import io
import json
import wave
from pathlib import Path

try:
    import websockets
except ImportError:
    raise SystemExit("The client needs more: pip install websockets") from None

FRAMES = 16  # of a message
BANDS = 100


async def speak(server, features, seed, write):
    """Sends the features, and gives the audio that comes, in 16 bits, to `write`."""
    async with websockets.connect(f"{server}/speak") as channel:

        async def send():
            while chunk := features.read(4 * BANDS * FRAMES):
                await channel.send(chunk)
            await channel.send('{"end": true}')

        await channel.send(json.dumps({"mel": BANDS, "seed": seed}))
        said = await channel.recv()
        sending = asyncio.create_task(send())
        while isinstance(said, bytes) or "sample_rate" in said:
            if isinstance(said, bytes):
                write(said)
            said = await channel.recv()
        sending.cancel()
        return json.loads(said).get("error")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("features")
    parser.add_argument("spoken")
    parser.add_argument("--server", default="ws://localhost:8080")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    spoken = io.BytesIO()
    try:
        with open(arguments.features, "rb") as features:
            with wave.open(spoken, "wb") as file:
                file.setparams((1, 2, 24_000, 0, "NONE", ""))
                asked = arguments.server, features, arguments.seed, file.writeframes
                error = asyncio.run(speak(*asked))
        if not error:
            Path(arguments.spoken).write_bytes(spoken.getvalue())
    except (OSError, websockets.WebSocketException) as failed:
        raise SystemExit(f"Error: {' '.join(str(failed).split())}") from None
    if error:
        raise SystemExit(f"Error: {error}")


if __name__ == "__main__":
    main()
