"""Teacher and student around the mel's linear predictor and the pitch."""

import keras
import numpy as np
import pytest
import scipy.special

from keras_pwavenet import signal
from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.losses import MixtureLogisticNLL
from keras_pwavenet.models import ParallelWaveNet, PitchPredictor, WaveNet
from keras_pwavenet.text import LinguisticFeatures

RATE, HOP, FRAMES = 8000, 32, 8
MEL = LogMelSpectrogram(RATE, 256, HOP, 160, n_mels=20)
SAID = LinguisticFeatures([" ", ".", "a", "ˈo"], RATE, HOP)
SHARED = {"preprocessor": MEL, "residual_channels": 6, "upsample_channels": 4}
SHARED |= {"upsample_factors": (2,)}
PITCH = np.array([[0, 200, 210, 220, 0, 0, 150, 160]] * 2, "float32")


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def hears():
    return PitchPredictor(conditioning_channels=20, channels=4)


def teacher(**options):
    shape = {"num_layers": 4, "num_cycles": 2, "skip_channels": 6, "mixtures": 3}
    return randomized(
        WaveNet(**{**SHARED, **shape, "pitch_predictor": hears(), **options})
    )


def student(**options):
    shape = {"flow_layers": (2, 2), "layers_per_cycle": 2, "block_size": 4}
    return randomized(
        ParallelWaveNet(**{**SHARED, **shape, "pitch_predictor": hears(), **options})
    )


def randomized(model):
    random = np.random.default_rng(0)
    for weight in model.trainable_variables:
        weight.assign(weight + 0.2 * random.normal(size=weight.shape))
    return model


def clips(clip=slice(None)):
    """Audio of two clips and its mel."""
    random = np.random.default_rng(1)
    audio = (0.1 * random.normal(size=(2, FRAMES * HOP))).astype("float32")
    return audio[clip], MEL(audio)[clip]


def test_what_is_not_given_comes_from_the_preprocessor():
    made = [kind(**SHARED) for kind in (WaveNet, ParallelWaveNet)]
    for model in made:
        assert (model.conditioning_channels, model.hop_length) == (20, HOP)
        assert model.predictor_order == 8 + 8
        assert model.pitch_predictor is None
    for kind in (WaveNet, ParallelWaveNet):
        said = kind(**{**SHARED, "preprocessor": SAID})
        assert (said.conditioning_channels, said.hop_length) == (SAID.channels, HOP)
        assert said.predictor_order == 0
    assert WaveNet().predictor_order == ParallelWaveNet().predictor_order == 0
    assert ParallelWaveNet().initial_scale == 0.05
    assert made[1].initial_scale == 0.5


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"predictor_order": 8}, "preprocessor=None"),
        ({"pitch_predictor": hears}, "preprocessor=None"),
        ({"preprocessor": SAID, "predictor_order": 8}, "preprocessor=Linguistic"),
        ({"preprocessor": SAID, "pitch_predictor": hears}, "preprocessor=Linguistic"),
        ({"preprocessor": SAID, "conditioning_channels": 20}, "channels=20"),
        ({"preprocessor": MEL, "predictor_order": -1}, "predictor_order=-1"),
        ({"preprocessor": MEL, "predictor_order": 2.5}, "predictor_order=2.5"),
        ({"preprocessor": MEL, "hop_length": 16}, "hop_length=16"),
        ({"preprocessor": MEL, "conditioning_channels": 80}, "channels=80"),
        (
            {"preprocessor": MEL, "pitch_predictor": PitchPredictor},
            "conditioning_channels=80",
        ),
    ],
)
@pytest.mark.parametrize("model", [WaveNet, ParallelWaveNet])
def test_settings_that_do_not_fit_are_refused(model, options, named):
    options = {
        name: value() if callable(value) and name == "pitch_predictor" else value
        for name, value in options.items()
    }
    with pytest.raises(ValueError, match=rf"Received: .*{named}"):
        model(**options)


