"""Torch's compiled step against the eager one: loss, weights, state, shapes, noise."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_pwavenet import Distiller, PitchPredictor, losses, training
from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.backend import CompiledStep
from keras_pwavenet.backend.draws import draw
from keras_pwavenet.logistic import sample_logistic
from keras_pwavenet.models import ParallelWaveNet, WaveNet

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "torch", reason="needs the torch backend"
)

SHARED = {
    "conditioning_channels": 5,
    "hop_length": 8,
    "residual_channels": 4,
    "kernel_size": 2,
    "upsample_channels": 4,
    "upsample_factors": (2,),
}
TEACHER = {"num_layers": 2, "num_cycles": 1, "skip_channels": 3, "mixtures": 2}
MEL = LogMelSpectrogram(8000, 32, 8, 32, n_mels=5)
STUDENT = {"flow_layers": (2, 2), "layers_per_cycle": 2, "block_size": 2}


class Noisy(CompiledStep, keras.Model):
    """A layer on its input times noise, which `source` draws."""

    def __init__(self, source):
        super().__init__()
        self.dense = keras.layers.Dense(3)
        self.seeds = keras.random.SeedGenerator(5)
        self.source = source
        self.factor = 1.0

    def call(self, inputs):
        noise = self.source(sample_logistic, ops.shape(inputs), self.seeds)
        return self.dense(inputs * noise * self.factor)


def randomized(model, scale=0.3):
    rng = np.random.default_rng(7)
    model.set_weights([scale * rng.normal(size=w.shape) for w in model.get_weights()])
    return model


def make_teacher(jit_compile, dtype="float32"):
    model = randomized(WaveNet(**SHARED, **TEACHER, dtype=dtype))
    optimizer = training.optimizer(1e-3, ema=0.9)
    model.compile(optimizer, losses.MixtureLogisticNLL(), jit_compile=jit_compile)
    return model


def make_distiller(jit_compile, dtype="float32"):
    teacher = randomized(WaveNet(**SHARED, **TEACHER, dtype=dtype))
    student = randomized(ParallelWaveNet(**SHARED, **STUDENT, dtype=dtype))
    model = Distiller(teacher, student, ["kl", "stft"], seed=1)
    model.compile(training.optimizer(1e-3, ema=0.9), jit_compile=jit_compile)
    return model


def make_source_filter_distiller(jit_compile, dtype="float32"):
    """Of models as they are by default: a filter or predictor, and the pitch."""
    keras.utils.set_random_seed(2)
    shared = SHARED | {"preprocessor": MEL, "dtype": dtype}
    del shared["conditioning_channels"], shared["hop_length"]
    teacher, student = (
        randomized(
            make(**shared, **settings, pitch_predictor=PitchPredictor(5, channels=4))
        )
        for make, settings in ((WaveNet, TEACHER), (ParallelWaveNet, STUDENT))
    )
    model = Distiller(teacher, student, ["kl", "stft", "tone"], seed=1)
    model.compile(training.optimizer(1e-3, ema=0.9), jit_compile=jit_compile)
    return model


def batch(clips=2, frames=4, seed=3):
    rng = np.random.default_rng(seed)
    audio = (0.3 * rng.normal(size=(clips, frames * 8))).astype("float32")
    conditioning = rng.normal(size=(clips, frames, 5)).astype("float32")
    return {"audio": audio, "conditioning": conditioning}, audio


def step(model, *data):
    found = model.train_on_batch(*data, return_dict=True)
    return {name: float(value) for name, value in found.items()}


def numbers(model):
    """Weights, their averages, seeds and everything else that a step changes."""
    variables = [*model.variables, *model.optimizer.variables]
    return [ops.convert_to_numpy(variable).copy() for variable in variables]


def assert_same(one, other, tolerance):
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


@pytest.fixture
def recorded(monkeypatch):
    """The recorded graph is run as it is, rather than compiled for a minute."""
    graphs = []

    def keep(graph, **options):
        graphs.append(graph)
        return graph

    monkeypatch.setattr(torch, "compile", keep)
    return graphs


@pytest.mark.parametrize(
    "make", [make_teacher, make_distiller, make_source_filter_distiller]
)
def test_steps_are_those_of_eager_training(make, recorded):
    """Also where the number of clips or frames changes, and where it comes back."""
    eager, compiled = make(False), make(True)
    for seed, (clips, frames) in enumerate([(2, 4), (3, 4), (2, 6), (2, 4)]):
        data = batch(clips, frames, seed)
        expected, found = step(eager, *data), step(compiled, *data)
        assert found == pytest.approx(expected, rel=1e-6)
        assert_same(numbers(eager), numbers(compiled), 1e-6)
    assert len(recorded) == 3


def test_averages_that_are_swapped_in_are_seen(recorded):
    """As `SwapEMAWeights` does, in place and by new values."""
    eager, compiled = make_distiller(False), make_distiller(True)
    before = step(eager, *batch())["stft"], step(compiled, *batch())["stft"]
    for model in (eager, compiled):
        randomized(model.student, scale=0.1)
    after = step(eager, *batch())["stft"], step(compiled, *batch())["stft"]
    assert after[0] == pytest.approx(after[1], rel=1e-6)
    assert abs(after[0] - before[0]) > 0.01
    assert len(recorded) == 1


def test_fit_validates_and_reports_as_eagerly(recorded):
    def history(jit_compile):
        keras.utils.set_random_seed(1)
        model = make_distiller(jit_compile)
        x, y = batch(clips=4)
        options = {"validation_data": batch(seed=4), "callbacks": swap(), "verbose": 0}
        return model.fit(x, y, batch_size=2, epochs=2, **options).history

    def swap():
        return [keras.callbacks.SwapEMAWeights()]

    eager, compiled = history(False), history(True)
    assert compiled == {name: pytest.approx(v, rel=1e-5) for name, v in eager.items()}


def make_noisy(jit_compile, source=draw):
    model = Noisy(source)
    model(np.ones((2, 4)))
    model.dense.set_weights([np.ones((4, 3)), np.zeros(3)])
    model.compile(keras.optimizers.SGD(0.0), "mse", jit_compile=jit_compile)
    return model


def test_noise_is_drawn_anew_for_each_step(recorded):
    data = np.ones((2, 4), "float32"), np.ones((2, 3), "float32")
    models = make_noisy(False), make_noisy(True)
    found = [[step(model, *data)["loss"] for _ in range(3)] for model in models]
    assert found[0] == pytest.approx(found[1], rel=1e-6)
    assert len(set(found[1])) == 3


def test_noise_that_would_be_recorded_is_refused():
    model = make_noisy(True, lambda sample, shape, seed: sample(shape, seed))
    with pytest.raises(RuntimeError, match=r"drawn by `draw` alone.* Received: "):
        model.train_on_batch(np.ones((2, 4)), np.ones((2, 3)))


def test_a_python_number_is_fixed_until_compile(recorded):
    data = np.ones((2, 4), "float32"), np.zeros((2, 3), "float32")
    silent = lambda sample, shape, seed: ops.ones(shape)  # noqa: E731
    model = make_noisy(True, silent)
    assert step(model, *data)["loss"] == 16.0
    model.factor = 2.0
    assert step(model, *data)["loss"] == 16.0
    model.compile(keras.optimizers.SGD(0.0), "mse", jit_compile=True)
    assert step(model, *data)["loss"] == 64.0


def test_an_optimizer_that_scales_the_loss_is_refused():
    model = Noisy(draw)
    scaling = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD())
    model.compile(scaling, "mse", jit_compile=True)
    with pytest.raises(ValueError, match=r"does not scale.* Received: optimizer="):
        model.train_on_batch(np.ones((2, 4)), np.ones((2, 3)))


def test_only_jit_compile_compiles():
    model = Noisy(draw)
    for options in ({}, {"jit_compile": False}, {"jit_compile": True}):
        model.compile("sgd", "mse", **options)
        assert (model.compiled_gradients is not None) == bool(
            options.get("jit_compile")
        )
        assert not model.jit_compile  # Keras' own compilation
    model.compile("sgd", "mse", jit_compile=True, run_eagerly=True)
    assert model.compiled_gradients is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "dtype", "tolerance"),
    [
        (make_teacher, "float32", 1e-5),
        (make_distiller, "mixed_bfloat16", 0.03),
    ],
)
def test_the_compiled_graph_computes_the_eager_gradients(make, dtype, tolerance):
    """The tolerance is of the norm of the difference of all gradients together."""
    eager, compiled = make(False, dtype), make(True, dtype)
    x, y = batch(clips=4, frames=8)
    x, y = keras.tree.map_structure(ops.convert_to_tensor, (x, y))
    loss = eager.compute_loss(x, y, eager(x, training=True))
    loss.backward()
    expected = [variable.value.grad for variable in eager.trainable_variables]
    found_loss, _, found = compiled.compiled_gradients(x, y)
    flat = [np.concatenate([g.ravel().numpy() for g in gs]) for gs in (expected, found)]
    norm = np.linalg.norm(flat[0])
    assert float(found_loss) == pytest.approx(float(loss), rel=tolerance)
    assert np.linalg.norm(flat[1] - flat[0]) < tolerance * norm
    assert step(compiled, *batch(4, 8)).keys() == step(eager, *batch(4, 8)).keys()
