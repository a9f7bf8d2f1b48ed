"""What tests share: quiet backends, a fixed seed, gradients, and small models.

The weights of the small models are all random.
"""

import contextlib
import os
import runpy
import types
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
if os.environ.get("KERAS_BACKEND") == "jax":
    # Nothing here runs long enough to be worth optimising, or compiling twice.
    cache = Path(__file__).parents[1] / ".pytest_cache" / "jax"
    for name, value in {
        "XLA_FLAGS": "--xla_backend_optimization_level=0"
        " --xla_llvm_disable_expensive_passes=true"
        " --xla_cpu_use_fusion_emitters=false"
        " --xla_cpu_parallel_codegen_split_count=1",
        "JAX_COMPILATION_CACHE_DIR": str(cache),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }.items():
        os.environ.setdefault(name, value)

import h5py
import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.backend.inference import for_inference
from keras_pwavenet.models import ParallelWaveNet, PhonemeClassifier, WaveNet
from keras_pwavenet.models.pitch_predictor import PitchPredictor
from keras_pwavenet.presets import PresetMixin
from keras_pwavenet.text import symbols
from keras_pwavenet.text.durations import frames_of, regulate

ROOT = Path(__file__).parents[1]
HOP = 8
# Few examples, always the same, of each entry; as many as are asked for, and new ones.
settings.register_profile(
    "fuzz",
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "20")),
    deadline=60_000,  # by the clock, which a busy machine makes long
    suppress_health_check=list(HealthCheck),
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    database=None,
)
settings.load_profile("fuzz")
SHARED = {
    "conditioning_channels": 5,
    "hop_length": HOP,
    "residual_channels": 4,
    "kernel_size": 2,
    "upsample_channels": 4,
    "upsample_factors": (2,),
}
TEACHER = {"num_layers": 2, "num_cycles": 1, "skip_channels": 3, "mixtures": 2}
STUDENT = {"flow_layers": (2, 2), "layers_per_cycle": 2, "block_size": 2}
CLASSIFIER = {
    "classes": 3,
    "hop_length": HOP,
    "block_size": 4,
    "num_layers": 2,
    "num_cycles": 1,
    "residual_channels": 3,
    "kernel_size": 2,
}


def pytest_collection_modifyitems(items):
    """Skips the tests that need TensorFlow when another backend runs."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        return
    skip = pytest.mark.skip(reason=f"needs TensorFlow, runs on {backend}")
    for item in items:
        if "tensorflow" in item.keywords or "tensorflow_io" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(autouse=True)
def seed():
    """Starts each test from the same random state."""
    keras.utils.set_random_seed(20)


@pytest.fixture
def script(monkeypatch):
    """Runs a script, named by its path from the root, as the command line would."""

    def call(name, *arguments):
        monkeypatch.setattr("sys.argv", [name, *map(str, arguments)])
        runpy.run_path(str(ROOT / name), run_name="__main__")

    return call


@pytest.fixture
def full_disk():
    """Makes files of more than some bytes fail, as on a full disk, in a `with`."""
    import resource

    @contextlib.contextmanager
    def limited(size):
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return limited


@pytest.fixture(scope="session")
def run():
    """Calls a function of tensors and returns numpy; compiled on JAX, for speed.

    A model is compiled once for each shape, and its weights are those of the call.
    """
    return _run


def _run(function, *inputs):
    inputs = keras.tree.map_structure(keras.ops.convert_to_tensor, inputs)
    if keras.backend.backend() == "jax" and isinstance(function, keras.Model):
        if not hasattr(function, "compiled_for_tests"):
            function.compiled_for_tests = for_inference(function, function)
        outputs = function.compiled_for_tests(*inputs)
    elif keras.backend.backend() == "jax":
        import jax

        def stateless(*inputs):
            with keras.StatelessScope():
                return function(*inputs)

        outputs = jax.jit(stateless)(*inputs)
    else:
        outputs = function(*inputs)
    return keras.tree.map_structure(keras.ops.convert_to_numpy, outputs)


@pytest.fixture
def gradient():
    """Gradient of a scalar function of one float32 tensor, as a numpy array.

    Large tensors that are no part of it come after it: within the function they would
    be constants, which a compiler computes with.
    """

    def of_scalar(function, x, *others):
        def vector(*tensors):
            return keras.ops.reshape(function(*tensors), (1,))

        return _jacobian(vector, x, *others)[0]

    return of_scalar


@pytest.fixture
def jacobian():
    """Jacobian of a vector function of one float32 tensor, as a numpy array."""
    return _jacobian


def _jacobian(function, x, *others):
    backend = keras.backend.backend()
    x = keras.ops.convert_to_tensor(x, "float32")
    if backend == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            values = tf.unstack(function(x, *others))
        rows = [tape.gradient(value, x) for value in values]
    elif backend == "jax":
        import jax

        def stateless(*tensors):
            with keras.StatelessScope():
                return function(*tensors)

        rows = jax.jit(jax.jacrev(stateless))(x, *others)
    else:
        import torch

        x = x.detach().requires_grad_(True)
        rows = [
            torch.autograd.grad(value, x, retain_graph=True, allow_unused=True)[0]
            for value in function(x, *others)
        ]
    rows = [keras.ops.zeros_like(x) if row is None else row for row in rows]
    return np.stack([keras.ops.convert_to_numpy(row) for row in rows])


def randomize(model, scale=0.3):
    rng = np.random.default_rng(7)
    model.set_weights([scale * rng.normal(size=w.shape) for w in model.get_weights()])
    return model


def teacher(scale=0.3, **options):
    return randomize(WaveNet(**{**SHARED, **TEACHER, **options}), scale)


def student(scale=0.3, **options):
    return randomize(ParallelWaveNet(**{**SHARED, **STUDENT, **options}), scale)


def classifier(scale=0.7, **options):
    return randomize(PhonemeClassifier(**{**CLASSIFIER, **options}), scale)


def inputs(name, batch=2, frames=4, speakers=0):
    """Inputs of a model whose waveform input is called `name`."""
    rng = np.random.default_rng(3)
    found = {
        name: 0.3 * rng.normal(size=(batch, frames * HOP)),
        "conditioning": rng.normal(size=(batch, frames, 5)),
    }
    found = {key: value.astype("float32") for key, value in found.items()}
    if speakers:
        found["speaker"] = (np.arange(batch) % speakers).astype("int32")
    return found


def weight_paths(model, directory):
    """Paths of the arrays in a weights file, sorted."""
    path = str(directory / "model.weights.h5")
    model.save_weights(path)
    found = []

    def visit(name, item):
        if isinstance(item, h5py.Dataset) and not name.startswith("seed_generator"):
            found.append(name)

    with h5py.File(path) as file:
        file.visititems(visit)
    return sorted(found)


def pair(layer):
    """Paths of a layer's kernel and bias."""
    return [f"{layer}/vars/0", f"{layer}/vars/1"]


