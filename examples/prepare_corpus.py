"""Computes the features of a corpus once, into a folder that training streams from.

    python examples/prepare_corpus.py recordings/ features/
    python examples/prepare_corpus.py prompts/ features/ --transcripts prompts.txt

Files that cannot be used are named at the end. The corpus may be a folder of audio
with an optional metadata.csv, LJSpeech, VCTK, a collection of telephone prompts, or
another that docs/corpora.md names.
"""

import argparse
from pathlib import Path

from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.data import last_takes, prepare, read_corpus


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path, help="folder of recordings")
    parser.add_argument("features", type=Path, help="folder to write")
    parser.add_argument("--layout", default="auto", help="of the corpus")
    parser.add_argument("--transcripts", type=Path, help="of a prompt collection")
    parser.add_argument("--sample-rate", type=int, default=24_000, help="Hz")
    parser.add_argument("--hop-length", type=int, default=256, help="samples a frame")
    parser.add_argument("--win-length", type=int, default=1024, help="samples")
    parser.add_argument("--n-fft", type=int, default=1024, help="samples")
    parser.add_argument("--n-mels", type=int, default=100, help="mel bands")
    parser.add_argument("--fmax", type=float, help="Hz, else half the rate")
    parser.add_argument("--one-take", action="store_true", help="last of each prompt")
    parser.add_argument("--level", type=float, help="of each speaker in dB")
    parser.add_argument("--highpass", type=float, help="Hz")
    parser.add_argument("--workers", type=int, help="threads")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    mel = LogMelSpectrogram(
        sample_rate=arguments.sample_rate,
        n_fft=arguments.n_fft,
        hop_length=arguments.hop_length,
        win_length=arguments.win_length,
        n_mels=arguments.n_mels,
        fmax=arguments.fmax or arguments.sample_rate / 2,
    )
    clips = read_corpus(arguments.corpus, arguments.layout, arguments.transcripts)
    if arguments.one_take:
        clips = last_takes(clips)
    options = {"level": arguments.level, "highpass": arguments.highpass}
    print(prepare(clips, arguments.features, mel, arguments.workers, **options))


if __name__ == "__main__":
    main()
