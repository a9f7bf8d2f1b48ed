"""The pitch predictor: decoding, what it hears, the shipped weights, LiteRT."""

import keras
import numpy as np
import pytest

from keras_pwavenet.models import PitchPredictor, decode_pitch

SMALL = {"conditioning_channels": 5, "channels": 6, "bins": 30}
FORMANTS = ((500, 80), (1500, 120), (2500, 160), (3500, 250))  # Hz, and bandwidths


def make(scale=0.5, **options):
    model = PitchPredictor(**{**SMALL, **options})
    rng = np.random.default_rng(1)
    for weight in model.trainable_weights:
        weight.assign(scale * rng.normal(size=weight.shape))
    return model


def conditioning(clips=2, frames=20, channels=5):
    return np.random.default_rng(2).normal(size=(clips, frames, channels)).astype("f4")


def decoded(logits, lowest, highest):
    """`decode_pitch` frame by frame."""
    bins = logits.shape[-1] - 1
    centres = np.linspace(np.log(lowest), np.log(highest), bins)
    pitch = np.zeros(logits.shape[:-1])
    for place in np.ndindex(pitch.shape):
        frame = logits[place].astype("float64")
        best = int(np.argmax(frame[:bins]))
        near = slice(max(0, best - 4), min(bins, best + 5))
        shares = np.exp(frame[near] - frame[best])
        if frame[bins] > 0:
            pitch[place] = np.exp((shares * centres[near]).sum() / shares.sum())
    return pitch


@pytest.mark.parametrize("scale", [0.3, 5.0])
def test_decoding(scale, run):
    logits = scale * np.random.default_rng(3).normal(size=(3, 40, 61)).astype("f4")
    logits[0, 0, :60] = 0
    logits[0, 0, 0] = 50  # at the edges of the range
    logits[0, 1, 59] = 50
    found = run(lambda x: decode_pitch(x, 60.0, 500.0), logits)
    np.testing.assert_allclose(found, decoded(logits, 60.0, 500.0), rtol=1e-6)
    assert 0.2 < np.mean(found == 0) < 0.8


def test_far_bins_do_not_count(run):
    """Another peak nearly as high, an octave away, must not pull the pitch."""
    logits = np.full((1, 1, 31), -20.0, "f4")
    logits[0, 0, [10, 22, 30]] = 5.0, 4.9, 1.0
    centre = np.geomspace(50, 600, 30)[10]
    found = run(lambda x: decode_pitch(x, 50.0, 600.0), logits)
    np.testing.assert_allclose(found, [[centre]], rtol=1e-5)


def test_a_frame_hears_its_context(run):
    model = make()
    assert model.context == (6, 6)
    there = conditioning(1, 30)
    logits = run(model, there)
    assert logits.shape == (1, 30, 31)
    changed = there.copy()
    changed[0, 15] += 1
    difference = np.abs(run(model, changed) - logits).max(axis=(0, 2))
    assert (difference[9:22] > 1e-6).all()
    assert (np.delete(difference, range(9, 22)) == 0).all()


def test_part_of_a_graph():
    model = make()
    there = conditioning()
    inputs = keras.Input((None, 5))
    graph = keras.Model(inputs, model.pitch(inputs))
    expected = keras.ops.convert_to_numpy(model.pitch(there))
    found = keras.ops.convert_to_numpy(graph(there))
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    logits = keras.ops.convert_to_numpy(model(there))
    np.testing.assert_allclose(expected, decoded(logits, 50.0, 600.0), rtol=1e-5)
    assert (expected > 0).any()


def test_training_draws_a_level_for_each_clip():
    """Logits of a linear model change by as much as the level does."""
    model = make(num_layers=0)
    there = conditioning(200, 3)
    quiet = keras.ops.convert_to_numpy(model(there, training=False))
    change = keras.ops.convert_to_numpy(model(there, training=True)) - quiet
    slope = keras.ops.convert_to_numpy(model.logits.kernel).sum(axis=0)
    level = change / slope
    np.testing.assert_allclose(level, level[:, :1, :1] + 0 * level, atol=1e-4)
    assert np.std(level[:, 0, 0]) == pytest.approx(0.075, rel=0.2)
    again = keras.ops.convert_to_numpy(model(there, training=True)) - quiet
    assert np.abs(again - change).max() > 0.01


