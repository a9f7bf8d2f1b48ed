"""Word errors of text to speech, heard by Whisper tiny.en, and two judges' opinions.

    pip install '.[evaluate,text,distillmos]'
    python experiments/hear_text.py en_female

DNSMOS and DistillMOS are asked where they are installed. For word errors both texts are
brought to words as the front end says them, so that "5" and "five" are the same.
"""

import argparse
import re
from pathlib import Path

import numpy as np

from keras_pwavenet import TextToSpeech
from keras_pwavenet.audio import resample
from keras_pwavenet.evaluate.measures import distillmos, dnsmos
from keras_pwavenet.evaluate.measures.judge import Clip, installed_judges
from keras_pwavenet.evaluate.measures.recogniser import recognise
from keras_pwavenet.evaluate.measures.words import word_errors
from keras_pwavenet.text.characters import cleaned
from keras_pwavenet.text.english import read
from keras_pwavenet.text.pronunciation import pronunciation

SENTENCES = Path(__file__).with_name("sentences.txt")


def words(text):
    known = pronunciation().known
    tokens = read(cleaned(text), lambda word: bool(known(word)))
    said = [token.text for token in tokens if token.kind in ("word", "letter")]
    return " ".join(said).lower().replace("'", "").split()


def wrong_words(text, audio, rate):
    """How many words are heard otherwise, how many there are, and what is heard."""
    heard = recognise(np.clip(resample(audio, rate, 16_000), -1, 1))
    said = words(text)
    # Whisper writes times of day with a colon or with a full stop.
    ways = (heard, re.sub(r"(\d)\.(\d\d)\b", r"\1:\2", heard))
    return min(word_errors(said, words(way)) for way in ways), len(said), heard


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("preset", help="a voice that speaks text")
    parser.add_argument("--sentences", default=SENTENCES, help="a sentence each line")
    parser.add_argument("--every", type=int, default=1, help="sentences, the nth alone")
    parser.add_argument("--rate", type=float, default=1.0, help="how fast")
    arguments = parser.parse_args()
    tts = TextToSpeech.from_preset(arguments.preset)
    errors = count = 0
    judges, _ = installed_judges([dnsmos.JUDGE, distillmos.JUDGE])
    opinions = {judge.name: [] for judge in judges}
    lines = Path(arguments.sentences).read_text("utf-8").splitlines()
    for text in lines[:: arguments.every]:
        audio = tts.synthesize(text, rate=arguments.rate)
        wrong, said, heard = wrong_words(text, audio, tts.sample_rate)
        errors, count = errors + wrong, count + said
        clip = Clip(audio, audio, tts.sample_rate, text)
        for judge in judges:
            opinions[judge.name].append(judge.measure(clip)[judge.name])
        if wrong:
            print(f"{wrong} of {said}: {text} | {heard}", flush=True)
    print(f"word error rate {errors / count:.3f} of {count} words")
    for name, values in opinions.items():
        print(f"{name} {np.mean(values):.2f} of {len(values)} sentences")


if __name__ == "__main__":
    main()
