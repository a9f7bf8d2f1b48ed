"""Trains a WaveNet teacher on a prepared corpus.

    python examples/prepare_corpus.py recordings/ features/
    KERAS_BACKEND=torch python examples/train_teacher.py features/ runs/teacher \
        --out teacher/ --minutes 60 --bfloat16

Run the same command again to go on from the last checkpoint, also after a kill. With
several devices or machines (see the README) it trains on all of them. On a busy machine
without a GPU, torch is fastest with OMP_NUM_THREADS=1 for each process.
"""

import argparse
from pathlib import Path

import keras

import keras_pwavenet
from keras_pwavenet import training
from keras_pwavenet.data import FeatureCache
from keras_pwavenet.models import add_speakers


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("features", type=Path, help="folder written by prepare")
    parser.add_argument("run", type=Path, help="folder for checkpoint and logs")
    parser.add_argument("--start", help="preset to start from; default: a new one")
    parser.add_argument("--out", type=Path, help="write the trained preset here")
    parser.add_argument("--minutes", type=float, help="stop after this time")
    parser.add_argument("--steps", type=int, default=1_000_000, help="total steps")
    parser.add_argument("--steps-per-epoch", type=int, default=100)
    parser.add_argument("--batch-size", type=int, default=4, help="of all devices")
    parser.add_argument("--accumulate", type=int, default=1, help="steps an update")
    parser.add_argument("--frames", type=int, default=48, help="frames in a crop")
    parser.add_argument("--channels", type=int, default=64)
    parser.add_argument("--layers", type=int, default=20)
    parser.add_argument("--cycles", type=int, default=2)
    parser.add_argument("--kernel-size", type=int, default=2)
    parser.add_argument("--order", type=int, help="of linear prediction; 0: none")
    parser.add_argument("--pitch", default="auto", help="preset, auto or none")
    parser.add_argument("--speakers", action="store_true", help="tell speakers apart")
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--halve-every", type=int, default=20_000, help="steps")
    parser.add_argument("--ema", type=float, default=0.999, help="momentum")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tensorboard", action="store_true")
    parser.add_argument("--bfloat16", action="store_true")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    training.distribute()
    keras.utils.set_random_seed(arguments.seed)
    cache = FeatureCache(arguments.features)
    dtype = "mixed_bfloat16" if arguments.bfloat16 else "float32"
    if arguments.start:
        teacher = keras_pwavenet.WaveNet.from_preset(arguments.start, dtype=dtype)
        if arguments.speakers and not teacher.num_speakers:
            teacher = add_speakers(teacher, len(cache.speakers))
    else:
        teacher = keras_pwavenet.WaveNet(
            num_layers=arguments.layers,
            num_cycles=arguments.cycles,
            residual_channels=arguments.channels,
            skip_channels=arguments.channels,
            kernel_size=arguments.kernel_size,
            num_speakers=len(cache.speakers) if arguments.speakers else 0,
            preprocessor=cache.mel,
            predictor_order=arguments.order,
            pitch_predictor=training.pitch_predictor(cache.mel, arguments.pitch),
            dtype=dtype,
        )
    teacher.compile(
        training.optimizer(
            arguments.learning_rate,
            arguments.halve_every,
            arguments.ema,
            accumulate=arguments.accumulate,
        ),
        keras_pwavenet.losses.MixtureLogisticNLL(),
    )
    training.fit(
        teacher,
        cache,
        arguments.run,
        steps=arguments.steps,
        minutes=arguments.minutes,
        steps_per_epoch=arguments.steps_per_epoch,
        batch_size=arguments.batch_size,
        frames=arguments.frames,
        seed=arguments.seed,
        tensorboard=arguments.tensorboard,
    )
    if arguments.out:
        training.save(teacher, arguments.out, cache)


if __name__ == "__main__":
    main()
