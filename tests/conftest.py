"""What every test has: quiet backends, a fixed seed, and the backend's markers."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
if os.environ.get("KERAS_BACKEND") == "jax":
    # Nothing here runs long enough to be worth optimising.
    flags = (
        "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
    )
    os.environ.setdefault("XLA_FLAGS", flags)

import keras
import numpy as np
import pytest


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
def run():
    """Calls a function of tensors and returns numpy; compiled on JAX, for speed."""
    return _run


def _run(function, *inputs):
    inputs = keras.tree.map_structure(keras.ops.convert_to_tensor, inputs)
    if keras.backend.backend() == "jax":
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
    """Gradient of a scalar function of one float32 tensor, as a numpy array."""

    def of_scalar(function, x):
        found = _jacobian(lambda x: keras.ops.reshape(function(x), (1,)), x)
        return found[0]

    return of_scalar


@pytest.fixture
def jacobian():
    """Jacobian of a vector function of one float32 tensor, as a numpy array."""
    return _jacobian


def _jacobian(function, x):
    backend = keras.backend.backend()
    x = keras.ops.convert_to_tensor(x, "float32")
    if backend == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            values = tf.unstack(function(x))
        rows = [tape.gradient(value, x) for value in values]
    elif backend == "jax":
        import jax

        def stateless(x):
            with keras.StatelessScope():
                return function(x)

        rows = jax.jit(jax.jacrev(stateless))(x)
    else:
        import torch

        x = x.detach().requires_grad_(True)
        rows = [
            torch.autograd.grad(value, x, retain_graph=True, allow_unused=True)[0]
            for value in function(x)
        ]
    rows = [keras.ops.zeros_like(x) if row is None else row for row in rows]
    return np.stack([keras.ops.convert_to_numpy(row) for row in rows])
