"""Averages the weights of two presets that went on from the same one.

    python experiments/average.py callie/ kathleen/ mean/

What begins at the same weights stays near enough for their mean to be a voice, too.
"""

import argparse
from pathlib import Path

from keras_pwavenet.presets import PresetMixin
from keras_pwavenet.presets.places import check_preset_folder


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("presets", nargs=2)
    parser.add_argument("out", type=Path)
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    check_preset_folder(arguments.out)
    model, other = map(PresetMixin.from_preset, arguments.presets)
    if (own := model.get_config() | {"name": ""}) != other.get_config() | {"name": ""}:
        raise ValueError(
            f"Expected presets of one shape. Received: {own}, {other.get_config()}"
        )
    pairs = zip(model.get_weights(), other.get_weights(), strict=True)
    model.set_weights([(one + two) / 2 for one, two in pairs])
    model.save_to_preset(arguments.out)


if __name__ == "__main__":
    main()
