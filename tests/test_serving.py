"""The serving examples: configurations, clients, and KServe's server under load."""

import concurrent.futures
import contextlib
import json
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from keras_pwavenet import ParallelWaveNet
from keras_pwavenet.audio import read_audio
from keras_pwavenet.resynthesis import resynthesize

ROOT = Path(__file__).parents[1]
SERVING = ROOT / "examples" / "serving"
VOICE = ROOT / "saved_models" / "en_female"
CLIP = ROOT / "tests" / "clips" / "vm-msgsaved.flac"


# === Configurations ===


def message_class(name, fields):
    """A protocol buffer's class: of its fields' names and types."""
    from google.protobuf import (
        descriptor_pb2,
        descriptor_pool,
        message_factory,
        wrappers_pb2,
    )

    file = descriptor_pb2.FileDescriptorProto(
        name=f"{name}.proto", syntax="proto3", dependency=[wrappers_pb2.DESCRIPTOR.name]
    )
    message = file.message_type.add(name=name)
    for number, (field, kind) in enumerate(fields.items(), 1):
        added = message.field.add(name=field, number=number, label=1)
        if kind == "bool":
            added.type = added.TYPE_BOOL
        else:
            added.type = added.TYPE_MESSAGE
            added.type_name = f".google.protobuf.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(name))


def test_batching_pads_clips_of_different_length():
    # As in tensorflow_serving/servables/tensorflow/session_bundle_config.proto, which
    # tensorflow-serving-api leaves out.
    from google.protobuf import text_format

    numbers = ("max_batch_size", "batch_timeout_micros", "max_enqueued_batches")
    fields = dict.fromkeys((*numbers, "num_batch_threads"), "Int64Value")
    message = message_class(
        "BatchingParameters", {**fields, "pad_variable_length_inputs": "bool"}
    )()
    text_format.Parse((SERVING / "batching.config").read_text(), message)
    assert message.pad_variable_length_inputs
    assert all(getattr(message, field).value > 0 for field in fields)


def test_the_server_finds_the_voice():
    pytest.importorskip("tensorflow_serving", reason="needs tensorflow-serving-api")
    from google.protobuf import text_format
    from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

    config = text_format.Parse(
        (SERVING / "models.config").read_text(), ModelServerConfig()
    )
    (model,) = config.model_config_list.config
    assert model.name == "en_female"
    assert model.model_platform == "tensorflow"
    assert model.base_path == f"/models/{VOICE.name}"
    assert (VOICE / "1" / "saved_model.pb").is_file()


def test_the_compose_file_mounts_what_it_names():
    yaml = pytest.importorskip("yaml")
    text = (SERVING / "compose.yaml").read_text()
    (service,) = yaml.safe_load(text)["services"].values()
    assert service["image"].startswith("tensorflow/serving")
    mounted = {}
    for volume in service["volumes"]:
        source, target, mode = volume.split(":")
        assert mode == "ro"
        mounted[target] = (SERVING / source).resolve()
    assert mounted["/models"] == VOICE.parent
    named = re.findall(r"--\w+_file=(/config/[\w.]+)", text)
    assert len(named) == 3
    for path in named:
        assert (mounted["/config"] / Path(path).name).is_file()
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_the_cluster_runs_tensorflow_serving():
    yaml = pytest.importorskip("yaml")
    manifest = yaml.safe_load((SERVING / "inference_service.yaml").read_text())
    assert manifest["apiVersion"] == "serving.kserve.io/v1beta1"
    assert manifest["kind"] == "InferenceService"
    # A Kubernetes name.
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", manifest["metadata"]["name"])
    model = manifest["spec"]["predictor"]["model"]
    assert model["modelFormat"] == {"name": "tensorflow", "version": "2"}
    assert model["storageUri"].endswith(VOICE.name)


# === Clients and servers ===


def free_port():
    with contextlib.closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def python(*words, **options):
    return subprocess.run(
        [sys.executable, *map(str, words)], capture_output=True, text=True, **options
    )


def check_client(script, server, tmp_path):
    """The client writes what the preset says here."""
    done = python(
        *(SERVING / script, CLIP, tmp_path / "spoken.wav", "--server", server),
        *("--seed", 3, "--temperature", 0.8),
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    spoken, rate = read_audio(tmp_path / "spoken.wav")
    audio, source_rate = read_audio(CLIP, 24_000)
    voice = ParallelWaveNet.from_preset("en_female")
    expected = resynthesize(voice, audio, source_rate, seed=3, temperature=0.8)
    assert rate == 24_000
    np.testing.assert_allclose(spoken, expected, rtol=0, atol=1e-4)  # 16 bit
    assert expected.std() > 0.05


@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "package", "reason"),
    [
        ("rest_client.py", "requests", "Received: ConnectionError"),
        ("grpc_client.py", "tensorflow_serving", "UNAVAILABLE"),
    ],
)
def test_a_client_says_in_a_line_what_is_missing(script, package, reason, tmp_path):
    pytest.importorskip(package)
    port = free_port()
    address = f"{'http://' if script[0] == 'r' else ''}127.0.0.1:{port}"
    to_server = ("--server", address)
    done = python(SERVING / script, CLIP, tmp_path / "a.wav", *to_server, timeout=100)
    line = done.stderr.splitlines()[-1]
    assert done.returncode == 1 and line.startswith("Error: ")
    assert address in line and reason in line and "Traceback" not in done.stderr
    done = python(SERVING / script, tmp_path / "no.wav", tmp_path / "a.wav", timeout=99)
    assert done.returncode == 1 and "no.wav" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.fixture
