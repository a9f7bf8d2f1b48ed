"""What trains the student is the gradient of the divergence.

Proved: weight changes of the distiller's own training steps, by plain descent at rate
1, average to minus the slope of the divergence, which is a finite difference of two
quadratures. It includes what reaches the student through the teacher. Paper, section
3.1.
"""

import functools

import keras
import numpy as np
import pytest

from keras_pwavenet import WaveNet, logistic

CLIPS = 4096
# Weights of every part that bears on two samples.
PARTS = (
    "upsampler/context_conv/kernel",
    "flow_0/head/kernel",
    "flow_1/stack/block_1/conv/bias",
    "flow_1/head/kernel",
)


def directions(student):
    """For each part, a move of its weights alone, of length 1."""
    rng = np.random.default_rng(0)
    for part in PARTS:
        moves = [
            rng.normal(size=w.shape) * w.path.endswith(part) for w in student.weights
        ]
        length = np.sqrt(sum((move**2).sum() for move in moves))
        yield [move / length for move in moves]


def slope(tiny, distiller, moves, step=0.05):
    """Slope of the exact divergence, by a central difference."""
    start = distiller.student.get_weights()
    values = []
    for sign in (1, -1):
        moved = [w + sign * step * m for w, m in zip(start, moves, strict=True)]
        distiller.student.set_weights(moved)
        values.append(tiny.exact_kl(distiller))
    distiller.student.set_weights(start)
    return (values[0] - values[1]) / (2 * step)


def descend(distiller, moves, steps):
    """Gradients along the moves, one row for each of so many training steps."""
    eager = keras.backend.backend() != "jax"
    distiller.compile(keras.optimizers.SGD(1.0), run_eagerly=eager)
    start = distiller.student.get_weights()
    audio = np.zeros((CLIPS, distiller.samples), "float32")
    conditioning = np.repeat(distiller.conditioning, CLIPS, axis=0)
    found = []
    for _ in range(steps):
        distiller.student.set_weights(start)
        distiller.train_on_batch({"audio": audio, "conditioning": conditioning}, audio)
        pairs = zip(start, distiller.student.get_weights(), strict=True)
        gradient = [before - after for before, after in pairs]
        found.append([inner_product(gradient, move) for move in moves])
    return np.array(found)


def inner_product(first, second):
    return sum((a * b).sum() for a, b in zip(first, second, strict=True))


@pytest.fixture(scope="module")
def slopes(tiny):
    """Function of the block size: the slopes of the exact divergence along the moves.

    They are found once: nothing that is planted below changes them.
    """

    @functools.cache
    def along_moves(block_size):
        distiller = tiny.make(block_size, hop=2)
        moves = directions(distiller.student)
        return np.array([slope(tiny, distiller, move) for move in moves])

    return along_moves


def prove_gradient(tiny, slopes, block_size, steps=12):
    expected = slopes(block_size)
    largest = np.abs(expected).max()
    assert largest > 0.05
    distiller = tiny.make(block_size, hop=2)
    found = descend(distiller, list(directions(distiller.student)), steps)
    # Rectifiers have kinks, which cost the quadrature's slopes half a per cent or so.
    tiny.check(found, expected, 0.05 * largest, 0.005 * np.abs(expected))


@pytest.mark.parametrize("block_size", [1, 2])
def test_is_that_of_the_divergence(tiny, slopes, block_size):
    prove_gradient(tiny, slopes, block_size)


def stop_at_the_audio(monkeypatch):
    """No gradient comes back through the teacher."""
    call = WaveNet.call

    def stopped(model, inputs, *arguments, **options):
        inputs = {k: keras.ops.stop_gradient(v) for k, v in inputs.items()}
        return call(model, inputs, *arguments, **options)

    monkeypatch.setattr(WaveNet, "call", stopped)


def count_entropy_twice(monkeypatch):
    monkeypatch.setattr(logistic, "logistic_entropy", lambda x: 2 * (x + 2.0))


@pytest.mark.parametrize("mistake", [stop_at_the_audio, count_entropy_twice])
def test_mistakes_are_found_out(tiny, slopes, monkeypatch, mistake):
    mistake(monkeypatch)
    with pytest.raises(AssertionError, match="errors from"):
        prove_gradient(tiny, slopes, 1)
