"""Trains the predictor that tells the pitch from log-mel features.

    pip install '.[evaluate]'
    python examples/train_pitch.py features/ runs/pitch --out pitch/ --minutes 5

The first time it follows the pitch of the prepared corpus with WORLD, which takes a
minute or so for an hour of speech. Run the same command again to go on from the last
checkpoint. At the end it reports, on the test split, how far the predictor is from
WORLD, for each speaker if there are several.
"""

import argparse
from pathlib import Path

import keras

import keras_pwavenet
from keras_pwavenet import losses, training
from keras_pwavenet.data import FeatureCache, follow_pitch
from keras_pwavenet.evaluate import pitch_accuracy


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("features", type=Path, help="folder written by prepare")
    parser.add_argument("run", type=Path, help="folder for checkpoint and logs")
    parser.add_argument("--out", type=Path, help="write the trained preset here")
    parser.add_argument("--minutes", type=float, help="stop after this time")
    parser.add_argument("--steps", type=int, default=6000, help="total steps")
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--halve-every", type=int, default=1000, help="steps")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    training.check_places(arguments.run, arguments.out)
    keras.utils.set_random_seed(0)
    cache = FeatureCache(arguments.features)
    if not cache.pitch_followed:
        print(f"{follow_pitch(cache):.3f} of the frames are voiced")
    predictor = keras_pwavenet.PitchPredictor(cache.mel.n_mels)
    predictor.preprocessor = cache.mel
    predictor.compile(
        training.optimizer(2e-3, arguments.halve_every, ema=0.99),
        losses.PitchLoss(predictor.lowest, predictor.highest),
    )
    limits = {"steps": arguments.steps, "minutes": arguments.minutes}
    size = {"batch_size": arguments.batch_size, "frames": 48}
    training.fit(predictor, cache, arguments.run, **size, **limits)
    if arguments.out:
        predictor.save_to_preset(arguments.out)
    speakers = cache.speakers if len(cache.speakers) > 1 else []
    for speaker in [None, *speakers]:
        found = pitch_accuracy(predictor, cache, "test", speaker)
        print(
            f"Test split{f' of {speaker}' if speaker else ''}, "
            f"{found['frames']} frames: log-F0 RMSE {found['log_f0_rmse']:.4f}, "
            f"median error {found['median_error']:.2%}, "
            f"gross errors {found['gross_errors']:.2%}, "
            f"voicing F1 {found['voicing_f1']:.3f}"
        )


if __name__ == "__main__":
    main()
