"""Trains the acoustic model that speaks text: symbols to durations, pitch and mel.

    pip install '.[evaluate,text]'
    python examples/train_acoustic_model.py features/ runs/acoustic --out acoustic/

The first time it follows the pitch of the prepared corpus and finds the durations of
its symbols, which takes some minutes for an hour of speech. Run the same command again
to go on from the last checkpoint. A preset that was trained so can find the durations
anew (--refine), and be trained on with these (--start). At the end train its mel
against a critic (--start with --adversary), in a run of its own: it is sharper then.
"""

import argparse
from pathlib import Path

import keras

import keras_pwavenet
from keras_pwavenet import data, text, training


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("features", type=Path, help="folder written by prepare")
    parser.add_argument("run", type=Path, help="folder for checkpoint and logs")
    parser.add_argument("--out", type=Path, help="write the trained preset here")
    parser.add_argument("--start", help="preset that training begins from")
    parser.add_argument("--refine", help="preset that finds the durations anew")
    parser.add_argument("--adversary", action="store_true", help="sharpen its mel")
    parser.add_argument("--minutes", type=float, help="stop after this time")
    parser.add_argument("--steps", type=int, default=6000, help="total steps")
    parser.add_argument("--frames", type=int, default=1600, help="in a batch, about")
    parser.add_argument("--channels", type=int, default=192)
    parser.add_argument("--learning-rate", type=float, default=1.5e-3)
    parser.add_argument("--halve-every", type=int, default=1500, help="steps")
    parser.add_argument("--ema", type=float, default=0.995, help="momentum")
    parser.add_argument("--bfloat16", action="store_true", help="the critic in 16 bits")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.adversary and not arguments.start:
        parser.error("Expected --start with --adversary. Received: --adversary")
    return arguments


def main():
    arguments = parse_arguments()
    training.check_places(arguments.run, arguments.out)
    keras.utils.set_random_seed(arguments.seed)
    cache = data.FeatureCache(arguments.features)
    if not cache.pitch_followed:
        print(f"{data.follow_pitch(cache):.3f} of the frames are voiced")
    if not data.segmented(cache):
        print(data.segment_corpus(cache, text.phonemize))
    if arguments.refine:
        refining = keras_pwavenet.AcousticModel.from_preset(arguments.refine)
        print(data.refine_corpus(cache, refining))
    speakers = len(cache.speakers)
    if arguments.start:
        model = keras_pwavenet.AcousticModel.from_preset(arguments.start)
    else:
        model = keras_pwavenet.AcousticModel(
            text.symbols(),
            cache.mel,
            channels=arguments.channels,
            num_speakers=speakers if speakers > 1 else 0,
        )
    optimizer = training.optimizer(
        arguments.learning_rate,
        arguments.halve_every,
        arguments.ema,
        betas=(0.8, 0.99) if arguments.adversary else (0.9, 0.999),
    )
    trained = model
    if arguments.adversary:
        trained = training.MelRefiner(
            model, dtype="mixed_bfloat16" if arguments.bfloat16 else None
        )
        trained.compile(optimizer)
    else:
        training.compile_acoustic(model, optimizer)
    training.fit_acoustic(
        trained,
        cache,
        arguments.run,
        steps=arguments.steps,
        minutes=arguments.minutes,
        frames=arguments.frames,
        seed=arguments.seed,
    )
    if arguments.out:
        training.save(model, arguments.out, cache)


if __name__ == "__main__":
    main()
