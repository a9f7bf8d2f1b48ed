"""Sends thousands of requests to a server at once and checks every reply.

    python experiments/load_test.py saved_models/en_female/1

One to three clips of mixed length in a request, from several clients. Each clip must be
what the SavedModel, loaded here, says for it alone. Bad requests come in between, each
of which must be refused with its reason, and clips of ten minutes.
"""

import argparse
import collections
import json
import re
import sys
import threading
import time
from pathlib import Path

import numpy as np
import requests
import tensorflow as tf

CASES = 60
PITCH = 150.0  # Hz
MEMORY = ("VmRSS", "VmHWM")
BAD = {
    "wrong mel bins": ({"conditioning": np.zeros((7, 99)).tolist()}, "frames, 100"),
    "zero frames": ({"conditioning": []}, ""),
    "NaN": ({"conditioning": np.full((7, 100), np.nan).tolist()}, ""),
    "infinite": (
        {"conditioning": np.full((7, 100), 1e300).tolist()},
        "of numbers from",
    ),
    "length beyond the frames": ({"length": 8}, "from 1 to the frames"),
    "temperature below zero": ({"temperature": -1.0}, "from 0 to 10"),
    "no seed": ({"seed": None}, ""),
}


class Counts:
    """What became of the requests; shared by the clients."""

    def __init__(self):
        self.lock = threading.Lock()
        self.kinds, self.seconds = collections.Counter(), []
        self.largest_difference = self.frames = 0
        self.complaints = []

    def add(self, kind, seconds=None, frames=0, difference=0.0, complaint=None):
        with self.lock:
            self.kinds[kind] += 1
            self.frames += frames
            self.largest_difference = max(self.largest_difference, difference)
            if seconds is not None:
                self.seconds.append(seconds)
            if complaint is not None:
                self.complaints.append(complaint)


def make_cases(folder, channels):
    """Clips of 1 to 60 frames, and the audio of each alone.

    With a pitch predictor, clips speak at `PITCH`: a predicted one differs in its last
    digits from batch to batch, and with it where the pulses are.
    """
    serve = tf.saved_model.load(folder).signatures["serving_default"]
    follows = "pitch" in serve.structured_input_signature[1]
    random, cases = np.random.default_rng(0), []
    for seed in range(CASES):
        frames = int(random.integers(1, 61))
        conditioning = random.normal(-0.5, 0.3, (frames, channels)).astype("float32")
        inputs = {
            "conditioning": tf.constant(conditioning[None]),
            "length": tf.constant([frames]),
            "seed": tf.constant([seed], tf.int64),
            "temperature": tf.constant([1.0]),
        }
        if follows:
            inputs["pitch"] = tf.fill((1, frames), PITCH)
            inputs["pitch_scale"] = tf.constant([1.0])
        audio = serve(**inputs)["audio"]
        cases.append((conditioning, seed, audio[0].numpy()))
    return cases, len(cases[0][2]) // len(cases[0][0]), follows


def as_instances(clips, follows):
    """The clips as JSON objects of one shape: padded with each one's first number."""
    longest = max(len(conditioning) for conditioning, *_ in clips)
    instances = []
    for conditioning, seed, *_ in clips:
        padding = [(0, longest - len(conditioning)), (0, 0)]
        padded = np.pad(conditioning, padding, constant_values=conditioning[0, 0])
        length = len(conditioning)
        instances.append({"conditioning": padded.tolist(), "length": length})
        instances[-1] |= {"seed": seed, "temperature": 1.0}
        if follows:
            instances[-1] |= {"pitch": [PITCH] * longest, "pitch_scale": 1.0}
    return instances


def difference(clips, hop, predictions):
    """The largest error of a reply; infinite if its shape is wrong."""
    longest = max(len(conditioning) for conditioning, *_ in clips)
    audio = np.array(predictions, "float32")
    # A server that batches answers at the length of the batch's longest clip.
    if audio.ndim != 2 or len(audio) != len(clips) or audio.shape[1] < longest * hop:
        return np.inf
    expected = np.zeros_like(audio)
    for row, (_, _, alone) in zip(expected, clips, strict=True):
        row[: len(alone)] = alone
    return float(np.abs(audio - expected).max())


def ask(session, url, instances):
    """Sends a request and returns status, parsed reply and seconds."""
    start = time.perf_counter()
    body = json.dumps({"instances": instances})
    headers = {"content-type": "application/json"}
    reply = session.post(url, data=body, headers=headers, timeout=600)
    seconds = time.perf_counter() - start
    return reply.status_code, reply.json(), seconds


