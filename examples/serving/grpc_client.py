"""Speaks a recording again through TensorFlow Serving's gRPC API.

    python examples/serving/grpc_client.py clip.wav spoken.wav

Needs `pip install '.[serving]'`.
"""

import argparse

import numpy as np
import tensorflow as tf

try:
    import grpc
    from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc
except ImportError:
    raise SystemExit("The client needs more: pip install '.[serving]'") from None

from keras_pwavenet import ParallelWaveNet
from keras_pwavenet.audio import read_audio, write_audio

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("recording")
parser.add_argument("spoken")
parser.add_argument("--server", default="localhost:8500")
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
inputs = {
    "conditioning": conditioning[None],
    "length": np.array([len(conditioning)], "int32"),
    "seed": np.array([arguments.seed], "int64"),
    "temperature": np.array([arguments.temperature], "float32"),
}
if voice.pitch_predictor is not None:
    # -1: the model predicts the pitch.
    inputs["pitch"] = np.full((1, len(conditioning)), -1.0, "float32")
    inputs["pitch_scale"] = np.array([arguments.pitch_scale], "float32")
request = predict_pb2.PredictRequest()
request.model_spec.name = arguments.model
for name, value in inputs.items():
    request.inputs[name].CopyFrom(tf.make_tensor_proto(value))

# gRPC's own limit is 4 MB, about a minute of audio.
options = [("grpc.max_receive_message_length", -1)]
with grpc.insecure_channel(arguments.server, options) as channel:
    stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
    try:
        reply = stub.Predict(request, timeout=120)
    except grpc.RpcError as error:
        raise SystemExit(
            f"Error: {arguments.server}: {error.code().name}, {error.details()}"
        ) from None
spoken = tf.make_ndarray(reply.outputs["audio"])[0]
# A server that batches answers at the length of the batch's longest clip.
try:
    write_audio(arguments.spoken, spoken[: len(audio)], rate)
except (OSError, ValueError) as error:
    raise SystemExit(f"Error: {' '.join(str(error).split())}") from None
