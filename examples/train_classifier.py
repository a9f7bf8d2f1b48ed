"""Trains the phoneme classifier that the perceptual loss listens with.

    pip install '.[align]'
    python examples/train_classifier.py features/ runs/classifier \
        --out classifier/ --minutes 20 --bfloat16

The first time it aligns the transcripts of the prepared corpus (English, 16 kHz) with
the recordings, which takes a minute or two. Run the same command again to go on from
the last checkpoint. At the end it reports the share of the test split's frames that it
classifies as the alignment does.
"""

import argparse
from pathlib import Path

import keras

import keras_pwavenet
from keras_pwavenet import training
from keras_pwavenet.data import FeatureCache, align
from keras_pwavenet.evaluate import phone_accuracy


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("features", type=Path, help="folder written by prepare")
    parser.add_argument("run", type=Path, help="folder for checkpoint and logs")
    parser.add_argument("--out", type=Path, help="write the trained preset here")
    parser.add_argument("--minutes", type=float, help="stop after this time")
    parser.add_argument("--steps", type=int, default=2000, help="total steps")
    parser.add_argument("--bfloat16", action="store_true")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    training.check_places(arguments.run, arguments.out)
    keras.utils.set_random_seed(0)
    cache = FeatureCache(arguments.features)
    if not cache.aligned:
        print(align(cache))
    classifier = keras_pwavenet.PhonemeClassifier(
        hop_length=cache.mel.hop_length,
        dtype="mixed_bfloat16" if arguments.bfloat16 else "float32",
    )
    classifier.preprocessor = cache.mel
    classifier.compile(
        training.optimizer(learning_rate=2e-3, halve_every=500, ema=0.99),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        weighted_metrics=["accuracy"],
    )
    limits = {"steps": arguments.steps, "minutes": arguments.minutes}
    training.fit(classifier, cache, arguments.run, batch_size=8, frames=100, **limits)
    accuracy, frames = phone_accuracy(classifier, cache, "test")
    print(f"Test split: {accuracy:.3f} of {frames} frames")
    if arguments.out:
        classifier.save_to_preset(arguments.out)


if __name__ == "__main__":
    main()