def prediction_service():
    """The address of a gRPC server with TensorFlow Serving's API and the SavedModel."""
    pytest.importorskip("tensorflow_serving", reason="needs tensorflow-serving-api")
    import grpc
    import tensorflow as tf
    from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

    signatures = tf.saved_model.load(str(VOICE / "1")).signatures

    class Service(prediction_service_pb2_grpc.PredictionServiceServicer):
        def Predict(self, request, context):
            name = request.model_spec.signature_name or "serving_default"
            inputs = {
                key: tf.constant(tf.make_ndarray(value))
                for key, value in request.inputs.items()
            }
            reply = predict_pb2.PredictResponse()
            audio = signatures[name](**inputs)["audio"]
            # As from a batch with a longer clip.
            audio = tf.pad(audio, [[0, 0], [0, 999]])
            reply.outputs["audio"].CopyFrom(tf.make_tensor_proto(audio.numpy()))
            return reply

    server = grpc.server(concurrent.futures.ThreadPoolExecutor(1))
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
        Service(), server
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None)


@pytest.mark.slow
@pytest.mark.tensorflow
def test_the_grpc_client_speaks_a_recording_again(prediction_service, tmp_path):
    check_client("grpc_client.py", prediction_service, tmp_path)


@contextlib.contextmanager
def kserve_server(folder, log):
    """KServe's server in a process of its own; gives its URL."""
    pytest.importorskip("kserve")
    pytest.importorskip("tensorflow_serving", reason="needs tensorflow-serving-api")
    port = free_port()
    command = [sys.executable, str(SERVING / "kserve_server.py"), str(folder)]
    with open(log, "w") as output:
        server = subprocess.Popen(
            [*command, "--port", str(port)], stdout=output, stderr=output
        )
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(240):
            time.sleep(0.5)
            assert server.poll() is None, log.read_text()[-3000:]
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{url}/v1/models/{folder.name}")
                break
        yield url
    finally:
        server.terminate()
        server.wait(60)


@pytest.fixture(scope="module")
def kserve_url(tmp_path_factory):
    with kserve_server(VOICE, tmp_path_factory.mktemp("kserve") / "log") as url:
        yield url


@pytest.mark.slow
@pytest.mark.tensorflow
def test_the_rest_client_speaks_a_recording_again(kserve_url, tmp_path):
    check_client("rest_client.py", kserve_url, tmp_path)


def load_test(model, url, requests):
    return python(
        *(ROOT / "experiments" / "load_test.py", model, "--server", url),
        *("--requests", requests, "--bad-every", 5, "--long", 0),
        timeout=500,
    )


@pytest.mark.slow
@pytest.mark.tensorflow
def test_kserve_answers_every_request_under_load(kserve_url):
    done = load_test(VOICE / "1", kserve_url, 400)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert "400 requests" in done.stdout
    assert "wrong" not in done.stdout.replace("wrong mel bins", "")


@pytest.mark.slow
@pytest.mark.tensorflow
def test_the_load_test_notices_wrong_audio(kserve_url, tmp_path):
    from keras_pwavenet.export import export_saved_model

    voice = ParallelWaveNet.from_preset("en_female")
    voice.flows[-1].head.bias.assign_add(
        0.01 * np.ones(voice.flows[-1].head.bias.shape)
    )
    export_saved_model(voice, tmp_path)
    done = load_test(tmp_path / "1", kserve_url, 16)
    assert done.returncode != 0
    assert " wrong\n" in done.stdout and " right\n" not in done.stdout


@pytest.mark.slow
@pytest.mark.tensorflow
def test_a_version_that_fails_its_warm_up_does_not_replace_a_good_one(tmp_path):
    from keras_pwavenet.export.warmup import write_warmup

    folder = tmp_path / "voice"
    shutil.copytree(VOICE / "1", folder / "1")
    instance = {"conditioning": np.zeros((5, 100)).tolist(), "length": 5}
    instance |= {"seed": 1, "temperature": 1.0, "pitch": [-1.0] * 5, "pitch_scale": 1.0}
    body = json.dumps({"instances": [instance]}).encode()

    def post(path, data=b""):
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(f"{url}/{path}", data, headers)
        try:
            with urllib.request.urlopen(request) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    with kserve_server(folder, tmp_path / "log") as url:
        good = post("v1/models/voice:predict", body)
        assert good[0] == 200
        shutil.copytree(VOICE / "1", tmp_path / "2")
        inputs = {
            "conditioning": np.zeros((1, 5, 99), "float32"),
            "length": np.array([5], "int32"),
            "seed": np.array([0], "int64"),
            "temperature": np.ones(1, "float32"),
            "pitch": np.zeros((1, 5), "float32"),
            "pitch_scale": np.ones(1, "float32"),
        }
        write_warmup(tmp_path / "2", [("serving_default", inputs)])
        (tmp_path / "2").rename(folder / "2")
        status, message = post("v2/repository/models/voice/load")
        assert status == 503
        assert "Expected `conditioning` of shape (batch, frames, 100)" in message
        assert post("v1/models/voice:predict", body) == good
        shutil.copytree(VOICE / "1", folder / "3")
        assert post("v2/repository/models/voice/load")[0] == 200
        assert post("v1/models/voice:predict", body) == good
        assert post("v2/repository/models/voice/unload")[0] == 200
        assert post("v1/models/voice:predict", body)[0] == 404
        assert post("v2/repository/models/voice/load")[0] == 200
        assert post("v1/models/voice:predict", body) == good
        for change in ({"seed": 1.5}, {"length": 4.2}, {"temperature": 1e30}):
            bad = json.dumps({"instances": [{**instance, **change}]}).encode()
            assert post("v1/models/voice:predict", bad)[0] == 400
