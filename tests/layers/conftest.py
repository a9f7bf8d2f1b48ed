"""Layers with known weights, and float64 numpy versions of them."""

import functools
import json
import types

import keras
import numpy as np
import pytest


def randomize(layer, scale=0.5):
    """Gives every weight a normal draw, so that biases and heads matter too."""
    rng = np.random.default_rng(7)
    layer.set_weights([scale * rng.normal(size=w.shape) for w in layer.weights])
    return layer


def causal_conv(inputs, kernel, bias, dilation=1):
    """Sum over taps; the last tap sees the present."""
    outputs = np.zeros((*inputs.shape[:2], kernel.shape[-1])) + bias
    for t in range(inputs.shape[1]):
        for tap in range(len(kernel)):
            source = t - (len(kernel) - 1 - tap) * dilation
            if source >= 0:
                outputs[:, t] += inputs[:, source] @ kernel[tap]
    return outputs


def block(layer, inputs, local, speaker=None):
    """Residual and skip output of a gated block."""
    kernel, bias = weights(layer.conv)
    gate = causal_conv(inputs, kernel, bias, layer.dilation_rate)
    held = inputs.shape[1] // local.shape[1]
    gate = gate + np.repeat(local @ weights(layer.local_projection)[0], held, axis=1)
    if speaker is not None:
        gate = gate + (speaker @ weights(layer.global_projection)[0])[:, None]
    filtered, gated = np.split(gate, 2, axis=-1)
    kernel, bias = weights(layer.output_projection)
    hidden = (np.tanh(filtered) / (1 + np.exp(-gated))) @ kernel + bias
    channels = inputs.shape[-1]
    return inputs + hidden[..., :channels], hidden[..., channels:]


def stack(layer, inputs, local, speaker=None):
    """The last residual output, or the sum of skips over the root of their number."""
    skips = []
    for part in layer.blocks:
        inputs, skip = block(part, inputs, local, speaker)
        skips.append(skip)
    if layer.skip_channels:
        return np.sum(skips, axis=0) / np.sqrt(len(skips))
    return inputs


def flow(layer, noise, local, speaker=None, source=None):
    """One flow, block after block, with the matrix of every block written out."""
    size = layer.block_size
    blocks = np.asarray(noise, "float64").reshape(len(noise), -1, size)
    earlier = np.concatenate([np.zeros_like(blocks[:, :1]), blocks[:, :-1]], axis=1)
    hidden = causal_conv(earlier, *weights(layer.input_conv))
    if source is not None:
        heard = source.reshape(*blocks.shape[:2], -1)
        hidden = hidden + heard @ weights(layer.source_projection)[0]
    hidden = stack(layer.stack, hidden, local, speaker)
    hidden = np.where(hidden > 0, hidden, 0.2 * hidden)
    kernel, bias = weights(layer.head)
    parameters = hidden @ kernel + bias
    outputs, log_scales = np.zeros_like(blocks), np.zeros_like(blocks)
    for row, step in np.ndindex(blocks.shape[:2]):
        values = parameters[row, step]
        shift, raw, coefficients = np.split(values, [size, 2 * size])
        log_scale = 5 * np.tanh((raw + layer.initial_log_scale) / 5)
        matrix = np.eye(size)
        count = 0
        for i in range(size):
            for j in range(i):
                matrix[i, j] = coefficients[count]
                count += 1
        outputs[row, step] = matrix @ (np.exp(log_scale) * blocks[row, step]) + shift
        log_scales[row, step] = log_scale
    return outputs.reshape(noise.shape), log_scales.reshape(noise.shape)


def weights(layer):
    return [np.asarray(w, "float64") for w in layer.get_weights()]


def check_serialisation(run, layer, *inputs):
    """A copy made from the config as JSON has the same weights and outputs."""
    text = json.dumps(keras.saving.serialize_keras_object(layer))
    copy = keras.saving.deserialize_keras_object(json.loads(text))
    assert type(copy) is type(layer)
    assert copy.get_config() == layer.get_config()
    if layer.weights and not copy.built:
        copy.build(*[value.shape for value in inputs])
    assert [w.path for w in copy.weights] == [w.path for w in layer.weights]
    copy.set_weights(layer.get_weights())
    for first, second in zip(
        keras.tree.flatten(run(layer, *inputs)),
        keras.tree.flatten(run(copy, *inputs)),
        strict=True,
    ):
        np.testing.assert_array_equal(first, second)


def check_bfloat16(run, layer, *inputs, dtype):
    """Under mixed precision: float32 weights, `dtype` outputs, near float32's."""
    config = {**layer.get_config(), "dtype": "mixed_bfloat16"}
    mixed = type(layer).from_config(config)
    mixed.build(*[value.shape for value in inputs])
    mixed.set_weights(layer.get_weights())
    assert {w.dtype for w in mixed.weights} == {"float32"}
    seen = set()

    def widened(*inputs):
        outputs = keras.tree.flatten(mixed(*inputs))
        seen.update(keras.backend.standardize_dtype(x.dtype) for x in outputs)
        return [keras.ops.cast(x, "float32") for x in outputs]

    exact = keras.tree.flatten(run(layer, *inputs))
    for expected, actual in zip(exact, run(widened, *inputs), strict=True):
        error = np.abs(actual - expected).max() / np.abs(expected).max()
        assert 0 < error < 0.03
    assert seen == {dtype}


@pytest.fixture
def reference(run):
    """The numpy versions, and the checks that every layer passes."""
    return types.SimpleNamespace(
        randomize=randomize,
        causal_conv=causal_conv,
        block=block,
        stack=stack,
        flow=flow,
        run=run,
        check_serialisation=functools.partial(check_serialisation, run),
        check_bfloat16=functools.partial(check_bfloat16, run),
    )


@pytest.fixture
def normal():
    """Float32 normal numbers of a shape, the same in each test."""
    rng = np.random.default_rng(11)
    return lambda *shape: rng.normal(size=shape).astype("float32")
