"""Speaks features bit by bit, with the files of `pwavenet export --format onnx_stream`.

    python examples/stream_onnx.py stream/ features.npy spoken.wav

Needs onnxruntime and numpy alone. The features are `(frames, bands)` as the voice's
preprocessor makes them.
"""

import io
import sys
import wave
from pathlib import Path

import numpy as np
from onnxruntime import InferenceSession


def shapes(session):
    return {one.name: one.shape for one in session.get_inputs()}


def called(session, inputs):
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, inputs), strict=True))


def speak(start, step, features, seed=0, pitch_scale=1.0):
    """Yields audio in [-1, 1] as its frames become known."""
    random = np.random.default_rng(seed)
    ahead, bands = shapes(start)["conditioning"][1:]
    frames, samples = shapes(step)["conditioning"][1], shapes(step)["noise"][1]
    if features.ndim != 2 or features.shape[1] != bands or not len(features):
        raise ValueError(
            f"Expected features of shape (frames, {bands}) with at least one frame. "
            f"Received: {features.shape}"
        )

    def heard(first, count):
        part = features[first : first + count].astype("float32")
        padded = np.pad(part, ((0, count - len(part)), (0, 0)))
        inputs = {"conditioning": padded[None], "length": np.int32([len(part)])}
        if "pitch" in shapes(start):  # as the model predicts it
            inputs["pitch"] = np.full((1, count), -1.0, "float32")
            inputs["pitch_scale"] = np.float32([pitch_scale])
        return inputs

    state = called(start, heard(0, ahead))
    for first in range(0, len(features), frames):
        noise = random.logistic(size=(1, samples)).astype("float32")
        given = called(step, {**state, **heard(first + ahead, frames), "noise": noise})
        left = (len(features) - first) * samples // frames
        yield given.pop("audio")[0, :left]
        state = {name.removeprefix("next_"): value for name, value in given.items()}


def loaded(path):
    try:
        with open(path, "rb") as file:
            return np.lib.format.read_array(file)
    except ValueError:
        raise ValueError(f"Expected a file of np.save. Received: {path}") from None


def main():
    if len(sys.argv) != 4:
        sys.exit("Usage: stream_onnx.py stream/ features.npy spoken.wav")
    folder, features, target = sys.argv[1:]
    spoken = io.BytesIO()
    try:
        start, step = (
            InferenceSession(Path(folder, f"{name}.onnx").read_bytes())
            for name in ("start", "step")
        )
        rate = int(step.get_modelmeta().custom_metadata_map["sample_rate"])
        with wave.open(spoken, "wb") as file:
            file.setparams((1, 2, rate, 0, "NONE", ""))
            for audio in speak(start, step, loaded(features)):
                file.writeframes(np.round(32767 * audio).astype("<i2").tobytes())
        Path(target).write_bytes(spoken.getvalue())
    except (OSError, ValueError) as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main()
