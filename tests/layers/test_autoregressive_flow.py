import keras
import numpy as np
import pytest

from keras_pwavenet.layers import InverseAutoregressiveFlow

SIZES = [1, 2, 4, 8]


def built(reference, block_size, speaker=False, scale=0.3, **options):
    layer = InverseAutoregressiveFlow(block_size, 2, 1, 4, kernel_size=2, **options)
    shapes = [(None, None), (None, None, 5), (None, 6)]
    layer.build(*shapes[: 3 if speaker else 2])
    return reference.randomize(layer, scale)


def noise_and_conditioning(normal, block_size, samples=16, held=1, batch=1):
    conditioning = normal(batch, samples // block_size // held, 5)
    return normal(batch, samples), conditioning


@pytest.mark.parametrize("block_size", SIZES)
def test_equals_numpy(reference, normal, block_size):
    layer = built(reference, block_size, speaker=True, initial_log_scale=-0.7)
    inputs = noise_and_conditioning(normal, block_size, held=2, batch=2)
    inputs = *inputs, normal(2, 6)
    outputs, log_scale = reference.run(layer, *inputs)
    expected, expected_log_scale = reference.flow(layer, *inputs)
    np.testing.assert_allclose(outputs, expected, atol=1e-4)
    np.testing.assert_allclose(log_scale, expected_log_scale, atol=1e-5)


@pytest.mark.parametrize("block_size", [1, 4])
def test_each_blocks_network_hears_its_source(reference, normal, block_size):
    layer = InverseAutoregressiveFlow(block_size, 2, 1, 4, kernel_size=2)
    layer.build((None, None), (None, None, 5), None, (None, None, 3))
    reference.randomize(layer, 0.3)
    noise, conditioning = noise_and_conditioning(normal, block_size)
    source = normal(1, 16, 3)

    def hear(noise, conditioning, source):
        return layer(noise, conditioning, source=source)

    found = reference.run(hear, noise, conditioning, source)
    expected = reference.flow(layer, noise, conditioning, source=source)
    for actual, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(actual, wanted, atol=1e-4)
    source[0, 8] += 1.0
    moved, _ = reference.run(hear, noise, conditioning, source)
    first = 8 // block_size * block_size
    np.testing.assert_array_equal(moved[:, :first], found[0][:, :first])
    assert np.abs(moved - found[0])[:, first:].max() > 1e-3


@pytest.mark.parametrize("block_size", SIZES)
def test_jacobian_is_triangular_and_its_determinant_the_sum_of_log_scales(
    reference, normal, jacobian, block_size
):
    layer = built(reference, block_size)
    noise, conditioning = noise_and_conditioning(normal, block_size)
    conditioning = keras.ops.convert_to_tensor(conditioning)
    found = jacobian(lambda z: layer(z[None], conditioning)[0][0], noise[0])
    assert found.shape == (16, 16)
    np.testing.assert_array_equal(np.triu(found, 1), 0)
    log_scale = reference.run(layer, noise, conditioning)[1][0]
    np.testing.assert_allclose(np.diag(found), np.exp(log_scale), rtol=1e-5)
    sign, log_determinant = np.linalg.slogdet(found.astype("float64"))
    assert sign == 1
    assert log_determinant == pytest.approx(log_scale.sum(), abs=1e-4)
    lower = np.abs(np.tril(found, -1))
    assert lower.max() > 0.01
    if block_size > 1:  # inside a block, earlier samples count too
        assert lower[:block_size, :block_size].max() > 0.01


@pytest.mark.parametrize("block_size", SIZES)
def test_log_determinant_by_brute_force(reference, normal, block_size):
    layer = built(reference, block_size)
    noise, conditioning = noise_and_conditioning(normal, block_size, samples=8)
    step = 1e-5
    moved = noise + step * np.concatenate([np.eye(8), -np.eye(8)])
    conditioning = np.repeat(conditioning, 16, axis=0)
    outputs, _ = reference.flow(layer, moved, conditioning)
    columns = (outputs[:8] - outputs[8:]) / (2 * step)
    log_determinant = np.linalg.slogdet(columns)[1]
    log_scale = reference.run(layer, noise, conditioning[:1])[1]
    assert log_determinant == pytest.approx(log_scale.sum(), abs=1e-4)


@pytest.mark.parametrize("block_size", SIZES)
def test_nothing_earlier_moves(reference, normal, block_size):
    layer = built(reference, block_size)
    noise, conditioning = noise_and_conditioning(normal, block_size)
    t = 8
    other = noise.copy()
    other[:, t] += 2
    before = reference.run(layer, noise, conditioning)
    after = reference.run(layer, other, conditioning)
    moved = np.abs(after[0] - before[0])[0]
    np.testing.assert_array_equal(moved[:t], 0)
    assert moved[t] > 0
    # The scales of a block depend on earlier blocks only.
    moved = np.abs(after[1] - before[1])[0]
    block_end = t - t % block_size + block_size
    np.testing.assert_array_equal(moved[:block_end], 0)
    assert block_end == 16 or moved[block_end:].max() > 0


def test_block_size_one_is_the_recursion_of_the_paper(reference, normal):
    """x_t = z_t s(z_<t) + mu(z_<t), with s and mu from runs on z_<t alone."""
    layer = built(reference, 1)
    noise, conditioning = noise_and_conditioning(normal, 1, samples=8)
    past = np.tril(np.broadcast_to(noise, (8, 8)), -1)  # row t holds z_<t
    location, log_scales = reference.run(layer, past, np.repeat(conditioning, 8, 0))
    expected = noise[0] * np.exp(np.diag(log_scales)) + np.diag(location)
    outputs, log_scale = reference.run(layer, noise, conditioning)
    np.testing.assert_allclose(outputs[0], expected, atol=1e-5)
    np.testing.assert_allclose(log_scale[0], np.diag(log_scales), atol=1e-5)


@pytest.mark.parametrize("block_size", [1, 4])
def test_starts_near_the_identity(reference, normal, block_size):
    layer = InverseAutoregressiveFlow(block_size, 2, residual_channels=8)
    noise, conditioning = noise_and_conditioning(normal, block_size, samples=64)
    outputs, log_scale = reference.run(layer, noise, conditioning)
    assert np.abs(log_scale).max() < 0.2
    assert np.abs(outputs - noise).max() < 0.5


def test_log_scale_is_bounded(reference, normal):
    layer = built(reference, 2, scale=30.0)
    inputs = noise_and_conditioning(normal, 2)
    outputs, log_scale = reference.run(layer, *inputs)
    assert 4 < np.abs(log_scale).max() <= 5
    assert np.isfinite(outputs).all()


def test_symbolic_outputs_are_float32(reference):
    layer = built(reference, 4, dtype="mixed_bfloat16")
    outputs = layer(keras.Input((None,)), keras.Input((None, 5)))
    assert [tuple(value.shape) for value in outputs] == [(None, None)] * 2
    assert {value.dtype for value in outputs} == {"float32"}


def test_serialises(reference, normal):
    layer = built(reference, 2, initial_log_scale=-1.5)
    reference.check_serialisation(layer, *noise_and_conditioning(normal, 2))


def test_runs_under_mixed_precision(reference, normal):
    inputs = noise_and_conditioning(normal, 4)
    reference.check_bfloat16(built(reference, 4), *inputs, dtype="float32")


def test_noise_is_not_rounded_under_mixed_precision(reference, normal):
    """With a head of zeros the flow is the identity, to the last bit."""
    layer = built(reference, 4, scale=0.0, dtype="mixed_bfloat16")
    noise, conditioning = noise_and_conditioning(normal, 4)
    outputs, log_scale = reference.run(layer, noise, conditioning)
    np.testing.assert_array_equal(outputs, noise)
    np.testing.assert_array_equal(log_scale, 0)


def test_weight_paths(reference):
    layer = built(reference, 2, name="flow")
    blocks = [
        f"flow/stack/block_{index}/{name}"
        for index in (0, 1)
        for name in (
            "conv/kernel",
            "conv/bias",
            "local_projection/kernel",
            "output_projection/kernel",
            "output_projection/bias",
        )
    ]
    assert [w.path for w in layer.weights] == [
        "flow/input_conv/kernel",
        "flow/input_conv/bias",
        *blocks,
        "flow/head/kernel",
        "flow/head/bias",
    ]
    # shifts, log-scales, and what lies below the diagonal of a 2 x 2 matrix
    assert layer.head.units == 2 + 2 + 1


@pytest.mark.parametrize("block_size", [0, 2.0])
def test_refuses_block_sizes_that_are_not_positive_integers(block_size):
    with pytest.raises(ValueError, match=f"block_size={block_size}"):
        InverseAutoregressiveFlow(block_size)
