"""Speaks a recording again through the REST API of TensorFlow Serving or KServe.

    python examples/serving/rest_client.py clip.wav spoken.wav

A second of audio is about 0.3 MB of JSON in the reply: gRPC is faster.
"""

import argparse

import numpy as np

try:
    import requests
except ImportError:
    raise SystemExit("The client needs more: pip install '.[serving]'") from None

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

try:
    voice = ParallelWaveNet.from_preset(arguments.preset, load_weights=False)
    mel = voice.preprocessor
    audio, rate = read_audio(arguments.recording, mel.sample_rate)
except (OSError, ValueError) as error:
    raise SystemExit(f"Error: {' '.join(str(error).split())}") from None
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
address = f"{arguments.server}/v1/models/{arguments.model}:predict"
try:
    reply = requests.post(address, json={"instances": [clip]}, timeout=120)
    told = reply.json()
    spoken = np.array(told["predictions"][0], "float32") if reply.ok else None
except requests.JSONDecodeError:
    raise SystemExit(f"Error: {address}: {reply.status_code} and no JSON") from None
except requests.RequestException as error:
    raise SystemExit(
        f"Error: Expected a server at {arguments.server}. "
        f"Received: {type(error).__name__}"
    ) from None
if spoken is None:
    raise SystemExit(f"Error: {address}: {reply.status_code}, {told.get('error')}")
# A server that batches answers at the length of the batch's longest clip.
try:
    write_audio(arguments.spoken, spoken[: len(audio)], rate)
except (OSError, ValueError) as error:
    raise SystemExit(f"Error: {' '.join(str(error).split())}") from None
