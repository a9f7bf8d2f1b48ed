"""What a SavedModel answers, run in this process."""

import itertools

import keras
import numpy as np
import pytest

from keras_pwavenet import ParallelWaveNet, WaveNet
from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.export import export_saved_model, saved_model
from keras_pwavenet.export.warmup import WARMUP

pytestmark = pytest.mark.tensorflow
HOP, CHANNELS = 8, 5


@pytest.fixture(scope="module")
def student():
    student = ParallelWaveNet(
        *(CHANNELS, HOP, (2, 2), 2), residual_channels=4, block_size=2, num_speakers=3,
        upsample_channels=4, upsample_factors=(2, 2),
    )  # fmt: skip
    random = np.random.default_rng(7)
    student.set_weights([0.3 * random.normal(size=w.shape) for w in student.weights])
    return student


@pytest.fixture(scope="module")
def folder(student, tmp_path_factory):
    return export_saved_model(student, tmp_path_factory.mktemp("voice"), 3)


def loaded(folder):
    """Runs a signature of the SavedModel on arrays."""
    import tensorflow as tf

    signatures = tf.saved_model.load(str(folder)).signatures

    def run(signature, inputs):
        inputs = {name: tf.constant(value) for name, value in inputs.items()}
        return signatures[signature](**inputs)["audio"].numpy()

    return run


@pytest.fixture(scope="module")
def serve(folder):
    return loaded(folder)


@pytest.fixture
def request_of():
    """Makes a padded batch for `serving_default`, with NaN as padding."""

    def make(*lengths, seed=0, speakers=True):
        random, clips = np.random.default_rng(seed), len(lengths)
        shape = (clips, max(lengths) + 2, CHANNELS)
        inputs = {
            "conditioning": random.normal(size=shape).astype("float32"),
            "length": np.array(lengths, "int32"),
            "seed": random.integers(0, 2**40, clips),
            "temperature": random.uniform(0.3, 1.0, clips).astype("float32"),
            "speaker": (np.arange(clips) % 3).astype("int32"),
        }
        for clip, length in enumerate(lengths):
            inputs["conditioning"][clip, length:] = (np.nan, 9.0)[clip % 2]
        return inputs

    return make


@pytest.fixture(scope="module")
def serve_in_pieces(student, tmp_path_factory):
    """`serve` of a SavedModel that speaks 24 frames at a time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(saved_model, "_BLOCKS", 1)
        return loaded(export_saved_model(student, tmp_path_factory.mktemp("pieces")))


@pytest.fixture(scope="module")
def following(make_following):
    mel = LogMelSpectrogram(
        8000, n_fft=64, hop_length=HOP, win_length=40, n_mels=CHANNELS, fmax=4000.0
    )
    return make_following(
        *(mel, 0.3, (200.0, 1500.0)),
        block_size=2,
        upsample_factors=(2, 2),
        initial_scale=0.2,
        predictor_order=5,
    )


@pytest.fixture(scope="module")
def serve_following(following, tmp_path_factory):
    """It, in pieces of 24 frames."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(saved_model, "_BLOCKS", 1)
        return loaded(export_saved_model(following, tmp_path_factory.mktemp("source")))


@pytest.mark.parametrize("lengths", [(1,), (2, 7, 1, 5), (18, 133, 9, 95)])
@pytest.mark.parametrize("given", [False, True])
def test_each_clip_follows_its_pitch_as_in_generate(
    following, serve_following, request_of, lengths, given
):
    inputs = request_of(*lengths)
    del inputs["speaker"]
    inputs["conditioning"] = 0.3 * inputs["conditioning"] - 0.6  # like speech
    random, frames = np.random.default_rng(5), max(lengths) + 2
    scales = random.uniform(0.5, 2.0, len(lengths)).astype("float32")
    pitch = -np.ones((len(lengths), frames), "float32")
    if given:
        pitch = random.uniform(-300, 1000, pitch.shape).astype("float32")
        pitch = np.maximum(pitch, 0.0)
    for clip, length in enumerate(lengths):
        pitch[clip, length:] = (np.nan, 9.0)[clip % 2]
    inputs |= {"pitch": pitch, "pitch_scale": scales}
    audio = serve_following("serving_default", inputs)
    voiced = []
    for clip, length in enumerate(lengths):
        conditioning = inputs["conditioning"][clip : clip + 1, :length]
        alone = following.generate(
            conditioning,
            int(inputs["seed"][clip]),
            float(inputs["temperature"][clip]),
            pitch=pitch[clip : clip + 1, :length] if given else None,
            pitch_scale=float(scales[clip]),
        )[0]
        np.testing.assert_allclose(audio[clip, : length * HOP], alone, atol=1e-4)
        np.testing.assert_array_equal(audio[clip, length * HOP :], 0.0)
        voiced.append(np.asarray(following.pitch_predictor.pitch(conditioning))[0] > 0)
    if len(lengths) > 1:
        assert 0.1 < np.mean(np.concatenate(voiced)) < 0.9
        assert 0.01 < audio.std() and np.mean(np.abs(audio) == 1) < 0.05