def block_paths(block):
    """Paths of a gated block with a speaker."""
    return [
        *pair(f"{block}/conv"),
        f"{block}/global_projection/vars/0",
        f"{block}/local_projection/vars/0",
        *pair(f"{block}/output_projection"),
    ]


@pytest.fixture(scope="session")
def small(run):
    """Makers of small models and inputs."""
    return types.SimpleNamespace(
        hop=HOP,
        teacher=teacher,
        student=student,
        classifier=classifier,
        inputs=inputs,
        weight_paths=weight_paths,
        pair=pair,
        block_paths=block_paths,
        run=run,
    )


@keras.saving.register_keras_serializable(package="tests")
class FlatAcousticModel(PresetMixin, keras.Model):
    """Says every symbol in four frames of one mel, at one pitch where it is a vowel."""

    num_speakers = 0

    def __init__(self, symbols, preprocessor, name=None, dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.preprocessor = preprocessor
        self.symbols = tuple(symbols)
        self.policy = keras.dtype_policies.get(dtype)
        mel = np.random.default_rng(0).uniform(0, 1, (1 + len(self.symbols), 8))
        voiced = ["", *(symbol[-1] in "iɪɛæɑɔʊuʌəɚ" for symbol in self.symbols)]
        table = np.concatenate([mel, 150.0 * np.array(voiced, bool)[:, None]], axis=-1)
        self.table = table.astype("float32")
        self.built = True

    def encode(self, symbols, speaker=None, training=None):
        hidden = keras.ops.take(self.table, symbols, axis=0)
        return hidden, 0.0 * hidden[..., 0] + np.float32(np.log(5))

    def decode(self, frames, pitch_scale=1.0, valid=None):
        return frames[..., 8] * pitch_scale, frames[..., :8]

    def predict_mel(self, symbols, rate=1.0, pitch_scale=1.0, speaker=None):
        numbers = np.array([[1 + self.symbols.index(symbol) for symbol in symbols]])
        hidden, durations = map(keras.ops.convert_to_numpy, self.encode(numbers))
        durations = frames_of(durations[0], [True] * len(symbols), rate)
        pitch, mel = self.decode(regulate(hidden[0], durations), pitch_scale)
        return {"conditioning": mel, "pitch": pitch, "durations": durations}

    def get_config(self):
        return {"symbols": list(self.symbols), "name": self.name}


@pytest.fixture(scope="session")
def text_voice(tmp_path_factory):
    """The preset of a small voice that speaks text, at 8 kHz with a hop of 80."""
    mel = LogMelSpectrogram(
        8000, n_fft=256, hop_length=80, win_length=200, n_mels=8, fmax=4000.0
    )
    voice = ParallelWaveNet(
        flow_layers=(2,),
        layers_per_cycle=2,
        residual_channels=4,
        upsample_channels=4,
        preprocessor=mel,
        pitch_predictor=PitchPredictor(8, channels=4, num_layers=1, bins=9),
    )
    random = np.random.default_rng(5)
    for weight in voice.trainable_weights:
        weight.assign(0.2 * random.normal(size=weight.shape))
    folder = tmp_path_factory.mktemp("text")
    FlatAcousticModel(symbols(), mel).save_to_preset(folder / "acoustic")
    settings = {"acoustic_model": "../acoustic"}
    voice.save_to_preset(folder / "voice", {"text_to_speech": settings})
    return folder / "voice"
