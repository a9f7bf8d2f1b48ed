"""Whatever models, losses and exports are given: a clear error, or a right answer."""

import warnings

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_pwavenet import AcousticModel, Distiller, ParallelWaveNet, WaveNet, losses
from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.export import export_litert, export_onnx, export_saved_model

NUMBERS = st.one_of(
    st.integers(-3, 9),
    st.sampled_from([10**9, 10**400, -1e30, 1e30]),
    st.floats(),
    st.text(max_size=5),
    st.booleans(),
    st.none(),
    st.lists(st.integers(-3, 9), max_size=3),
)
VALUES = st.sampled_from([0.0, 1.0, -4.0, 32767.0, 1e38, np.inf, np.nan])
KINDS = st.sampled_from(["float16", "float32", "float64", "int16", "bool"])


def refused(error):
    return "Received: " in str(error)


@st.composite
def arrays(draw, *shapes):
    """An array of one of these shapes, the first more often, often of audio's scale."""
    shape = draw(st.sampled_from([*shapes[:1] * 4, *shapes]))
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if draw(st.booleans()):
            return np.full(shape, 0.1, "float32")
        return np.full(shape, draw(VALUES)).astype(draw(KINDS))


AUDIO = arrays((1, 16), (1, 8), (16,), (1, 2, 16), (0, 16), (2, 16), ())
CONDITIONING = arrays((1, 2, 5), (1, 1, 5), (1, 2, 4), (2, 5), (1, 0, 5), (2, 2, 5))


SIZES = {"hop_length": 8, "residual_channels": 4, "upsample_channels": 4}


def new_teacher():
    sizes = {"num_layers": 2, "num_cycles": 1, "skip_channels": 3, "mixtures": 2}
    return WaveNet(5, **sizes, **SIZES)


@pytest.fixture(scope="module")
def teacher():
    model = new_teacher()
    # On TensorFlow, tracing takes longer than a few steps that are run eagerly.
    eager = keras.backend.backend() == "tensorflow"
    nll = losses.MixtureLogisticNLL()
    model.compile(keras.optimizers.Adam(1e-4), nll, run_eagerly=eager)
    return model


@given(AUDIO, CONDITIONING, AUDIO)
def test_fit_and_evaluate(teacher, audio, conditioning, target):
    inputs = {"audio": audio, "conditioning": conditioning}
    for entry in (teacher.fit, teacher.evaluate):
        try:
            found = entry(inputs, target, verbose=0)
        except ValueError as error:
            assert refused(error)
        else:
            found = found.history["loss"][0] if entry == teacher.fit else found
            assert np.isfinite(found).all()


@given(
    CONDITIONING,
    st.one_of(st.none(), st.integers(0, 3)),
    st.one_of(st.none(), st.just([2]), st.lists(NUMBERS, max_size=2)),
)
def test_teachers_generate(teacher, conditioning, seed, length):
    try:
        audio = teacher.generate(conditioning, seed, length=length)
    except ValueError as error:
        assert refused(error)
    else:
        assert np.abs(audio).max() <= 1


NAMES = st.one_of(st.sampled_from([*losses.DISTILLATION, "kl", "nonsense"]), NUMBERS)


@given(
    st.one_of(NAMES, st.lists(NAMES, max_size=3)),
    st.one_of(st.none(), NUMBERS, st.lists(NUMBERS, max_size=3)),
    NUMBERS,
)
def test_distillers(students, terms, weights, seed):
    try:
        model = Distiller(*students, losses=terms, loss_weights=weights, seed=seed)
    except ValueError as error:
        assert refused(error)
    else:
        assert all(np.isfinite(weight) for _, weight in model.terms)


@pytest.fixture(scope="module")
def students():
    sizes = {"flow_layers": (2,), "layers_per_cycle": 2, "block_size": 2}
    return new_teacher(), ParallelWaveNet(5, **sizes, **SIZES)


@given(st.sampled_from(sorted(losses.DISTILLATION)), st.data())
def test_losses(name, data):
    try:
        loss = losses.get(name)
    except ValueError as error:
        assert refused(error)
        return
    config = loss.get_config()
    keys = [key for key in config if key not in ("name", "reduction", "dtype")]
    if not keys:
        return
    numbers = st.one_of(st.integers(-3, 9), st.floats(), st.text(max_size=3), st.none())
    changed = data.draw(st.dictionaries(st.sampled_from(keys), numbers, max_size=2))
    try:
        type(loss)(**config | changed)
    except ValueError as error:
        assert refused(error)


OF_LOSSES = arrays(
    (2, 16), (2, 8), (16,), (2, 16, 6), (2, 16, 8), (2, 16, 2), (0, 16), (2, 0), ()
)
ANY = st.one_of(OF_LOSSES, st.text(max_size=3), st.lists(NUMBERS, max_size=3))


@given(
    st.sampled_from(sorted(kind for kind in dir(losses) if kind[0].isupper())),
    st.one_of(ANY, st.none()),
    st.one_of(
        ANY, st.fixed_dictionaries({"loc": ANY, "log_scale": ANY, "uniform": ANY})
    ),
)
def test_calls_of_losses(name, y_true, y_pred):
    """A number, NaN of what is none, or a refusal; never another's error."""
    if not isinstance(getattr(losses, name), type):
        return
    loss = getattr(losses, name)(*[Ears()] * (name == "PerceptualLoss"))
    try:
        value = loss(y_true, y_pred)
    except ValueError as error:
        assert refused(error), error
        return
    assert np.shape(value) == ()


class Ears:
    """What the perceptual loss wants of a classifier."""

    trainable = True

    def features(self, audio):
        return [keras.ops.expand_dims(audio, -1)]


EXPORTS = {
    "litert": export_litert,
    "onnx": export_onnx,
    "saved_model": export_saved_model,
}


@given(st.sampled_from(sorted(EXPORTS)), NUMBERS, NUMBERS, st.booleans())
def test_exports(students, tmp_path_factory, name, preset, option, named):
    folder = tmp_path_factory.getbasetemp()
    model = students[1] if named else preset
    key = "version" if name == "saved_model" else "quantize"
    if named and (name == "onnx" or isinstance(option, int)):
        return  # which may be one that is right
    options = {} if name == "onnx" else {key: option}
    with pytest.raises((ValueError, OSError, RuntimeError)) as error:
        EXPORTS[name](model, folder / "voice", **options)
    assert str(error.value)


@pytest.fixture(scope="module")
def acoustic():
    mel = LogMelSpectrogram(8000, 256, 80, 256, 20)
    layers = dict.fromkeys(("encoder_layers", "decoder_layers", "pitch_layers"), 1)
    return AcousticModel(("a", " ", "."), mel, channels=4, pitch_channels=4, **layers)


@given(
    st.one_of(
        NUMBERS, st.lists(st.sampled_from("a. ?"), max_size=2), st.just(["a", "."])
    ),
    st.one_of(st.just(1.0), NUMBERS, st.floats(0, 1e-300)),
    st.one_of(st.just(1.0), NUMBERS),
    st.one_of(st.none(), NUMBERS),
)
def test_acoustic_models(acoustic, symbols, rate, pitch_scale, speaker):
    try:
        mel = acoustic.predict_mel(symbols, rate, pitch_scale, speaker)
    except ValueError as error:
        assert refused(error)
    else:
        assert np.isfinite(mel["conditioning"]).all() and len(mel["pitch"]) < 10**5
