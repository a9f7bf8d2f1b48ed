"""Measures whether a student of several speakers speaks each in its own voice.

A recogniser learns the voices from recordings of the training split (see
`keras_pwavenet.evaluate.voice_print`). It then tells who speaks in the recordings of
the test split, in what the student says for their features, and in what it says for
the features of one speaker under the number of another:

    pip install '.[evaluate,speakers]'
    KERAS_BACKEND=torch python experiments/check_speakers.py features/ report/ \
        --student student/ --clips 25

The report is speakers.md, with the speakers' median pitch, and confusion.png.
"""

import argparse
from pathlib import Path

import keras
import numpy as np
import tqdm
from matplotlib.figure import Figure

import keras_pwavenet
from keras_pwavenet import evaluate
from keras_pwavenet.data import FeatureCache


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("features", type=Path, help="folder written by join")
    parser.add_argument("out", type=Path, help="folder for the report")
    parser.add_argument("--student", required=True, help="preset of several speakers")
    parser.add_argument("--clips", type=int, default=25, help="test clips a speaker")
    parser.add_argument("--train-clips", type=int, default=60, help="clips a speaker")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def choose(cache, split, count):
    """Numbers of so many clips of 1 to 8 seconds of every speaker, evenly spread."""
    rate = cache.mel.sample_rate / cache.mel.hop_length
    numbers = [
        number
        for number in cache.indices(split)
        if 1 <= cache.clips[number].frames / rate <= 8
    ]
    for speaker in cache.speakers:
        own = [n for n in numbers if cache.clips[n].speaker == speaker]
        yield from (own[i] for i in np.linspace(0, len(own) - 1, count).astype(int))


def main():
    arguments = parse_arguments()
    cache = FeatureCache(arguments.features)
    student = keras_pwavenet.ParallelWaveNet.from_preset(arguments.student)
    names, rate = cache.speakers, cache.mel.sample_rate

    def prints(audio):
        audio = tqdm.tqdm(audio, unit="clip", disable=None)
        return np.stack([evaluate.voice_print(clip, rate) for clip in audio])

    def pitch(audio):
        """Median fundamental frequency in Hz."""
        tracks = np.concatenate([evaluate.pitch_track(clip, rate) for clip in audio])
        return np.median(tracks[tracks > 0])

    def says(number, shift=0):
        speaker = (names.index(cache.clips[number].speaker) + shift) % len(names)
        audio = student.generate(
            cache.conditioning(number)[None], arguments.seed, speaker=[speaker]
        )
        return keras.ops.convert_to_numpy(audio)[0]

    train = list(choose(cache, "train", arguments.train_clips))
    test = list(choose(cache, "test", arguments.clips))
    expected = [cache.clips[number].speaker for number in test]
    recogniser = evaluate.SpeakerRecogniser(
        prints([cache.audio(number) for number in train]),
        [cache.clips[number].speaker for number in train],
    )
    heard = {
        "recordings": [cache.audio(number) for number in test],
        "student": [says(number) for number in test],
        "student, number of the next speaker": [says(number, 1) for number in test],
    }
    arguments.out.mkdir(parents=True, exist_ok=True)
    lines = ["| | recognised | " + " | ".join(names) + " |"]
    lines.append("|---" * (2 + len(names)) + "|")
    figure = Figure((3.6 * len(heard), 3.4), layout="constrained")
    for axis, (title, audio) in zip(
        figure.subplots(1, len(heard)), heard.items(), strict=True
    ):
        counts = evaluate.confusion(expected, recogniser(prints(audio)), names)
        cells = [f"{np.trace(counts) / counts.sum():.2f}"]
        for name in names:
            own = [a for a, e in zip(audio, expected, strict=True) if e == name]
            cells.append(f"{pitch(own):.0f} Hz")
        lines.append(f"| {title} | {' | '.join(cells)} |")
        axis.imshow(counts, cmap="Blues")
        axis.set_xticks(range(len(names)), names)
        axis.set_yticks(range(len(names)), names)
        axis.set(title=title, xlabel="taken for", ylabel="speaker")
        for (row, column), count in np.ndenumerate(counts):
            axis.text(column, row, count, ha="center", va="center")
    figure.savefig(arguments.out / "confusion.png", dpi=90)
    report = "\n".join(lines) + "\n"
    (arguments.out / "speakers.md").write_text(report, encoding="utf-8")
    print(report)


if __name__ == "__main__":
    main()
