import numpy as np
import pytest

from keras_pwavenet.layers import WaveNetStack


def built(reference, skip_channels=3, layers=4, cycles=2, speaker=False, **options):
    layer = WaveNetStack(layers, cycles, 4, skip_channels, **options)
    shapes = [(None, None, 4), (None, None, 5), (None, 6)]
    layer.build(*shapes[: 3 if speaker else 2])
    return reference.randomize(layer)


def test_dilation_doubles_and_starts_again(reference):
    layer = built(reference, layers=6, cycles=2)
    assert [b.dilation_rate for b in layer.blocks] == [1, 2, 4, 1, 2, 4]
    paper = WaveNetStack(30, 3, residual_channels=2)
    assert paper.receptive_field == 6139


@pytest.mark.parametrize("skip_channels", [0, 3])
def test_equals_numpy(reference, normal, skip_channels):
    layer = built(reference, skip_channels, speaker=True)
    inputs = normal(2, 12, 4), normal(2, 6, 5), normal(2, 6)
    actual = reference.run(layer, *inputs)
    np.testing.assert_allclose(actual, reference.stack(layer, *inputs), atol=1e-4)


@pytest.mark.parametrize("skip_channels", [0, 3])
@pytest.mark.parametrize("kernel_size", [2, 3])
def test_receptive_field_by_perturbation(reference, normal, skip_channels, kernel_size):
    layer = built(reference, skip_channels, kernel_size=kernel_size)
    inputs, local = normal(1, 30, 4), normal(1, 30, 5)
    other = inputs.copy()
    other[:, 7] += 1
    moved = reference.run(layer, other, local) - reference.run(layer, inputs, local)
    places = np.flatnonzero(np.abs(moved).max(axis=(0, 2)))
    assert places.min() == 7
    assert places.max() == 7 + layer.receptive_field - 1


def test_symbolic_shape(reference):
    shapes = (2, 12, 4), (2, 6, 5)
    assert built(reference, 3).compute_output_shape(*shapes) == (2, 12, 3)
    assert built(reference, 0).compute_output_shape(*shapes) == (2, 12, 4)


def test_serialises(reference, normal):
    reference.check_serialisation(built(reference), normal(2, 8, 4), normal(2, 4, 5))


def test_runs_under_mixed_precision(reference, normal):
    inputs = normal(2, 8, 4), normal(2, 4, 5)
    reference.check_bfloat16(built(reference), *inputs, dtype="bfloat16")


def test_weight_paths(reference):
    layer = built(reference, layers=2, cycles=1, name="stack")
    names = [
        "conv/kernel",
        "conv/bias",
        "local_projection/kernel",
        "output_projection/kernel",
        "output_projection/bias",
    ]
    expected = [f"stack/block_{index}/{name}" for index in (0, 1) for name in names]
    assert [w.path for w in layer.weights] == expected


@pytest.mark.parametrize(("layers", "cycles"), [(5, 2), (0, 1), (4, 0)])
def test_refuses_incomplete_cycles(layers, cycles):
    with pytest.raises(ValueError, match=f"num_layers={layers}, num_cycles={cycles}"):
        WaveNetStack(layers, cycles)
