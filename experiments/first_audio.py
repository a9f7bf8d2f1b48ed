"""How long text to speech without Keras takes, from the text to the first audio.

    pip install '.[text]'
    python experiments/first_audio.py en_female

Short phrases as a screen reader says them, 200 of them, and sentences of nine to eleven
words, each once and all of them new to the voice, which has said one phrase before.
Times are of the clock, the front end's included.
"""

import argparse
import itertools
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


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("preset", help="a voice that speaks text, with LiteRT files")
    parser.add_argument("--rate", type=float, default=1.0, help="how fast")
    arguments = parser.parse_args()
    begin = time.perf_counter()
    tts = LightTextToSpeech.from_preset(arguments.preset)
    tts.synthesize("Ready")
    print(f"loaded, and one phrase said: {time.perf_counter() - begin:.2f} s")
    phrases = [f"{thing}, {role}" for thing, role in itertools.product(THINGS, ROLES)]
    lines = SENTENCES.read_text("utf-8").splitlines()
    sentences = [line for line in lines if 9 <= len(line.split()) <= 11]
    for name, texts in (("short phrases", phrases), ("sentences", sentences)):
        first, whole, audio = measure(tts, texts, arguments.rate).T
        quantiles = [1e3 * np.quantile(first, place) for place in (0.5, 0.95, 1.0)]
        print(
            f"{len(texts)} {name}: first audio after {quantiles[0]:.0f} ms (median), "
            f"{quantiles[1]:.0f} ms (95 %), {quantiles[2]:.0f} ms (longest); the whole "
            f"after {1e3 * np.median(whole):.0f} ms (median), "
            f"{audio.sum() / whole.sum():.0f} times real time"
        )


if __name__ == "__main__":
    main()
