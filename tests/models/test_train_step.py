"""Steps that are not finite change nothing; seeds, averages and precision of steps."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_pwavenet import Distiller, training

BACKEND = keras.backend.backend()
OPTIMIZERS = {
    "adam": lambda: training.optimizer(1e-2, ema=0.9),
    "accumulating": lambda: training.optimizer(1e-2, ema=0.9, accumulate=2),
    "sgd": lambda: keras.optimizers.SGD(1e-2, momentum=0.9),
}


# On TensorFlow, tracing takes longer than a few steps that are run eagerly.
EAGER_OR_GRAPH = pytest.mark.parametrize(
    "eager",
    [BACKEND == "tensorflow", pytest.param(False, marks=pytest.mark.slow, id="graph")],
)


def make(small, optimizer="adam", losses=("kl", "stft"), seed=1, eager=False):
    distiller = Distiller(small.teacher(), small.student(), losses, seed=seed)
    jit = "auto" if BACKEND == "jax" else False
    distiller.compile(OPTIMIZERS[optimizer](), jit_compile=jit, run_eagerly=eager)
    return distiller


def batches(small, count):
    """Different batches of two clips, as arguments of `fit`."""
    inputs = small.inputs("audio", batch=2 * count)
    return inputs, inputs["audio"]


def fit(distiller, inputs, audio, **options):
    options = {"batch_size": 2, "shuffle": False, "verbose": 0, **options}
    return distiller.fit(inputs, audio, **options).history


def state(distiller):
    """Every number of student and optimiser."""
    variables = [*distiller.student.weights, *distiller.optimizer.variables]
    return [ops.convert_to_numpy(variable).copy() for variable in variables]


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def spoilt(distiller, what):
    """Lets batches with audio above 3 have an infinite loss, or a NaN gradient."""
    compute_loss = distiller.compute_loss

    def spoil(x, y, y_pred, *arguments, **options):
        loss = compute_loss(x, y, y_pred, *arguments, **options)
        quiet = ops.cast(ops.max(x["audio"]) < 3.0, "float32")
        if what == "loss":
            return loss + (1.0 / quiet - 1.0)
        mean = ops.mean(y_pred["audio"])
        return loss + ops.sqrt(quiet + ops.square(mean - ops.stop_gradient(mean)))

    distiller.compute_loss = spoil
    return distiller


@pytest.mark.parametrize(
    ("what", "optimizer"),
    [
        pytest.param("loss", "adam", marks=pytest.mark.slow),
        ("gradient", "adam"),
        ("gradient", "accumulating"),
        pytest.param("gradient", "sgd", marks=pytest.mark.slow),
    ],
)
def test_a_step_that_is_not_finite_changes_nothing(what, optimizer, small):
    eager = BACKEND == "tensorflow" and optimizer == "accumulating"
    distiller = spoilt(make(small, optimizer, eager=eager), what)

    def step(loudness=1.0):
        inputs, audio = batches(small, 1)
        inputs["audio"] *= loudness
        found = distiller.train_on_batch(inputs, audio, return_dict=True)
        return {name: float(value) for name, value in found.items()}

    assert step()["skipped_steps"] == 0
    before = state(distiller)
    found = step(3.5)
    assert found.pop("skipped_steps") == 1
    assert set(found.values()) == {0.0}  # means of nothing
    assert same(state(distiller), before)
    assert step()["skipped_steps"] == 0
    assert not same(state(distiller), before)
    assert all(np.isfinite(value).all() for value in state(distiller))


@EAGER_OR_GRAPH
def test_a_skipped_step_is_as_if_it_had_not_been_but_for_the_noise(
    eager, small, monkeypatch
):
    """With the noise held fixed: weights and metrics are those of the other steps."""
    silent = lambda shape, seed: ops.zeros(shape)  # noqa: E731
    monkeypatch.setattr("keras_pwavenet.distillation.distiller.sample_logistic", silent)
    inputs, audio = batches(small, 5)
    spoils = np.repeat([False, True, False, True, False], 2)
    inputs["audio"][spoils] = 3.5

    skipping = spoilt(make(small, "accumulating", ["stft"], eager=eager), "gradient")
    found = fit(skipping, inputs, audio)
    without = spoilt(make(small, "accumulating", ["stft"], eager=eager), "gradient")
    kept = {name: values[~spoils] for name, values in inputs.items()}
    expected = fit(without, kept, audio[~spoils])

    assert (found.pop("skipped_steps"), expected.pop("skipped_steps")) == ([2], [0])
    assert found == expected
    assert same(state(skipping), state(without))


@EAGER_OR_GRAPH
def test_the_same_seed_gives_the_same_history(eager, small):
    first, again = (make(small, eager=eager) for _ in range(2))
    histories = [fit(each, *batches(small, 2), epochs=2) for each in (first, again)]
    assert histories[0] == histories[1]
    assert same(state(first), state(again))
    other = fit(make(small, seed=2, eager=eager), *batches(small, 2))
    assert other["loss"][0] != histories[0]["loss"][0]


@pytest.mark.tensorflow
def test_a_step_is_traced_once(small, monkeypatch):
    distiller = make(small, losses=["stft"])
    compute_loss, traced = distiller.compute_loss, []
    monkeypatch.setattr(
        distiller,
        "compute_loss",
        lambda *arguments: traced.append(1) or compute_loss(*arguments),
    )
    fit(distiller, *batches(small, 2))
    assert len(traced) == 1


@pytest.mark.slow
def test_mixed_precision_learns_like_float32(small):
    """The mean loss of the last 50 of 200 steps, with the same clips and noise."""

    def loss(dtype):
        wide = {"residual_channels": 32, "dtype": dtype}
        teacher = small.teacher(scale=0.2, skip_channels=32, **wide)
        student = small.student(scale=0.2, **wide)
        distiller = Distiller(teacher, student, ["kl", "stft"], seed=1)
        jit = "auto" if BACKEND == "jax" else False
        optimizer = training.optimizer(1e-3, halve_every=50)  # ends without spikes
        distiller.compile(optimizer, jit_compile=jit)
        inputs = small.inputs("audio", batch=20, frames=40)
        history = fit(distiller, inputs, inputs["audio"], epochs=20)
        return np.array(history["loss"])

    single, mixed = loss("float32"), loss("mixed_bfloat16")
    assert mixed[-5:].mean() == pytest.approx(single[-5:].mean(), rel=0.02)
    assert not np.array_equal(single, mixed)
    assert single[-1] < 0.9 * single[0]
