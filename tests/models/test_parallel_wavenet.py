import keras
import numpy as np
import pytest
from scipy import stats

from keras_pwavenet.models import ParallelWaveNet


@pytest.mark.parametrize("block_size", [1, 2])
@pytest.mark.parametrize("frames", [1, 4])
def test_audio_is_location_plus_scale_times_noise(small, block_size, frames):
    model = small.student(block_size=block_size)
    inputs = small.inputs("noise", frames=frames)
    outputs = small.run(model, inputs)
    assert set(outputs) == {"audio", "loc", "log_scale"}
    for value in outputs.values():
        assert value.shape == (2, frames * small.hop)
        assert value.dtype == np.float32
    expected = outputs["loc"] + np.exp(outputs["log_scale"]) * inputs["noise"]
    np.testing.assert_allclose(outputs["audio"], expected, atol=1e-5)


@pytest.mark.parametrize("block_size", [1, 2, 4])
def test_location_and_scale_depend_on_earlier_noise_only(small, jacobian, block_size):
    """Diagonal and above: zero for the location, the scale for the audio."""
    model = small.student(block_size=block_size)
    inputs = small.inputs("noise", batch=1, frames=2)
    conditioning = keras.ops.convert_to_tensor(inputs["conditioning"])

    def values(noise):
        outputs = model({"noise": noise[None], "conditioning": conditioning})
        names = ("loc", "log_scale", "audio")
        return keras.ops.concatenate([outputs[name][0] for name in names])

    loc, log_scale, audio = np.split(jacobian(values, inputs["noise"][0]), 3)
    # loc is a difference of two paths through its own noise: zero up to rounding.
    np.testing.assert_allclose(np.triu(loc), 0, atol=1e-6)
    np.testing.assert_array_equal(np.triu(log_scale), 0)
    np.testing.assert_array_equal(np.triu(audio, 1), 0)
    scale = np.exp(small.run(model, inputs)["log_scale"][0])
    np.testing.assert_allclose(np.diag(audio), scale, rtol=1e-4)
    for earlier in (loc, log_scale, audio):
        assert np.abs(np.tril(earlier, -1)).max() > 1e-2


@pytest.mark.parametrize("block_size", [1, 2])
def test_no_sample_before_a_moved_one_moves(small, block_size):
    model, inputs = small.student(block_size=block_size), small.inputs("noise")
    other = {**inputs, "noise": inputs["noise"].copy()}
    other["noise"][:, 12] += 3
    before, after = small.run(model, inputs), small.run(model, other)
    for name in before:
        moved = np.abs(after[name] - before[name])
        np.testing.assert_array_equal(moved[:, :12], 0)
        assert moved[:, 13:].max() > 1e-3


@pytest.mark.parametrize(
    ("hop", "block", "factor"), [(160, 16, 5), (256, 16, 4), (240, 16, 5), (16, 16, 1)]
)
def test_upsampling_fits_hop_and_block(hop, block, factor):
    student = ParallelWaveNet(5, hop, (2,), 2, 4, block_size=block)
    assert student.upsample_factors == (factor,)


def test_starts_as_quiet_noise_of_the_scale_asked_for(small):
    model = ParallelWaveNet(5, 8, (2, 2, 2), 2, 8, block_size=4, upsample_factors=(2,))
    inputs = small.inputs("noise", frames=40)
    inputs["noise"] = np.random.default_rng(0).logistic(size=(2, 320)).astype("float32")
    outputs = small.run(model, inputs)
    assert np.exp(outputs["log_scale"]).mean() == pytest.approx(0.05, rel=0.2)
    assert np.abs(outputs["loc"]).mean() < 0.05
    assert outputs["audio"].std() == pytest.approx(0.05 * np.pi / 3**0.5, rel=0.25)
    scaled = np.corrcoef(outputs["audio"].ravel(), inputs["noise"].ravel())[0, 1]
    assert scaled > 0.95


def test_conditioning_and_speaker_count(small):
    model, inputs = small.student(num_speakers=3), small.inputs("noise", speakers=3)
    before = small.run(model, inputs)["audio"]
    other = {**inputs, "speaker": np.array([0, 2], "int32")}
    moved = np.abs(small.run(model, other)["audio"] - before).max(1)
    assert moved[0] == 0 and moved[1] > 1e-3
    other = {**inputs, "conditioning": -inputs["conditioning"]}
    assert np.abs(small.run(model, other)["audio"] - before).max(1).min() > 1e-3


def test_mixed_precision_keeps_waveform_and_scale_in_float32(small):
    inputs = small.inputs("noise")
    mixed = small.student(dtype="mixed_bfloat16")
    assert {output.dtype for output in mixed.outputs} == {"float32"}
    assert {w.dtype for w in mixed.trainable_variables} == {"float32"}
    expected, found = small.run(small.student(), inputs), small.run(mixed, inputs)
    for name in expected:
        assert found[name].dtype == np.float32
        assert 0 < np.abs(found[name] - expected[name]).max() < 0.05


