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
    parser.add_argument("--steps-per-epoch", type=int, default=100)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--frames", type=int, default=100, help="frames in a crop")
    parser.add_argument("--channels", type=int, default=96)
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--halve-every", type=int, default=500, help="steps")
    parser.add_argument("--ema", type=float, default=0.99, help="momentum")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--bfloat16", action="store_true")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    keras.utils.set_random_seed(arguments.seed)
    cache = FeatureCache(arguments.features)
    if not cache.aligned:
        print(align(cache))
    classifier = keras_pwavenet.PhonemeClassifier(
        hop_length=cache.mel.hop_length,
        residual_channels=arguments.channels,
        dtype="mixed_bfloat16" if arguments.bfloat16 else "float32",
    )
    classifier.preprocessor = cache.mel
    classifier.compile(
        training.optimizer(
            arguments.learning_rate, arguments.halve_every, arguments.ema
        ),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        weighted_metrics=["accuracy"],
    )
    training.fit(
        classifier,
        cache,
        arguments.run,
        steps=arguments.steps,
        minutes=arguments.minutes,
        steps_per_epoch=arguments.steps_per_epoch,
        batch_size=arguments.batch_size,
        frames=arguments.frames,
        seed=arguments.seed,
    )
    accuracy, frames = phone_accuracy(classifier, cache, "test")
    print(f"Test split: {accuracy:.3f} of {frames} frames")
    if arguments.out:
        classifier.save_to_preset(arguments.out)


if __name__ == "__main__":
    main()
