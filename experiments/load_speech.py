"""How many streams of speech a server of examples/serving/speech_server.py keeps up.

    python examples/serving/speech_server.py --most 1000 &
    python experiments/load_speech.py --streams 1 10 20 40

All streams of a row begin within a second and speak a sentence each, again and again
for some seconds. A stream keeps up if none of its audio comes later than it is to be
played, when playing begins with the first of it.
"""

import argparse
import asyncio
import time
from pathlib import Path
from urllib.parse import quote

import numpy as np

SENTENCES = Path(__file__).with_name("sentences.txt").read_text("utf-8").splitlines()
HEAD = 44  # bytes of a WAV file
SECOND = 2 * 24_000  # bytes of audio


async def spoken(host, port, text):
    """Arrival of each piece of audio, since the request, and its length, in seconds."""
    begin = time.perf_counter()
    reader, writer = await asyncio.open_connection(host, port)
    request = f"GET /speak?text={quote(text)} HTTP/1.1\r\nHost: {host}\r\n"
    writer.write(f"{request}Connection: close\r\n\r\n".encode())
    status, *_ = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
    if b" 200 " not in status:
        raise RuntimeError(f"Expected audio. Received: {status.decode()}")
    found = []
    while size := int(await reader.readline(), 16):
        await reader.readexactly(size + 2)
        if size != HEAD:
            found.append((time.perf_counter() - begin, size / SECOND))
    writer.close()
    return np.array(found).T


async def stream(host, port, number, until):
    """Seconds to the first audio, and how late the latest was, for each sentence."""
    await asyncio.sleep(number % 10 / 10)
    found = []
    while not found or time.perf_counter() < until:
        text = SENTENCES[(number + len(found)) % len(SENTENCES)]
        came, lengths = await spoken(host, port, text)
        due = came[0] + np.cumsum(lengths) - lengths
        found.append((came[0], (came - due).max(), lengths.sum()))
        # As a listener would, who asks for the next when this one is heard.
        await asyncio.sleep(max(0.0, lengths.sum() - came[-1]))
    return found


async def measure(host, port, streams, seconds):
    until = time.perf_counter() + seconds
    begin = time.perf_counter()
    tasks = (stream(host, port, number, until) for number in range(streams))
    each = await asyncio.gather(*tasks)
    took = time.perf_counter() - begin
    first, _, audio = np.array([row for rows in each for row in rows]).T
    behind = sum(any(late > 1e-3 for _, late, _ in rows) for rows in each)
    print(
        f"| {streams} | {1e3 * np.median(first):.0f} | "
        f"{1e3 * np.quantile(first, 0.95):.0f} | {streams - behind} | "
        f"{audio.sum() / took:.1f} |",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 10, 20, 40])
    parser.add_argument("--seconds", type=float, default=15)
    arguments = parser.parse_args()
    print("| streams | first audio, ms, median | 95 % | kept up | x real time |")
    print("|---|---|---|---|---|")
    for streams in arguments.streams:
        place = arguments.host, arguments.port, streams, arguments.seconds
        asyncio.run(measure(*place))


if __name__ == "__main__":
    main()
