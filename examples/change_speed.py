"""Copies a prepared corpus, played slower or faster, for the pitch predictor.

    python examples/change_speed.py features/en recordings/en_slow 0.65
    pwavenet prepare recordings/en_slow features/en_slow

At 0.65 times the speed a voice is deeper by seven semitones. The clips keep their
names, hence the split that they are in; `pwavenet join` puts the copies beside the
corpus.
"""

import argparse
from pathlib import Path

import numpy as np
import tqdm

from keras_pwavenet.audio import resample, write_audio
from keras_pwavenet.data import FeatureCache


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("features", type=Path, help="folder written by prepare")
    parser.add_argument("recordings", type=Path, help="folder to write")
    parser.add_argument("speed", type=float, help="times the speed of the corpus")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    cache = FeatureCache(arguments.features)
    rate = cache.mel.sample_rate
    bar = tqdm.tqdm(cache.clips, unit="clip", disable=None)
    for number, clip in enumerate(bar):
        path = arguments.recordings / f"{clip.name}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        audio = resample(cache.audio(number), round(rate * arguments.speed), rate)
        write_audio(path, np.clip(audio, -1, 1), rate)


if __name__ == "__main__":
    main()
