import keras
import numpy as np
import pytest

from keras_pwavenet.losses import MixtureLogisticNLL
from keras_pwavenet.models import ParallelWaveNet, WaveNet


class Clips(keras.utils.PyDataset):
    def __init__(self, inputs, targets):
        super().__init__()
        self.item = inputs, targets

    def __len__(self):
        return 2

    def __getitem__(self, index):
        return self.item


def compiled(model, **options):
    model.compile(keras.optimizers.Adam(1e-2), MixtureLogisticNLL(), **options)
    return model


def quickly_compiled(model):
    """On TensorFlow without XLA, which takes long to compile."""
    jit = "auto" if keras.backend.backend() == "jax" else False
    return compiled(model, jit_compile=jit)


@pytest.mark.parametrize("t", [0, 13])
def test_parameters_depend_on_earlier_audio_only(small, t):
    model, inputs = small.teacher(scale=0.7), small.inputs("audio", batch=1)
    other = {**inputs, "audio": inputs["audio"].copy()}
    other["audio"][:, t] += 1
    moved = np.abs(small.run(model, other) - small.run(model, inputs)).max(-1)[0]
    np.testing.assert_array_equal(moved[: t + 1], 0)
    assert moved[t + 1] > 1e-3
    reach = 1 + model.stack.receptive_field  # shift, input convolution of two taps
    assert np.flatnonzero(moved).max() <= t + reach


@pytest.mark.parametrize("frames", [1, 2, 5])
def test_shapes(small, frames):
    inputs = small.inputs("audio", frames=frames)
    outputs = small.run(small.teacher(), inputs)
    assert outputs.shape == (2, frames * small.hop, 6)
    assert outputs.dtype == np.float32


def test_conditioning_and_speaker_count(small):
    model, inputs = small.teacher(num_speakers=3), small.inputs("audio", speakers=3)
    before = small.run(model, inputs)
    other = {**inputs, "speaker": np.array([0, 2], "int32")}
    moved = np.abs(small.run(model, other) - before).max((1, 2))
    assert moved[0] == 0 and moved[1] > 1e-3
    other = {**inputs, "conditioning": -inputs["conditioning"]}
    assert np.abs(small.run(model, other) - before).max((1, 2)).min() > 1e-3


def test_log_scales_stay_above_the_floor(small):
    model = small.teacher(scale=20.0, log_scale_floor=-5.0)
    outputs = small.run(model, small.inputs("audio"))
    assert outputs[..., :4].min() < -100
    assert outputs[..., 4:].min() >= -5


def test_mixed_precision_is_near_float32(small):
    inputs = small.inputs("audio")
    mixed = small.teacher(dtype="mixed_bfloat16")
    assert {w.dtype for w in mixed.trainable_variables} == {"float32"}
    assert mixed.output.dtype == "float32"
    assert mixed.stack.compute_dtype == "bfloat16"
    expected, found = small.run(small.teacher(), inputs), small.run(mixed, inputs)
    assert found.dtype == np.float32
    assert 0 < np.abs(found - expected).max() < 0.05


@pytest.mark.parametrize("speakers", [0, 2])
def test_saves_and_loads_the_whole_model(small, tmp_path, speakers):
    model = compiled(small.teacher(num_speakers=speakers, dtype="mixed_bfloat16"))
    model.save(tmp_path / "teacher.keras")
    copy = keras.saving.load_model(tmp_path / "teacher.keras")
    assert type(copy) is WaveNet
    assert copy.get_config() == model.get_config()
    assert isinstance(copy.loss, MixtureLogisticNLL)
    inputs = small.inputs("audio", speakers=speakers)
    np.testing.assert_array_equal(small.run(copy, inputs), small.run(model, inputs))