def test_a_bad_pitch_is_refused(following, serve_following, request_of):
    import tensorflow as tf

    good = request_of(7, 7)
    del good["speaker"]
    good["pitch"] = -np.ones(good["conditioning"].shape[:2], "float32")
    good["pitch_scale"] = np.ones(2, "float32")
    serve_following("serving_default", good)
    high, unknown = good["pitch"].copy(), good["pitch"].copy()
    high[1, 3], unknown[0, 0] = 2001.0, np.nan
    for change, message in (
        ({"pitch": high}, "`pitch` of 2000 Hz or less"),
        ({"pitch": high}, "pitch with NaN or higher numbers in clips=] [1]"),
        ({"pitch": unknown}, "higher numbers in clips=] [0]"),
        ({"pitch": high[:, 1:]}, "`pitch` of shape (batch, frames)"),
        ({"pitch_scale": np.ones(3, "float32")}, "`pitch_scale` of shape (batch,)"),
        ({"pitch_scale": np.array([1.0, 0.0], "float32")}, "`pitch_scale` from 0.1 to"),
        ({"pitch_scale": np.array([1.0, np.nan], "float32")}, "pitch_scale=] [1 nan]"),
    ):
        with pytest.raises(tf.errors.InvalidArgumentError) as caught:
            serve_following("serving_default", {**good, **change})
        assert message in str(caught.value)


@pytest.mark.parametrize("lengths", [(1,), (7,), (2, 7, 1, 5), (18, 63, 9, 45)])
def test_each_clip_is_spoken_as_generate_speaks_it_alone(
    student, serve, serve_in_pieces, request_of, lengths
):
    if max(lengths) > 24:
        serve = serve_in_pieces
    inputs = request_of(*lengths)
    audio = serve("serving_default", inputs)
    assert audio.shape == (len(lengths), max(lengths) * HOP)
    for clip, length in enumerate(lengths):
        alone = student.generate(
            inputs["conditioning"][clip : clip + 1, :length],
            int(inputs["seed"][clip]),
            float(inputs["temperature"][clip]),
            inputs["speaker"][clip : clip + 1],
        )[0]
        np.testing.assert_allclose(audio[clip, : length * HOP], alone, atol=1e-5)
        np.testing.assert_array_equal(audio[clip, length * HOP :], 0.0)
    assert np.abs(audio).max() > 0.1


def test_noise_may_be_given(student, serve, request_of):
    inputs = request_of(6, 3)
    del inputs["seed"], inputs["temperature"]
    noise = np.random.default_rng(1).logistic(size=(2, 8 * HOP)).astype("float32")
    noise[0, 6 * HOP :] = np.inf
    audio = serve("from_noise", {**inputs, "noise": noise})
    for clip, length in enumerate((6, 3)):
        alone = {
            "conditioning": inputs["conditioning"][clip : clip + 1, :length],
            "noise": noise[clip : clip + 1, : length * HOP],
            "speaker": inputs["speaker"][clip : clip + 1],
        }
        alone = np.clip(student(alone)["audio"][0], -1, 1)
        np.testing.assert_allclose(audio[clip, : length * HOP], alone, atol=1e-5)
    assert np.abs(audio).max() == 1.0