@pytest.mark.parametrize("speakers", [0, 2])
def test_saves_and_loads_the_whole_model(small, tmp_path, speakers):
    model = small.student(num_speakers=speakers, dtype="mixed_bfloat16")
    model.save(tmp_path / "student.keras")
    copy = keras.saving.load_model(tmp_path / "student.keras")
    assert type(copy) is ParallelWaveNet
    assert copy.get_config() == model.get_config()
    inputs = small.inputs("noise", speakers=speakers)
    expected, found = small.run(model, inputs), small.run(copy, inputs)
    for name in expected:
        np.testing.assert_array_equal(found[name], expected[name])


def speak(model, conditioning, **options):
    return keras.ops.convert_to_numpy(model.generate(conditioning, **options))


def test_generate(small):
    model, conditioning = small.student(), small.inputs("noise")["conditioning"]
    first = speak(model, conditioning, seed=1)
    assert first.shape == (2, 4 * small.hop)
    assert first.dtype == np.float32
    np.testing.assert_array_equal(speak(model, conditioning, seed=1), first)
    np.testing.assert_array_equal(np.asarray(model.generate(conditioning, 1)), first)
    assert np.abs(speak(model, conditioning, seed=2) - first).max() > 1e-2
    draws = [speak(model, conditioning) for _ in range(2)]
    assert np.abs(draws[0] - draws[1]).max() > 1e-2


def test_generate_draws_logistic_noise_and_scales_it(small):
    """A student of zero weights gives its noise, times the initial scale."""
    model = small.student(scale=0.0, initial_scale=0.02, block_size=1)
    conditioning = np.zeros((2, 300, 5), "float32")
    inputs = small.inputs("noise", frames=1)
    scale = np.exp(small.run(model, inputs)["log_scale"][0, 0])
    noise = speak(model, conditioning, seed=5).ravel() / scale
    assert stats.kstest(noise, "logistic").pvalue > 1e-3
    half = speak(model, conditioning, seed=5, temperature=0.5).ravel() / scale
    np.testing.assert_allclose(half, noise / 2, rtol=1e-3, atol=1e-5)


def test_generate_at_temperature_zero_is_the_most_likely_audio(small):
    model, inputs = small.student(), small.inputs("noise")
    silent = {**inputs, "noise": np.zeros_like(inputs["noise"])}
    expected = np.clip(small.run(model, silent)["audio"], -1, 1)
    for seed in (1, 2):
        found = speak(model, inputs["conditioning"], seed=seed, temperature=0)
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_generate_keeps_to_the_range_of_audio(small):
    loud = small.student(scale=3.0)
    audio = speak(loud, small.inputs("noise")["conditioning"], seed=0)
    assert np.abs(audio).max() == 1


def test_generate_speaks_as_the_speaker(small):
    model, inputs = small.student(num_speakers=2), small.inputs("noise")
    first, second = (
        speak(model, inputs["conditioning"], seed=1, speaker=[who] * 2)
        for who in (0, 1)
    )
    assert np.abs(first - second).max() > 1e-3


@pytest.mark.parametrize("shape", [(4, 5), (2, 4, 6), (2, 0, 5)])
def test_generate_refuses_other_shapes(small, shape):
    with pytest.raises(ValueError, match=r"conditioning\.shape="):
        small.student().generate(np.zeros(shape, "float32"))


def test_generate_refuses_negative_temperature(small):
    with pytest.raises(ValueError, match="Received: temperature=-1"):
        small.student().generate(np.zeros((1, 1, 5), "float32"), temperature=-1)


def test_weight_paths(small, tmp_path):
    model = small.student(num_speakers=2, flow_layers=(2, 4))
    expected = [
        *small.pair("layers/conditioning_upsampler/context_conv"),
        *small.pair("layers/conditioning_upsampler/smoothing_convs/conv1d"),
        "layers/embedding/vars/0",
    ]
    flow = "layers/inverse_autoregressive_flow"
    for name, layers in ((flow, 2), (f"{flow}_1", 4)):
        expected += small.pair(f"{name}/head") + small.pair(f"{name}/input_conv")
        for number in range(layers):
            suffix = f"_{number}" if number else ""
            block = f"{name}/stack/blocks/gated_residual_block{suffix}"
            expected += small.block_paths(block)
    assert small.weight_paths(model, tmp_path) == expected
    names = [w.path for w in model.weights]
    assert len(set(names)) == len(names)
    assert "flow_1/stack/block_3/conv/kernel" in names


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"block_size": 3}, "block_size=3"),
        ({"flow_layers": (7, 8)}, r"flow_layers=\(7, 8\), layers_per_cycle=7"),
    ],
)
def test_refuses_what_does_not_divide(options, message):
    with pytest.raises(ValueError, match=message):
        ParallelWaveNet(**options)