def test_fit_and_evaluate_on_arrays(small):
    model, inputs = quickly_compiled(small.teacher()), small.inputs("audio", batch=4)
    history = model.fit(
        inputs, inputs["audio"], batch_size=2, epochs=5, verbose=0
    ).history
    assert history["loss"][-1] < history["loss"][0] - 0.1
    log_prob = -float(MixtureLogisticNLL()(inputs["audio"], model(inputs)))
    found = model.evaluate(inputs, inputs["audio"], verbose=0)
    assert found == pytest.approx(-log_prob, rel=1e-4)


def test_evaluate_with_a_weight_for_each_clip(small):
    model, inputs = quickly_compiled(small.teacher()), small.inputs("audio")
    weight = np.float32([0, 2])
    found = model.evaluate(
        inputs, inputs["audio"], sample_weight=weight, verbose=0, return_dict=True
    )
    second = {key: value[1:] for key, value in inputs.items()}
    expected = model.evaluate(second, second["audio"], verbose=0)
    assert found["loss"] == pytest.approx(expected, rel=1e-4)


def test_fit_on_a_dataset_under_mixed_precision(small):
    model = compiled(small.teacher(dtype="mixed_bfloat16"))
    inputs = small.inputs("audio")
    data = Clips(inputs, inputs["audio"])
    history = model.fit(data, epochs=3, verbose=0, validation_data=data).history
    assert history["loss"][-1] < history["loss"][0]
    assert history["val_loss"][-1] < history["val_loss"][0]


@pytest.mark.tensorflow
def test_fit_on_tf_data(small):
    import tensorflow as tf

    inputs = small.inputs("audio", batch=4)
    data = tf.data.Dataset.from_tensor_slices((inputs, inputs["audio"])).batch(2)
    model = quickly_compiled(small.teacher())
    history = model.fit(data, epochs=3, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]


def test_weight_paths(small, tmp_path):
    model = small.teacher(num_speakers=2)
    stack = "layers/wave_net_stack/blocks"
    blocks = [f"{stack}/gated_residual_block", f"{stack}/gated_residual_block_1"]
    assert small.weight_paths(model, tmp_path) == [
        *small.pair("layers/causal_conv1d"),
        *small.pair("layers/conditioning_upsampler/context_conv"),
        *small.pair("layers/conditioning_upsampler/smoothing_convs/conv1d"),
        "layers/embedding/vars/0",
        *small.pair("layers/mixture_head/hidden"),
        *small.pair("layers/mixture_head/output_projection"),
        *[path for block in blocks for path in small.block_paths(block)],
    ]
    names = [w.path for w in model.weights]
    assert len(set(names)) == len(names)
    assert "stack/block_1/local_projection/kernel" in names


def test_refuses_factors_that_do_not_divide_the_hop():
    with pytest.raises(ValueError, match=r"upsample_factors=\(3,\), hop_length=160"):
        WaveNet(upsample_factors=(3,))


@pytest.mark.parametrize(("hop", "factor"), [(160, 5), (256, 4), (300, 5), (7, 1)])
def test_upsampling_fits_the_hop(hop, factor):
    assert WaveNet(5, hop, 2, 1, residual_channels=4).upsample_factors == (factor,)


@pytest.mark.parametrize("model", [WaveNet, ParallelWaveNet])
def test_unknown_arguments_are_refused(model):
    with pytest.raises(TypeError, match="chanels"):
        model(chanels=8)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda audio: np.where(audio == audio[1, 3], np.nan, audio), "clips .1. of 2"),
        (lambda audio: audio[:, :-1], r"frames \* \d+.*Received: audio\.shape"),
    ],
)
def test_refuses_arrays_that_cannot_be_trained_on(small, change, message):
    model, inputs = small.teacher(), small.inputs("audio")
    model.compile("sgd", MixtureLogisticNLL())
    audio = change(inputs["audio"])
    for method in ("fit", "evaluate", "train_on_batch", "test_on_batch"):
        with pytest.raises(ValueError, match=message):
            getattr(model, method)({**inputs, "audio": audio}, audio)