BAD = {
    "shape (batch, frames, 5)": {"conditioning": np.zeros((2, 9, 4), "float32")},
    "frames, clips by their longest. Received: clips and frames=] [2 8193]": {
        "conditioning": np.zeros((2, 8_193, 5), "float32")
    },
    "a clip and a frame or more": {"conditioning": np.zeros((2, 0, 5), "float32")},
    "conditioning.shape=] [0 9 5]": {"conditioning": np.zeros((0, 9, 5), "float32")},
    "`conditioning` of numbers from -10000 to 10000": {
        "conditioning": np.full((2, 9, 5), np.nan, "float32")
    },
    "NaN or larger numbers in clips=] [1]": {
        "conditioning": np.array([[[0.0]], [[np.inf]]], "float32") * np.ones((9, 5))
    },
    "to the frames of `conditioning`. Received: length=] [7 10]": {"length": [7, 10]},
    "Received: length=] [0 7]": {"length": [0, 7]},
    "`length` of shape (batch,)": {"length": [7]},
    "`seed` of shape (batch,)": {"seed": [1, 2, 3]},
    "each `temperature` from 0 to 10": {"temperature": [1.0, np.nan]},
    "Received: temperature=] [-1 1]": {"temperature": [-1.0, 1.0]},
    "Received: temperature=] [1e+30 1]": {"temperature": [1e30, 1.0]},
    "each `speaker` from 0 to 2": {"speaker": [3, 0]},
    "`noise` of shape (batch, frames * 8)": {"noise": np.zeros((2, 56), "float32")},
}


@pytest.mark.parametrize(("message", "change"), BAD.items())
def test_a_bad_request_is_refused_and_the_next_one_served(
    serve, request_of, message, change
):
    import tensorflow as tf

    good = request_of(7, 7)
    signature, bad = "serving_default", dict(good)
    if "noise" in change:
        signature = "from_noise"
        del bad["seed"], bad["temperature"]
    for name, value in change.items():
        bad[name] = np.asarray(value, good.get(name, np.float32(0)).dtype)
    expected = serve("serving_default", good)
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        serve(signature, bad)
    assert message in str(caught.value)
    np.testing.assert_array_equal(serve("serving_default", good), expected)


def test_nothing_needs_xla(folder):
    graph = (folder / "saved_model.pb").read_bytes()
    assert b"StatelessRandomUniform" in graph
    assert b"XlaCallModule" not in graph
    assert b"_XlaMustCompile" not in graph


def test_warm_up_requests_are_prediction_logs_that_the_signatures_take(folder, serve):
    pytest.importorskip("tensorflow_serving", reason="needs tensorflow-serving-api")
    import tensorflow as tf
    from google.protobuf.unknown_fields import UnknownFieldSet
    from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

    records = tf.data.TFRecordDataset(str(folder / WARMUP)).as_numpy_iterator()
    seen = []
    for record in records:
        log = PredictionLog.FromString(record)
        request = log.predict_log.request
        assert not any(map(len, map(UnknownFieldSet, (log, log.predict_log, request))))
        inputs = {name: tf.make_ndarray(x) for name, x in request.inputs.items()}
        audio = serve(request.model_spec.signature_name, inputs)
        assert audio.shape == (len(inputs["length"]), inputs["length"].max() * HOP)
        seen.append((request.model_spec.signature_name, len(audio)))
    assert sorted(seen) == sorted(
        itertools.product(("serving_default", "from_noise"), (1, 2))
    )


def test_a_version_is_written_whole_or_not_at_all(student, tmp_path, monkeypatch):
    def fail(*arguments):
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(saved_model, "write_warmup", fail)
        with pytest.raises(OSError, match="disk full"):
            export_saved_model(student, tmp_path)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "1").mkdir()
    with pytest.raises(FileExistsError, match=r"does not exist yet.*version=1"):
        export_saved_model(student, tmp_path)
    assert list((tmp_path / "1").iterdir()) == []


def test_refuses_what_it_cannot_export(student, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="a `ParallelWaveNet`"):
        export_saved_model(WaveNet(CHANNELS, HOP, 2, 1, upsample_factors=(2,)), "no")
    for version in (0, -1, 1.5):
        with pytest.raises(ValueError, match="version="):
            export_saved_model(student, tmp_path, version)
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(RuntimeError, match="KERAS_BACKEND=tensorflow"):
        export_saved_model(student, tmp_path)
    assert list(tmp_path.iterdir()) == []
