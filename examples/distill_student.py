"""Distils a parallel student from a trained WaveNet teacher.

First a warm start on the recordings' spectra alone, which needs no teacher pass, then
the divergence from the teacher as well:

    KERAS_BACKEND=torch python examples/distill_student.py features/ runs/warm \
        --teacher teacher/ --out warm/ --loss stft=1 --minutes 20 --bfloat16
    KERAS_BACKEND=torch python examples/distill_student.py features/ runs/student \
        --teacher teacher/ --start warm/ --out student/ --minutes 60 --bfloat16

Run the same command again to go on from the last checkpoint, also after a kill. With
several devices or machines (see the README) it trains on all of them. On a busy machine
without a GPU, torch is fastest with OMP_NUM_THREADS=1 for each process.
"""

import argparse
from pathlib import Path

import keras

import keras_pwavenet
from keras_pwavenet import losses, training
from keras_pwavenet.data import FeatureCache
from keras_pwavenet.models import add_speakers


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("features", type=Path, help="folder written by prepare")
    parser.add_argument("run", type=Path, help="folder for checkpoint and logs")
    parser.add_argument("--teacher", required=True, help="preset of the teacher")
    parser.add_argument("--start", help="preset to start from; default: a new one")
    parser.add_argument("--out", type=Path, help="write the trained preset here")
    parser.add_argument(
        "--loss",
        action="append",
        metavar="NAME[=WEIGHT]",
        help="may be repeated; default: kl=1 and stft=10",
    )
    parser.add_argument("--classifier", help="that the perceptual loss hears with")
    parser.add_argument("--block-size", type=int, default=16, help="of a new one")
    parser.add_argument("--flows", type=int, default=3, help="of a new one")
    parser.add_argument("--layers", type=int, default=6, help="of each flow")
    parser.add_argument("--kernel-size", type=int, default=2, help="of a new one")
    parser.add_argument("--order", type=int, help="of linear prediction; 0: none")
    parser.add_argument("--pitch", default="auto", help="preset, auto or none")
    parser.add_argument("--minutes", type=float, help="stop after this time")
    parser.add_argument("--steps", type=int, default=1_000_000, help="total steps")
    parser.add_argument("--steps-per-epoch", type=int, default=100)
    parser.add_argument("--batch-size", type=int, default=4, help="of all devices")
    parser.add_argument("--accumulate", type=int, default=1, help="steps an update")
    parser.add_argument("--frames", type=int, default=48, help="frames in a crop")
    parser.add_argument("--channels", type=int, default=64)
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
    teacher = keras_pwavenet.WaveNet.from_preset(arguments.teacher, dtype=dtype)
    if arguments.start:
        student = keras_pwavenet.ParallelWaveNet.from_preset(
            arguments.start, dtype=dtype
        )
        if teacher.num_speakers and not student.num_speakers:
            student = add_speakers(student, teacher.num_speakers)
    else:
        student = keras_pwavenet.ParallelWaveNet(
            flow_layers=[arguments.layers] * arguments.flows,
            layers_per_cycle=arguments.layers,
            residual_channels=arguments.channels,
            kernel_size=arguments.kernel_size,
            block_size=arguments.block_size,
            num_speakers=teacher.num_speakers,
            preprocessor=cache.mel,
            predictor_order=arguments.order,
            pitch_predictor=training.pitch_predictor(cache.mel, arguments.pitch),
            dtype=dtype,
        )
    classifier = None
    if arguments.classifier:
        classifier = keras_pwavenet.PhonemeClassifier.from_preset(
            arguments.classifier, dtype=dtype
        )
    settings = {"classifier": classifier, "block_size": student.block_size}
    terms = losses.from_terms(arguments.loss, **settings) if arguments.loss else ()
    distiller = keras_pwavenet.Distiller(teacher, student, *terms, seed=arguments.seed)
    distiller.compile(
        training.optimizer(
            arguments.learning_rate,
            arguments.halve_every,
            arguments.ema,
            accumulate=arguments.accumulate,
        )
    )
    training.fit(
        distiller,
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
        training.save(student, arguments.out, cache)


if __name__ == "__main__":
    main()
