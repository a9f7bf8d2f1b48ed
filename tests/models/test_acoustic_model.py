import keras
import numpy as np
import pytest

from keras_pwavenet import AcousticModel, training
from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.text.durations import places

SYMBOLS = (" ", ",", ".", "?", "h", "l", "ə", "oʊ", "ˈoʊ")
HELLO = ["h", "ə", "l", "ˈoʊ", "."]


def tiny(**changed):
    keras.utils.set_random_seed(0)
    settings = {
        "symbols": SYMBOLS,
        "preprocessor": LogMelSpectrogram(16000, 256, 64, 256, n_mels=12),
        "channels": 16,
        "encoder_layers": 2,
        "decoder_layers": 2,
        "pitch_channels": 8,
        "pitch_layers": 2,
        "num_speakers": 2,
    }
    return AcousticModel(**{**settings, **changed})


def batch(model, lengths=((3, 1, 2, 4, 2), (2, 2, 2))):
    rows = [np.array(row) for row in lengths]
    symbols, frames = max(map(len, rows)), max(row.sum() for row in rows)

    def padded(arrays, length, shape=()):
        out = np.zeros((len(rows), length, *shape), "float32")
        for row, array in zip(out, arrays, strict=True):
            row[: len(array)] = array
        return out

    words = [model.numbers(HELLO[: len(row)]) for row in rows]
    pitch = [np.linspace(0, 200, row.sum()) for row in rows]
    return {
        "symbols": padded(words, symbols).astype("int32"),
        "owners": padded([np.repeat(np.arange(len(r)), r) for r in rows], frames),
        "places": padded([places(row) for row in rows], frames, (3,)),
        "valid": padded([np.ones(row.sum()) for row in rows], frames),
        "pitch": padded(pitch, frames),
        "speaker": np.array([0, 1], "int32"),
    }


def test_shapes_and_durations():
    model = tiny()
    found = model(batch(model))
    assert {name: tuple(value.shape) for name, value in found.items()} == {
        "durations": (2, 5),
        "pitch": (2, 12, 2),
        "mel": (2, 12, 12),
    }
    said = model.predict_mel(HELLO, speaker=1)
    frames = said["durations"].sum()
    assert len(said["durations"]) == len(HELLO)
    assert said["conditioning"].shape == (frames, 12)
    assert said["conditioning"].dtype == said["pitch"].dtype == np.float32
    assert said["pitch"].shape == (frames,)


def test_padding_changes_nothing():
    model = tiny()
    both = model(batch(model))
    alone = model({n: v[1:] for n, v in batch(model, ((1,), (2, 2, 2))).items()})
    for name, value in alone.items():
        value = keras.ops.convert_to_numpy(value)[0]
        longer = keras.ops.convert_to_numpy(both[name])[1]
        count = 3 if name == "durations" else 6
        np.testing.assert_allclose(value[:count], longer[:count], atol=1e-5)


def test_says_in_one_go_what_it_is_trained_to_say():
    """`predict_mel` gives the mel of `call` for the same durations and pitch."""
    model = tiny()
    model.duration.bias.assign([np.log(4.0)])
    said = model.predict_mel(HELLO, speaker=1)
    inputs = batch(model, (said["durations"], said["durations"]))
    inputs["pitch"] = np.stack([said["pitch"]] * 2)
    mel = keras.ops.convert_to_numpy(model(inputs)["mel"])[1]
    low, high = model.preprocessor.value_range
    np.testing.assert_allclose(said["conditioning"], mel.clip(low, high), atol=1e-5)


def test_rate_and_pitch_scale():
    model = tiny()
    model.duration.bias.assign([np.log(13.0)])
    model.pitch_output.bias.assign([0.0, 9.0])
    usual = model.predict_mel(HELLO)
    fast = model.predict_mel(HELLO, rate=2.0)
    assert fast["durations"].sum() == pytest.approx(
        usual["durations"].sum() / 2, abs=len(HELLO)
    )
    high = model.predict_mel(HELLO, pitch_scale=1.5)
    np.testing.assert_allclose(high["pitch"], 1.5 * usual["pitch"], rtol=1e-5)
    np.testing.assert_array_equal(high["durations"], usual["durations"])
    assert np.abs(high["conditioning"] - usual["conditioning"]).max() > 1e-4


def test_stress_speaker_and_the_end_of_a_sentence_are_heard():
    model = tiny()
    usual = model.predict_mel(HELLO)["conditioning"]
    for other, speaker in (
        (["h", "ə", "l", "oʊ", "."], 0),
        (HELLO, 1),
        ([*HELLO[:-1], "?"], 0),
    ):
        found = model.predict_mel(other, speaker=speaker)["conditioning"]
        assert found.shape != usual.shape or np.abs(found - usual).max() > 1e-4


@pytest.mark.parametrize(
    "symbols, options, words",
    [
        (["h", "x"], {}, "'x'"),
        ([], {}, "no symbol"),
        (HELLO, {"rate": 0.0}, "rate=0.0"),
        (HELLO, {"pitch_scale": float("nan")}, "pitch_scale=nan"),
        (HELLO, {"speaker": 2}, "speaker=2"),
    ],
)
def test_refuses(symbols, options, words):
    with pytest.raises(ValueError, match=f"Received: .*{words}"):
        tiny().predict_mel(symbols, **options)


def test_refuses_a_symbol_that_is_there_twice():
    with pytest.raises(ValueError, match="each of them once"):
        tiny(symbols=["a", "a"])


def test_preset(tmp_path):
    model = tiny()
    model.save_to_preset(tmp_path / "preset")
    same = AcousticModel.from_preset(tmp_path / "preset")
    assert same.symbols == SYMBOLS
    assert same.preprocessor.get_config() == model.preprocessor.get_config()
    for name, value in model.predict_mel(HELLO).items():
        np.testing.assert_array_equal(same.predict_mel(HELLO)[name], value)


def test_learns_a_sentence():
    model = tiny(dropout=0.0)
    inputs = batch(model)
    valid = inputs["valid"]
    random = np.random.default_rng(0)
    targets = {
        "durations": np.array([[3, 1, 2, 4, 2], [2, 2, 2, 0, 0]], "float32"),
        "pitch": inputs["pitch"],
        "mel": random.normal(size=(*valid.shape, 12)).astype("float32"),
    }
    weights = {
        "durations": (inputs["symbols"] > 0).astype("float32"),
        "pitch": valid,
        "mel": valid,
    }
    training.compile_acoustic(model, training.optimizer(0.03, ema=0.5))
    # On TensorFlow, tracing takes longer than a few steps that are run eagerly.
    model.run_eagerly = keras.backend.backend() == "tensorflow"
    before = model.evaluate(inputs, targets, sample_weight=weights, verbose=0)
    model.fit(inputs, targets, sample_weight=weights, epochs=20, verbose=0)
    after = model.evaluate(inputs, targets, sample_weight=weights, verbose=0)
    assert after[0] < 0.5 * before[0]
