"""Speaks features bit by bit, with a file of `pwavenet export --format litert_stream`.

    python examples/stream_litert.py voice.tflite features.npy spoken.wav 24000

Needs ai-edge-litert and numpy alone. The features are `(frames, bands)` as the voice's
preprocessor makes them; the last number is the voice's sample rate.
"""

import io
import sys
import wave
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter


def speak(voice, features, seed=0, pitch_scale=1.0):
    """Yields audio in [-1, 1] as its frames become known."""
    interpreter, random = Interpreter(voice), np.random.default_rng(seed)
    start, step = map(interpreter.get_signature_runner, ("start", "step"))
    ahead, bands = start.get_input_details()["conditioning"]["shape"][1:]
    frames = step.get_input_details()["conditioning"]["shape"][1]
    samples = step.get_input_details()["noise"]["shape"][1]
    if features.ndim != 2 or features.shape[1] != bands or not len(features):
        raise ValueError(
            f"Expected features of shape (frames, {bands}) with at least one frame. "
            f"Received: {features.shape}"
        )

    def heard(first, count):
        part = features[first : first + count].astype("float32")
        padded = np.pad(part, ((0, count - len(part)), (0, 0)))
        inputs = {"conditioning": padded[None], "length": np.int32([len(part)])}
        if "pitch" in start.get_input_details():  # as the model predicts it
            inputs["pitch"] = np.full((1, count), -1.0, "float32")
            inputs["pitch_scale"] = np.float32([pitch_scale])
        return inputs

    state = start(**heard(0, ahead))
    for first in range(0, len(features), frames):
        noise = random.logistic(size=(1, samples)).astype("float32")
        state = step(**state, **heard(first + ahead, frames), noise=noise)
        left = (len(features) - first) * samples // frames
        yield state.pop("audio")[0, :left]


def loaded(path):
    try:
        with open(path, "rb") as file:
            return np.lib.format.read_array(file)
    except ValueError:
        raise ValueError(f"Expected a file of np.save. Received: {path}") from None


def main():
    if len(sys.argv) != 5:
        sys.exit("Usage: stream_litert.py voice.tflite features.npy spoken.wav 24000")
    voice, features, target, rate = sys.argv[1:]
    spoken = io.BytesIO()
    try:
        with wave.open(spoken, "wb") as file:
            file.setparams((1, 2, int(rate), 0, "NONE", ""))
            for audio in speak(voice, loaded(features)):
                file.writeframes(np.round(32767 * audio).astype("<i2").tobytes())
        Path(target).write_bytes(spoken.getvalue())
    except (OSError, ValueError, wave.Error) as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main()
