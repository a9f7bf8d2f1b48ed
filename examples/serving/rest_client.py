"""Speaks a recording again through the REST API of TensorFlow Serving or KServe.

    python examples/serving/rest_client.py clip.wav spoken.wav

A second of audio is about 0.3 MB of JSON in the reply: gRPC is faster.
"""

import argparse

import numpy as np
import requests

from keras_pwavenet import ParallelWaveNet
from keras_pwavenet.audio import read_audio, write_audio

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("recording")
parser.add_argument("spoken")
parser.add_argument("--server", default="http://localhost:8501")
parser.add_argument("--model", default="en_female", help="its name on the server")
parser.add_argument("--preset", default="en_female", help="whose features it takes")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--temperature", type=float, default=1.0)
parser.add_argument("--pitch-scale", type=float, default=1.0, help="if it follows one")
arguments = parser.parse_args()

voice = ParallelWaveNet.from_preset(arguments.preset, load_weights=False)
mel = voice.preprocessor
audio, rate = read_audio(arguments.recording, mel.sample_rate)
conditioning = mel(audio)
clip = {
    "conditioning": conditioning.tolist(),
    "length": len(conditioning),
    "seed": arguments.seed,
    "temperature": arguments.temperature,
}
if voice.pitch_predictor is not None:
    # -1: the model predicts the pitch.
    clip |= {"pitch": [-1.0] * len(conditioning), "pitch_scale": arguments.pitch_scale}
reply = requests.post(
    f"{arguments.server}/v1/models/{arguments.model}:predict",
    json={"instances": [clip]},
    timeout=120,
)
if not reply.ok:
    raise SystemExit(f"{reply.status_code}: {reply.json()['error']}")
spoken = np.array(reply.json()["predictions"][0], "float32")
# A server that batches answers at the length of the batch's longest clip.
write_audio(arguments.spoken, spoken[: len(audio)], rate)
