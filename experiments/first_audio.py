"""How long text to speech without Keras takes, from the text to the first audio.

    pip install '.[text]'
    python experiments/first_audio.py en_female
    python experiments/first_audio.py --module sd_pwavenet

The second asks the output module of Speech Dispatcher, by its protocol, and stops each
text when its first audio is there.

Short phrases as a screen reader says them, 200 of them, and sentences of nine to eleven
words, each once and all of them new to the voice, which has said one phrase before.
Times are of the clock, the front end's included.
"""

import argparse
import itertools
import subprocess
import time
from pathlib import Path

import numpy as np

from keras_pwavenet.speech import LightTextToSpeech

SENTENCES = Path(__file__).with_name("sentences.txt")
THINGS = (
    "Save",
    "Cancel",
    "Search",
    "Send message",
    "Volume",
    "Night mode",
    "Inbox",
    "Line 14",
    "Page 3 of 12",
    "Address and search bar",
)
ROLES = (
    "button",
    "button, unavailable",
    "checkbox checked",
    "checkbox not checked",
    "link",
    "visited link",
    "heading level 2",
    "menu item",
    "menu item, has submenu",
    "list item, 5 of 9",
    "tab selected",
    "slider, 40%",
    "edit, blank",
    "combo box collapsed",
    "tree item expanded, level 1",
    "radio button not checked",
    "toggle button pressed",
    "table with 4 rows and 3 columns",
    "graphic",
    "alert",
)


def measure(tts, texts, rate):
    """Seconds to the first audio, seconds in all, seconds of audio, for each text."""
    found = []
    for text in texts:
        begin = time.perf_counter()
        parts = tts.stream(text, rate=rate)
        samples = len(next(parts))
        first = time.perf_counter() - begin
        samples += sum(len(part) for part in parts)
        whole = time.perf_counter() - begin
        found.append((first, whole, samples / tts.sample_rate))
    return np.array(found)


def measure_module(command, texts):
    """Seconds to the first audio of each text, and from STOP to the module's answer."""
    found = []
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        answers = process.stdout

        def ask(lines, answer):
            process.stdin.write("".join(f"{line}\n" for line in lines).encode())
            process.stdin.flush()
            while (line := answers.readline()) and not line.startswith(answer):
                pass
            return time.perf_counter()

        ask(["INIT"], b"299 OK")
        for text in texts:
            begin = time.perf_counter()
            first = ask(["SPEAK", text, "."], b"705 AUDIO") - begin
            begin = time.perf_counter()
            found.append((first, ask(["STOP"], (b"703 STOP", b"702 END")) - begin))
        ask(["QUIT"], b"210")
    return np.array(found)


def quantiles(seconds):
    """Median, 95 % and longest, in words."""
    places = zip((0.5, 0.95, 1.0), ("median", "95 %", "longest"), strict=True)
    return ", ".join(
        f"{1e3 * np.quantile(seconds, place):.0f} ms ({name})" for place, name in places
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "preset", nargs="?", default="en_female", help="has LiteRT files"
    )
    parser.add_argument("--rate", type=float, default=1.0, help="how fast")
    parser.add_argument("--module", help="ask this output module instead")
    arguments = parser.parse_args()
    phrases = [f"{thing}, {role}" for thing, role in itertools.product(THINGS, ROLES)]
    lines = SENTENCES.read_text("utf-8").splitlines()
    sentences = [line for line in lines if 9 <= len(line.split()) <= 11]
    named = {"short phrases": phrases, "sentences": sentences}
    if arguments.module:
        for name, texts in named.items():
            first, stopped = measure_module(arguments.module, texts).T
            print(f"{len(texts)} {name}: first audio after {quantiles(first)}")
            print(f"    stopped {quantiles(stopped)} after STOP")
        return
    begin = time.perf_counter()
    tts = LightTextToSpeech.from_preset(arguments.preset)
    tts.synthesize("Ready")
    print(f"loaded, and one phrase said: {time.perf_counter() - begin:.2f} s")
    for name, texts in named.items():
        first, whole, audio = measure(tts, texts, arguments.rate).T
        print(f"{len(texts)} {name}: first audio after {quantiles(first)}")
        speed = audio.sum() / whole.sum()
        print(f"    the whole after {quantiles(whole)}, {speed:.0f} x real time")


if __name__ == "__main__":
    main()