def test_a_network_of_zeros_has_the_predictors_likelihood():
    model = teacher(log_scale_floor=-9.0)
    for weight in model.trainable_variables:
        weight.assign(0.0 * weight)
    audio, mel = clips()
    found = MixtureLogisticNLL()(audio, model({"audio": audio, "conditioning": mel}))
    taps, log_gain = map(array, model.get_layer("envelope")(mel))
    prediction = array(signal.linear_prediction(audio, taps)).astype("float64")
    # A logistic of the gain's scale, integrated over each level's bin.
    scale = np.exp(np.repeat(log_gain.astype("float64"), HOP, axis=1))
    level = np.rint(audio.astype("float64") * 32768) / 32768
    above, below = (level + side / 65536 - prediction for side in (1, -1))
    mass = scipy.special.expit(above / scale) - scipy.special.expit(below / scale)
    assert float(array(found)) == pytest.approx(-np.log(mass).mean(), abs=2e-3)


@pytest.mark.parametrize("pitch", [None, PITCH])
def test_the_teachers_parameters_depend_on_earlier_audio_alone(pitch):
    model, (audio, mel) = teacher(), clips()
    inputs = {"conditioning": mel} | ({} if pitch is None else {"pitch": pitch})
    before = array(model({**inputs, "audio": audio}))
    for place in (0, 40, 41, 150, 254):
        moved = audio.copy()
        moved[:, place] += 0.3
        difference = np.abs(array(model({**inputs, "audio": moved})) - before)
        np.testing.assert_array_equal(difference[:, : place + 1], 0)
        assert difference[:, place + 1].max() > 1e-3


def test_the_teacher_hears_one_period_back():
    """More than the network's receptive field and the predictor's taps before."""
    model, (audio, mel) = teacher(predictor_order=2, kernel_size=1), clips()
    pitch = np.full((2, FRAMES), RATE / 100, "float32")
    moved = audio.copy()
    moved[:, 60] += 0.3
    differences = []
    for heard in (pitch, 0 * pitch):
        before, after = (
            array(model({"audio": x, "conditioning": mel, "pitch": heard}))
            for x in (audio, moved)
        )
        differences.append(np.abs(before - after)[:, 158:163].max())
    assert differences[0] > 1e-3
    assert differences[1] == 0


@pytest.mark.parametrize("options", [{}, {"pitch_predictor": None}])
def test_the_students_map_is_triangular_and_its_determinant_the_log_scales(
    jacobian, options
):
    model, mel = student(**options), clips(slice(1))[1][:, :2]
    noise = np.random.default_rng(2).logistic(size=2 * HOP).astype("float32")
    mel = keras.ops.convert_to_tensor(mel)

    def audio(noise):
        return model({"noise": noise[None], "conditioning": mel})["audio"][0]

    found = jacobian(audio, noise)
    largest = np.abs(found).max()
    np.testing.assert_allclose(np.triu(found, 1), 0, atol=1e-5 * largest)
    noise = keras.ops.convert_to_tensor(noise)
    outputs = model({"noise": noise[None], "conditioning": mel})
    log_scale = array(outputs["log_scale"])[0]
    np.testing.assert_allclose(np.diag(found), np.exp(log_scale), rtol=2e-3)
    _, log_determinant = np.linalg.slogdet(found.astype("float64"))
    assert log_determinant == pytest.approx(log_scale.sum(), abs=0.05)
    assert np.abs(np.tril(found, -HOP)).max() > 1e-3 * largest  # rings into the next


def test_without_filter_and_source_it_is_the_plain_student():
    """The same weights, whether the mel is known or not."""
    knowing = student(predictor_order=0, pitch_predictor=None, initial_scale=0.3)
    plain = ParallelWaveNet(
        **{**knowing.get_config(), "preprocessor": None, "name": "plain"}
    )
    plain.set_weights(knowing.get_weights())
    _, mel = clips()
    np.testing.assert_array_equal(
        *(array(model.generate(mel, seed=0)) for model in (knowing, plain))
    )


