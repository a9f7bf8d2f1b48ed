"""Trains a WaveNet teacher on a prepared corpus: `pwavenet train` in plain view.

    python examples/prepare_corpus.py recordings/ features/
    KERAS_BACKEND=torch python examples/train_teacher.py features/ runs/teacher \
        --out teacher/ --minutes 60

Run the same command again to go on from the last checkpoint, also after a kill. With
several devices or machines (see the README) it trains on all of them. On a busy machine
without a GPU, torch is fastest with OMP_NUM_THREADS=1 for each process.
"""

import argparse

import keras

from keras_pwavenet import WaveNet, losses, training
from keras_pwavenet.data import FeatureCache


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("features", help="folder written by prepare")
    parser.add_argument("run", help="folder for checkpoint and history")
    parser.add_argument("--start", help="preset to start from; default: a new one")
    parser.add_argument("--out", help="write the trained preset here")
    parser.add_argument("--minutes", type=float, help="stop after this time")
    parser.add_argument("--steps", type=int, default=1_000_000, help="total steps")
    arguments = parser.parse_args()
    training.check_places(arguments.run, arguments.out)

    training.distribute()  # before anything else that needs a device
    keras.utils.set_random_seed(0)
    cache = FeatureCache(arguments.features)
    if arguments.start:
        teacher = WaveNet.from_preset(arguments.start)
    else:
        teacher = training.new_teacher(cache, layers=20, channels=64)
    teacher.compile(
        training.optimizer(learning_rate=1e-3, halve_every=20_000, ema=0.999),
        losses.MixtureLogisticNLL(),
    )
    limits = {"steps": arguments.steps, "minutes": arguments.minutes}
    training.fit(teacher, cache, arguments.run, batch_size=4, frames=48, **limits)
    if arguments.out:
        training.save(teacher, arguments.out, cache)


if __name__ == "__main__":
    main()
