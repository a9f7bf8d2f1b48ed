"""Serves a SavedModel with KServe's Python server, over TensorFlow Serving's REST API.

    python examples/serving/kserve_server.py saved_models/en_female --port 8501

Needs `pip install '.[kserve]'`, but not the package itself. A new
version is taken when `POST /v2/repository/models/NAME/load` asks for it, and only if
its warm-up requests succeed.
"""

import argparse
import asyncio
import concurrent.futures
from pathlib import Path

import numpy as np

try:
    import kserve
    import kserve.model_server
    import tensorflow as tf
    from kserve.errors import InvalidInput
    from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog
except ImportError as error:
    raise SystemExit(
        f"The server needs more packages: pip install '.[kserve]'. {error}"
    ) from None

WARMUP = "assets.extra/tf_serving_warmup_requests"
# What turning the request into tensors raises.
_MALFORMED = (AttributeError, KeyError, OverflowError, TypeError, ValueError)


class Vocoder(kserve.Model):
    """The newest version in a folder.

    Args:
        name: name of the model in the requests.
        folder: holds the versions.
    """

    def __init__(self, name: str, folder: Path):
        super().__init__(name)
        self.folder = folder
        self.version = None
        # Two requests at once keep a small machine busy, in bounded memory.
        self.threads = concurrent.futures.ThreadPoolExecutor(2)

    def load(self) -> bool:
        names = [path.name for path in self.folder.iterdir()]
        newest = max((int(name) for name in names if name.isdecimal()), default=None)
        if newest is None:
            raise FileNotFoundError(f"No version in {self.folder}")
        if newest != self.version:
            path = self.folder / str(newest)
            loaded = tf.saved_model.load(str(path))
            _warm_up(loaded.signatures, path / WARMUP)
            self.loaded, self.version = loaded, newest
        self.ready = True
        return self.ready

    async def predict(self, payload, headers=None, response_headers=None):
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.threads, self.speak, payload)

    def speak(self, payload: dict) -> dict:
        """Answers `{"instances": [{input: value, ...}, ...]}`."""
        try:
            name = payload.get("signature_name", "serving_default")
            signature, inputs = self.loaded.signatures[name], {}
            for name, spec in signature.structured_input_signature[1].items():
                values = np.array([clip[name] for clip in payload["instances"]])
                if spec.dtype.is_integer and values.dtype.kind not in "iu":
                    raise TypeError(f"Expected integers. Received: {name}={values}")
                inputs[name] = values.astype(spec.dtype.as_numpy_dtype, copy=False)
            inputs = {name: tf.constant(value) for name, value in inputs.items()}
            return {"predictions": signature(**inputs)["audio"].numpy()}
        except _MALFORMED as error:
            raise InvalidInput(f"{type(error).__name__}: {error}") from error
        except tf.errors.InvalidArgumentError as error:
            raise InvalidInput(error.message) from error


class Repository(kserve.ModelRepository):
    """Loads a model anew on request, without stopping the requests in between."""

    def __init__(self, model: Vocoder):
        super().__init__()
        self.served = model

    async def load(self, name: str) -> bool:
        if name != self.served.name:
            raise KeyError(f"Expected model {self.served.name}. Received: {name}")
        loaded = await asyncio.to_thread(self.served.load)
        self.update(self.served)  # It may have been unloaded.
        return loaded


def _warm_up(signatures, path: Path) -> None:
    """Replays the warm-up requests, as TensorFlow Serving does; an error stops it."""
    for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
        request = PredictionLog.FromString(record).predict_log.request
        inputs = {
            name: tf.constant(tf.make_ndarray(value))
            for name, value in request.inputs.items()
        }
        signatures[request.model_spec.signature_name](**inputs)


def _listen_on(host: str) -> None:
    """KServe listens on every interface; this has it listen on one."""

    class Server(kserve.model_server.RESTServer):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            self.config.host = host

    kserve.model_server.RESTServer = Server


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="holds the versions")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8501)
    arguments = parser.parse_args()
    if not 0 < arguments.port < 65536:
        parser.error(
            f"Expected a port from 1 to 65535. Received: --port {arguments.port}"
        )
    model = Vocoder(arguments.folder.resolve().name, arguments.folder)
    try:
        model.load()
    except OSError as error:
        raise SystemExit(f"Error: {error}") from None
    _listen_on(arguments.host)
    server = kserve.ModelServer(
        http_port=arguments.port, enable_grpc=False, registered_models=Repository(model)
    )
    server.start([model])


if __name__ == "__main__":
    main()
