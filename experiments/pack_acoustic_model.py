"""Widens an acoustic model's range of pitch and writes its weights in 16 bits.

    python experiments/pack_acoustic_model.py acoustic/ packed/ --range 1.2

A mean is less lively than what it is the mean of: the predicted log-F0 is spread by a
factor about the voices' middle, 172 Hz for the two women of `en_acoustic`.
"""

import argparse
import hashlib
import json
from pathlib import Path

import h5py
import numpy as np
from keras import ops

from keras_pwavenet import AcousticModel, files
from keras_pwavenet.factors import USUAL_PITCH


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("preset", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--range", type=float, default=1.2, help="factor on log-F0")
    parser.add_argument("--middle", type=float, default=172.0, help="Hz")
    parser.add_argument("--metadata", type=Path, help="JSON: description, licence...")
    return parser.parse_args()


def spread(model, factor, middle):
    kernel = ops.convert_to_numpy(model.pitch_output.kernel).copy()
    bias = ops.convert_to_numpy(model.pitch_output.bias).copy()
    middle = np.log(middle / USUAL_PITCH)
    kernel[:, 0] *= factor
    bias[0] = middle + factor * (bias[0] - middle)
    model.pitch_output.kernel.assign(kernel)
    model.pitch_output.bias.assign(bias)


def halve(source, target):
    """Copies an HDF5 group, floats in 16 bits."""
    for name, value in source.attrs.items():
        target.attrs[name] = value
    for name, item in source.items():
        if isinstance(item, h5py.Group):
            halve(item, target.create_group(name))
        else:
            floats = item.dtype.kind == "f"
            target[name] = np.asarray(item, "float16" if floats else item.dtype)


def main():
    arguments = parse_arguments()
    model = AcousticModel.from_preset(arguments.preset)
    spread(model, arguments.range, arguments.middle)
    metadata = {}
    if arguments.metadata:
        metadata = json.loads(arguments.metadata.read_text(encoding="utf-8"))
    model.save_to_preset(arguments.out, metadata=metadata)
    weights = arguments.out / "model.weights.h5"
    small = weights.with_suffix(".half")
    with h5py.File(weights) as source, h5py.File(small, "w") as target:
        halve(source, target)
    small.replace(weights)
    described = json.loads((arguments.out / "metadata.json").read_text("utf-8"))
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    described["sha256"]["model.weights.h5"] = digest
    files.write_json(arguments.out / "metadata.json", described, indent=4)
    AcousticModel.from_preset(arguments.out)


if __name__ == "__main__":
    main()