def test_a_pitch_that_is_not_given_is_the_predictors():
    model, (_, mel) = student(), clips()
    predicted = array(model.pitch_predictor.pitch(mel))
    spoken = array(model.generate(mel, seed=0))
    told = array(model.generate(mel, seed=0, pitch=predicted))
    np.testing.assert_allclose(told, spoken, atol=1e-5)
    other = array(model.generate(mel, seed=0, pitch=predicted + 300.0))
    assert np.abs(other - spoken).max() > 1e-3


def test_the_scale_multiplies_the_pitch():
    model, (_, mel) = student(), clips()
    scaled = array(model.generate(mel, seed=0, pitch=PITCH, pitch_scale=1.5))
    expected = array(model.generate(mel, seed=0, pitch=1.5 * PITCH))
    np.testing.assert_allclose(scaled, expected, atol=1e-4)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"pitch": PITCH[:, :3]}, r"pitch\.shape="),
        ({"pitch": PITCH - 1}, "numbers from -1"),
        ({"pitch": 100 * PITCH}, "22000"),
        ({"pitch": np.nan * PITCH}, "nan"),
        ({"pitch_scale": 0.0}, "pitch_scale=0.0"),
        ({"pitch_scale": float("nan")}, "pitch_scale=nan"),
        ({"pitch_scale": "up"}, "pitch_scale='up'"),
    ],
)
def test_a_pitch_that_cannot_be_is_refused(options, named):
    with pytest.raises(ValueError, match=rf"Received: .*{named}"):
        student().generate(clips()[1], **options)


def test_a_model_that_follows_no_pitch_refuses_one():
    model, (_, mel) = student(pitch_predictor=None), clips()
    for options in ({"pitch": PITCH}, {"pitch_scale": 2.0}):
        with pytest.raises(ValueError, match="no pitch predictor"):
            model.generate(mel, **options)


@pytest.mark.parametrize("make", [teacher, student])
def test_the_pitch_predictor_is_frozen(make):
    model = make()
    own = {id(weight) for weight in model.pitch_predictor.weights}
    assert own
    assert not own & {id(weight) for weight in model.trainable_weights}
    assert own <= {id(weight) for weight in model.weights}


@pytest.mark.parametrize(
    "options", [{}, {"preprocessor": SAID, "pitch_predictor": None}]
)
@pytest.mark.parametrize("make", [teacher, student])
def test_a_preset_keeps_preprocessor_and_pitch_predictor(make, options, tmp_path):
    model = make(**options)
    model.save_to_preset(tmp_path / "voice")
    copy = type(model).from_preset(tmp_path / "voice")
    assert type(copy.preprocessor) is type(model.preprocessor)
    assert copy.preprocessor.get_config() == model.preprocessor.get_config()
    again = type(model).from_config(model.get_config())
    assert again.get_config() == model.get_config()
    assert copy.get_config() == model.get_config()
    for saved, loaded in zip(model.weights, copy.weights, strict=True):
        assert saved.path == loaded.path
        np.testing.assert_array_equal(array(saved), array(loaded))


@pytest.mark.parametrize("make", [teacher, student])
def test_configurations_from_before_have_no_predictor(make):
    config = make(pitch_predictor=None).get_config()
    for name in ("preprocessor", "predictor_order", "pitch_predictor"):
        del config[name]
    assert type(make()).from_config(config).predictor_order == 0


@pytest.mark.parametrize("wrong", ["dB", "natural", "decimal"])
def test_a_mel_of_another_convention_is_refused(wrong):
    mel = LogMelSpectrogram(24_000, n_mels=20)
    student = ParallelWaveNet(
        preprocessor=mel, flow_layers=(2,), layers_per_cycle=2, residual_channels=4
    )
    audio = np.random.default_rng(0).normal(0, 0.1, 5000)
    audio[3000:] = 0
    magnitudes = mel.invert(mel(audio))
    features = {
        "dB": 20 * np.log10(magnitudes),
        "natural": np.log(magnitudes),
        "decimal": np.log10(magnitudes),
    }[wrong]
    with pytest.raises(ValueError, match=r"from_log_mel.*Received: numbers from -"):
        student.generate(features[None])
    assert np.isfinite(array(student.generate(mel(audio)[None], seed=0))).all()
