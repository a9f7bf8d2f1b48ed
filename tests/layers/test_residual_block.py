import keras
import numpy as np
import pytest

from keras_pwavenet.layers import GatedResidualBlock
from keras_pwavenet.layers.residual_block import add_held


def built(reference, skip_channels=3, speaker=True, **options):
    layer = GatedResidualBlock(4, skip_channels, kernel_size=2, **options)
    shapes = [(None, None, 4), (None, None, 5), (None, 6)]
    layer.build(*shapes[: 3 if speaker else 2])
    return reference.randomize(layer)


@pytest.mark.parametrize("held", [1, 3])
@pytest.mark.parametrize("speaker", [True, False])
def test_equals_numpy(reference, normal, held, speaker):
    layer = built(reference, speaker=speaker, dilation_rate=2)
    inputs = [normal(2, 12, 4), normal(2, 12 // held, 5)]
    inputs += [normal(2, 6)] if speaker else []
    residual, skip = reference.run(layer, *inputs)
    expected_residual, expected_skip = reference.block(layer, *inputs)
    np.testing.assert_allclose(residual, expected_residual, atol=1e-5)
    np.testing.assert_allclose(skip, expected_skip, atol=1e-5)


def test_gate_of_another_width(reference, normal):
    layer = built(reference, gate_channels=7)
    assert [w.shape[-1] for w in layer.weights] == [14, 14, 14, 14, 7, 7]
    inputs = normal(2, 12, 4), normal(2, 6, 5), normal(2, 6)
    for actual, expected in zip(
        reference.run(layer, *inputs), reference.block(layer, *inputs), strict=True
    ):
        np.testing.assert_allclose(actual, expected, atol=1e-5)
    reference.check_serialisation(layer, *inputs)


def test_without_skip_channels(reference, normal):
    layer = built(reference, skip_channels=0, speaker=False)
    inputs = normal(2, 6, 4), normal(2, 3, 5)
    expected, _ = reference.block(layer, *inputs)
    actual = reference.run(layer, *inputs)
    np.testing.assert_allclose(actual, expected, atol=1e-5)


def test_is_causal(reference, normal):
    layer = built(reference, dilation_rate=3)
    inputs, *rest = normal(1, 12, 4), normal(1, 12, 5), normal(1, 6)
    other = inputs.copy()
    other[:, 5] += 1
    for before, after in zip(
        reference.run(layer, inputs, *rest),
        reference.run(layer, other, *rest),
        strict=True,
    ):
        places = np.flatnonzero(np.abs(after - before).max(axis=(0, 2)) > 1e-6)
        np.testing.assert_array_equal(places, [5, 8])


def test_add_held_holds_each_slow_step_over_its_span():
    slow = np.float32([[[1.0], [2.0]]])
    actual = keras.ops.convert_to_numpy(add_held(np.zeros((1, 6, 1), "float32"), slow))
    np.testing.assert_array_equal(actual[0, :, 0], [1, 1, 1, 2, 2, 2])


def test_symbolic_shapes(reference):
    shapes = (None, 4), (None, 5), (6,)
    inputs = [keras.Input(shape) for shape in shapes]
    assert built(reference, 0)(*inputs).shape == (None, None, 4)
    residual, skip = built(reference, 3)(*inputs)
    assert residual.shape == (None, None, 4)
    assert skip.shape == (None, None, 3)


def test_serialises(reference, normal):
    layer = built(reference, dilation_rate=2)
    reference.check_serialisation(layer, normal(2, 8, 4), normal(2, 4, 5), normal(2, 6))


def test_runs_under_mixed_precision(reference, normal):
    inputs = normal(2, 8, 4), normal(2, 4, 5), normal(2, 6)
    reference.check_bfloat16(built(reference), *inputs, dtype="bfloat16")


def test_weight_paths(reference):
    layer = built(reference, name="block")
    assert [w.path for w in layer.weights] == [
        "block/conv/kernel",
        "block/conv/bias",
        "block/local_projection/kernel",
        "block/global_projection/kernel",
        "block/output_projection/kernel",
        "block/output_projection/bias",
    ]
