"""Measures how well a voice speaks recordings it was not trained on.

Speaks the test split of a prepared corpus again with the student, its teacher and two
reference vocoders, and compares each with the recording:

    pip install 'keras-pwavenet[evaluate]'
    KERAS_BACKEND=torch python examples/evaluate_voice.py features/ report/ \
        --student student/ --teacher teacher/ --clips 8

The report is summary.md, summary.json, clips.json, spectrograms.png and the audio. Run
the same command again to go on after an interruption; what has not changed is kept.
"""

import argparse
from pathlib import Path

import keras_pwavenet
from keras_pwavenet import evaluate
from keras_pwavenet.audio import read_audio
from keras_pwavenet.data import FeatureCache


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("features", type=Path, help="folder written by prepare")
    parser.add_argument("out", type=Path, help="folder for the report")
    parser.add_argument("--student", help="preset of the student")
    parser.add_argument("--teacher", help="preset of its teacher")
    parser.add_argument(
        "--clips",
        type=int,
        default=8,
        help="the teacher speaks so many clips, the shortest of 1 s or more; 0: all",
    )
    parser.add_argument("--teacher-batch", type=int, default=8, help="clips at once")
    parser.add_argument("--split", default="test")
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--block-size", type=int, default=8, help="where to look for constant tones"
    )
    parser.add_argument(
        "--judges",
        nargs="+",
        choices=[judge.name for judge in evaluate.default_judges()],
        help="ask these only; default: all",
    )
    parser.add_argument("--pictures", type=int, default=3, help="clips to draw")
    return parser.parse_args()


def systems_of(arguments, mel):
    yield evaluate.natural()
    if arguments.teacher:
        yield evaluate.from_preset(
            "teacher",
            arguments.teacher,
            mel,
            batch_size=arguments.teacher_batch,
            shortest=arguments.clips or None,
            seed=arguments.seed,
        )
    if arguments.student:
        yield evaluate.from_preset(
            "student",
            arguments.student,
            mel,
            seed=arguments.seed,
            temperature=arguments.temperature,
        )
    for reference, setting in (
        (evaluate.griffin_lim, mel),
        (evaluate.world, mel.sample_rate),
    ):
        try:
            yield reference(setting)
        except ImportError as error:
            print(f"The reference {reference.__name__} is left out: {error}")


def draw(results, path, count, sample_rate):
    """Draws the longest clips that every system has spoken."""
    results = evaluate.on_common_clips(results)
    seconds = {result.clip: result.seconds for result in results}
    clips = sorted(seconds, key=seconds.get, reverse=True)[:count]
    rows = []
    for clip in clips:
        audio = [
            (result.system, read_audio(result.audio)[0])
            for result in results
            if result.clip == clip
        ]
        rows.append((clip, audio))
    if rows:
        evaluate.write_spectrograms(path, rows, sample_rate)


def main():
    arguments = parse_arguments()
    cache = FeatureCache(arguments.features)
    judges = evaluate.default_judges(arguments.block_size)
    if arguments.judges:
        judges = [judge for judge in judges if judge.name in arguments.judges]
    judges, notes = evaluate.installed_judges(judges)
    for note in notes:
        print(note)
    systems = list(systems_of(arguments, cache.mel))
    results = evaluate.copy_synthesis(
        cache, systems, judges, arguments.out / "clips", arguments.split
    )
    versions = [f"{judge.name}: {judge.version}" for judge in judges]
    notes += [f"keras-pwavenet {keras_pwavenet.__version__}", *versions]
    print(evaluate.write_summary(results, arguments.out, notes))
    picture = arguments.out / "spectrograms.png"
    draw(results, picture, arguments.pictures, cache.mel.sample_rate)


if __name__ == "__main__":
    main()
