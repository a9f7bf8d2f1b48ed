"""Writes clips of hiss, from which the pitch predictor learns what no voice is.

    python examples/write_hiss.py recordings/hiss
    pwavenet prepare recordings/hiss features/hiss

White noise through a filter of one pole, from dull to shrill, at -70 to -20 dB.
"""

import argparse
from pathlib import Path

import numpy as np
from scipy.signal import lfilter

from keras_pwavenet.audio import write_audio


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recordings", type=Path, help="folder to write")
    parser.add_argument("--clips", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=3.0, help="of a clip")
    parser.add_argument("--sample-rate", type=int, default=24_000)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    random = np.random.default_rng(arguments.seed)
    arguments.recordings.mkdir(parents=True, exist_ok=True)
    for clip in range(arguments.clips):
        noise = random.normal(size=round(arguments.seconds * arguments.sample_rate))
        noise = lfilter([1.0], [1.0, -random.uniform(-0.5, 0.97)], noise)
        level = 10 ** (random.uniform(-70, -20) / 20)
        path = arguments.recordings / f"hiss_{clip:03d}.wav"
        audio = np.clip(noise * level / noise.std(), -1, 1)
        write_audio(path, audio, arguments.sample_rate)


if __name__ == "__main__":
    main()
