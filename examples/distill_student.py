"""Distils a student from a trained WaveNet teacher: `pwavenet distill` in plain view.

First a warm start on the recordings' spectra alone, which needs no teacher pass, then
the divergence from the teacher as well:

    KERAS_BACKEND=torch python examples/distill_student.py features/ runs/warm \
        --teacher teacher/ --out warm/ --loss stft=1 --minutes 20
    KERAS_BACKEND=torch python examples/distill_student.py features/ runs/student \
        --teacher teacher/ --start warm/ --out student/ --minutes 60

Run the same command again to go on from the last checkpoint, also after a kill. With
several devices or machines (see the README) it trains on all of them. On a busy machine
without a GPU, torch is fastest with OMP_NUM_THREADS=1 for each process.
"""

import argparse

import keras

from keras_pwavenet import Distiller, ParallelWaveNet, WaveNet, losses, training
from keras_pwavenet.data import FeatureCache


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("features", help="folder written by prepare")
    parser.add_argument("run", help="folder for checkpoint and history")
    parser.add_argument("--teacher", required=True, help="preset of the teacher")
    parser.add_argument("--start", help="preset to start from; default: a new one")
    parser.add_argument("--out", help="write the trained preset here")
    parser.add_argument("--loss", nargs="+", default=["kl=1", "stft=10"])
    parser.add_argument("--minutes", type=float, help="stop after this time")
    parser.add_argument("--steps", type=int, default=1_000_000, help="total steps")
    arguments = parser.parse_args()
    training.check_places(arguments.run, arguments.out, arguments.teacher)

    training.distribute()  # before anything else that needs a device
    keras.utils.set_random_seed(0)
    cache = FeatureCache(arguments.features)
    teacher = WaveNet.from_preset(arguments.teacher)
    if arguments.start:
        student = ParallelWaveNet.from_preset(arguments.start)
    else:
        speakers = {"num_speakers": teacher.num_speakers}
        student = training.new_student(cache, flows=3, layers=6, **speakers)
    terms, weights = losses.from_terms(arguments.loss, block_size=student.block_size)
    distiller = Distiller(teacher, student, terms, weights, seed=0)
    distiller.compile(training.optimizer(learning_rate=1e-3, halve_every=20_000))
    limits = {"steps": arguments.steps, "minutes": arguments.minutes}
    training.fit(distiller, cache, arguments.run, batch_size=4, frames=48, **limits)
    if arguments.out:
        training.save(student, arguments.out, cache)


if __name__ == "__main__":
    main()