def client(number, url, amount, bad_every, cases, hop, follows, counts):
    """One client's requests, one after the other."""
    random, session = np.random.default_rng(number + 1), requests.Session()
    for index in range(amount):
        bad = index % bad_every == bad_every - 1
        try:
            if bad:
                name = list(BAD)[random.integers(len(BAD))]
                change, reason = BAD[name]
                silence = np.zeros((7, cases[0][0].shape[1]))
                instance = {**as_instances([(silence, 0)], follows)[0], **change}
                status, reply, _ = ask(session, url, [instance])
                error = reply.get("error", "")
                refused = status == 400 and error and reason in error
                counts.add(
                    f"refused: {name}" if refused else "accepted or unclear",
                    complaint=None if refused else f"{name}: {status} {reply}"[:300],
                )
                continue
            chosen = random.choice(len(cases), random.integers(1, 4))
            clips = [cases[number] for number in chosen]
            status, reply, seconds = ask(session, url, as_instances(clips, follows))
            if status != 200:
                counts.add("lost", complaint=f"{status} {reply}"[:300])
                continue
            worst = difference(clips, hop, reply["predictions"])
            kind = "right" if worst <= 1e-5 else "wrong"
            frames = sum(len(conditioning) for conditioning, *_ in clips)
            counts.add(kind, seconds, frames, worst)
        except (requests.RequestException, ValueError) as error:
            counts.add("lost", complaint=f"{type(error).__name__}: {error}"[:300])


def long_client(url, amount, minutes, channels, rate, hop, follows, counts):
    """Clips of minutes, which get audio or an error, but no end of the server."""
    session = requests.Session()
    frames = int(minutes * 60 * rate / hop)
    for _ in range(amount):
        clip = (np.zeros((frames, channels), "float32"), 0)
        try:
            status, reply, seconds = ask(session, url, as_instances([clip], follows))
            good = status == 400 or len(reply["predictions"][0]) == frames * hop
            kind = f"{minutes:g} minutes: {status}, after {seconds:.0f} s"
            counts.add(kind if good else "wrong")
        except (requests.RequestException, ValueError, KeyError) as error:
            counts.add("lost", complaint=f"{type(error).__name__}: {error}"[:300])


def memory(pid):
    """MiB that a process holds now, and the most it has held; on Linux."""
    status = Path(f"/proc/{pid}/status").read_text()
    return [int(re.search(rf"{key}:\s+(\d+)", status)[1]) // 1024 for key in MEMORY]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("saved_model", help="the version that the server has")
    parser.add_argument("--server", default="http://localhost:8501")
    parser.add_argument("--model", default="en_female", help="its name on the server")
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--bad-every", type=int, default=20)
    parser.add_argument("--pid", type=int, help="the server's, to tell its memory")
    parser.add_argument("--long", type=int, default=1, help="number of long clips")
    parser.add_argument("--minutes", type=float, default=10, help="of a long clip")
    parser.add_argument("--channels", type=int, default=100)
    parser.add_argument("--sample-rate", type=int, default=24_000)
    arguments = parser.parse_args()

    cases, hop, follows = make_cases(arguments.saved_model, arguments.channels)
    url = f"{arguments.server}/v1/models/{arguments.model}:predict"
    counts = Counts()
    share, rest = divmod(arguments.requests, arguments.clients)
    threads = [
        threading.Thread(
            target=client,
            args=(
                *(number, url, share + (number < rest), arguments.bad_every),
                *(cases, hop, follows, counts),
            ),
        )
        for number in range(arguments.clients)
    ]
    long = (arguments.long, arguments.minutes, arguments.channels)
    long = (url, *long, arguments.sample_rate, hop, follows, counts)
    threads.append(threading.Thread(target=long_client, args=long))
    before = arguments.pid and memory(arguments.pid)
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = time.perf_counter() - start

    for kind, amount in sorted(counts.kinds.items()):
        print(f"{amount:6} {kind}")
    spoken = counts.frames * hop / arguments.sample_rate
    middle, late = np.percentile(counts.seconds or [np.nan], [50, 99])
    print(f"largest difference {counts.largest_difference:.1e}")
    print(
        f"{sum(counts.kinds.values())} requests in {total:.0f} s, {spoken:.0f} s spoken"
    )
    print(f"a request: median {1e3 * middle:.0f} ms, 99 % within {1e3 * late:.0f} ms")
    if before:
        now, most = memory(arguments.pid)
        print(f"the server held {before[0]} MiB before, {now} after, {most} at most")
    for complaint in counts.complaints[:10]:
        print(complaint, file=sys.stderr)
    expected = arguments.requests + arguments.long
    bad = any(counts.kinds[kind] for kind in ("wrong", "lost", "accepted or unclear"))
    if bad or counts.kinds.total() != expected or not counts.kinds["right"]:
        raise SystemExit("FAILED")


if __name__ == "__main__":
    main()