def test_presets_and_precisions(tmp_path, run):
    model = make(dtype="mixed_bfloat16")
    logits = run(model, conditioning())
    assert logits.dtype == np.float32
    assert run(model.pitch, conditioning()).dtype == np.float32
    model.save_to_preset(tmp_path / "preset")
    copy = PitchPredictor.from_preset(tmp_path / "preset", dtype="mixed_bfloat16")
    assert copy.get_config() == model.get_config()
    np.testing.assert_allclose(run(copy, conditioning()), logits, atol=1e-6)
    found = run(make(), conditioning())
    np.testing.assert_allclose(logits, found, atol=0.1 * np.abs(found).max())


@pytest.mark.parametrize(
    "changes", [{"lowest": 0.0}, {"highest": 50.0}, {"kernel_size": 4}, {"bins": 1}]
)
def test_refuses_what_has_no_sense(changes):
    name, value = next(iter(changes.items()))
    with pytest.raises(ValueError, match=f"Received.*{name}={value}"):
        PitchPredictor(**{**SMALL, **changes})


def test_refuses_other_conditioning():
    with pytest.raises(ValueError, match=r"frames, 5\).*Received.*\(2, 20, 4\)"):
        make()(conditioning(channels=4))


def vowel(pitch, rate, seconds=0.6):
    """All harmonics of a pitch through four resonances."""
    time = np.arange(int(seconds * rate)) / rate
    audio = np.zeros(len(time))
    for number in range(1, int(0.475 * rate // pitch) + 1):
        frequency, gain = number * pitch, 1 / number
        for formant, width in FORMANTS:
            ratio = frequency / formant
            gain /= abs(1 - ratio**2 + 1j * frequency * width / formant**2)
        audio += gain * np.sin(2 * np.pi * frequency * time + 0.7 * number**2)
    return 0.1 * audio / np.std(audio)


HEARS = {16_000: (80, 350), 24_000: (60, 450)}


@pytest.fixture(scope="module", params=["pitch_16khz", "pitch_24khz"])
def shipped(request):
    return PitchPredictor.from_preset(request.param)


@pytest.mark.parametrize("pitch", [60, 80, 100, 120, 180, 250, 300, 350, 450])
def test_the_shipped_weights_hear_vowels(pitch, shipped, run):
    rate = shipped.preprocessor.sample_rate
    lowest, highest = HEARS[rate]
    if not lowest <= pitch <= highest:
        pytest.skip("beyond what it was trained on")
    audio = vowel(pitch, rate)
    found = run(shipped.pitch, shipped.preprocessor(audio)[None])[0, 10:-10]
    np.testing.assert_allclose(found, pitch, rtol=0.03)


@pytest.mark.parametrize("pitch", [50, 600])
def test_the_shipped_weights_stay_in_range(pitch, shipped, run):
    """Beyond speech they may be wrong, not absurd."""
    audio = vowel(pitch, shipped.preprocessor.sample_rate)
    found = run(shipped.pitch, shipped.preprocessor(audio)[None])
    assert np.isfinite(found).all()
    assert (found[found > 0] >= 50).all()
    assert (found <= 600).all()


def test_the_shipped_weights_hear_no_voice_in_silence(shipped, run):
    found = run(shipped.pitch, shipped.preprocessor(np.zeros(24_000))[None])
    assert np.mean(found > 0) < 0.05


@pytest.mark.parametrize("loudness", [0.5, 0.05, 0.005])
def test_the_shipped_weights_hear_no_voice_in_hiss(loudness, shipped, run):
    hiss = loudness * np.random.default_rng(0).normal(size=16_000)
    found = run(shipped.pitch, shipped.preprocessor(hiss)[None])
    assert np.mean(found > 0) < 0.05


@pytest.mark.tensorflow
def test_litert_has_builtin_operations_only(tmp_path):
    runtime = pytest.importorskip("ai_edge_litert.interpreter")
    import tensorflow as tf

    model = make()
    signature = tf.TensorSpec((None, None, 5), tf.float32)
    function = tf.function(lambda x: {"pitch": model.pitch(x)}, [signature])
    concrete = function.get_concrete_function()
    module = tf.Module()
    module.weights = [weight.value for weight in model.weights]
    tf.saved_model.save(module, str(tmp_path), signatures=concrete)
    converter = tf.lite.TFLiteConverter.from_saved_model(str(tmp_path))
    interpreter = runtime.Interpreter(model_content=converter.convert())
    names = {operation["op_name"] for operation in interpreter._get_ops_details()}
    assert not [name for name in names if "Flex" in name or "CUSTOM" in name]
    assert not {"VAR_HANDLE", "READ_VARIABLE"} & names
    there = conditioning(2, 9)
    entry = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(entry, there.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(entry, there)
    interpreter.invoke()
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    np.testing.assert_allclose(found, model.pitch(there), rtol=1e-3)
