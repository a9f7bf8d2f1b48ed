import keras
import numpy as np
import pytest

from keras_pwavenet.losses import PerceptualLoss

STEP = 4


@keras.saving.register_keras_serializable(package="tests")
class Ears(keras.Model):
    """Two layers on blocks of four samples; silence has no features."""

    def __init__(self, **options):
        super().__init__(**options)
        self.first = keras.layers.Dense(3, "tanh", use_bias=False)
        self.second = keras.layers.Dense(2, "tanh", use_bias=False)
        self.first.build((None, None, STEP))
        self.second.build((None, None, 3))
        self.built = True

    def features(self, audio):
        blocks = keras.ops.reshape(audio, (keras.ops.shape(audio)[0], -1, STEP))
        first = self.first(blocks)
        return [first, self.second(first)]

    def get_config(self):
        return {"name": self.name}


def maps(ears, audio):
    """The features in float64."""
    kernels = [w.astype("float64") for w in ears.get_weights()]
    first = np.tanh(audio.reshape(len(audio), -1, STEP).astype("float64") @ kernels[0])
    return [first, np.tanh(first @ kernels[1])]


def gram(features):
    return np.einsum("bsc,bsd->bcd", features, features) / features.shape[1]


def distances(ears, form, recorded, generated):
    total = 0.0
    for true, made in zip(maps(ears, recorded), maps(ears, generated), strict=True):
        if form == "gram":
            true, made = gram(true), gram(made)
        total += ((made - true) ** 2).mean((1, 2)) / (true**2).mean((1, 2))
    return total / 2


@pytest.fixture
def audio():
    rng = np.random.default_rng(0)
    return rng.normal(scale=[[[0.1]], [[0.5]]], size=(2, 3, 40)).astype("float32")


@pytest.mark.parametrize("form", ["gram", "features"])
def test_equals_numpy(form, audio):
    ears = Ears()
    loss = PerceptualLoss(ears, form, 1e-9, reduction=None)
    expected = distances(ears, form, *audio)
    found = keras.ops.convert_to_numpy(loss(*audio))
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    weighted = PerceptualLoss(ears, form, 1e-9)(
        *audio, sample_weight=np.float32([0, 3, 0])
    )
    assert float(weighted) == pytest.approx(expected[1], rel=1e-4)
    total = PerceptualLoss(ears, form, 1e-9, reduction="sum")(*audio)
    assert float(total) == pytest.approx(expected.sum(), rel=1e-4)


@pytest.mark.parametrize("form", ["gram", "features"])
def test_is_zero_for_the_recording_and_one_for_no_features(form, audio):
    loss = PerceptualLoss(Ears(), form, 1e-9)
    assert float(loss(audio[0], audio[0])) == 0
    assert float(loss(audio[0], 0 * audio[0])) == pytest.approx(1, rel=1e-5)


def test_gram_matrices_forget_the_time(audio):
    ears, recorded = Ears(), audio[0]
    moved = np.roll(recorded, 5 * STEP, axis=1)
    assert float(PerceptualLoss(ears, "gram", 1e-9)(recorded, moved)) < 1e-8
    assert float(PerceptualLoss(ears, "features", 1e-9)(recorded, moved)) > 0.5


@pytest.mark.parametrize("form", ["gram", "features"])
def test_silence_counts_within_bounds(form, audio, gradient):
    """A recording without features is divided by the floor."""
    ears, generated = Ears(), 0.1 * audio[0]
    loss = PerceptualLoss(ears, form, floor=1.0)
    made = maps(ears, generated)
    if form == "gram":
        made = [gram(features) for features in made]
    expected = np.mean([(features**2).mean() for features in made])
    found = float(loss(0 * generated, generated))
    assert found == pytest.approx(expected, rel=1e-4)
    slope = gradient(lambda g: loss(0 * g, g), np.zeros((1, 8), "float32"))
    np.testing.assert_array_equal(slope, 0)


@pytest.mark.parametrize("form", ["gram", "features"])
def test_gradient_goes_to_the_audio_and_not_to_the_classifier(form, audio, gradient):
    ears = Ears()
    assert ears.trainable_variables
    loss = PerceptualLoss(ears, form, 1e-9)
    assert not ears.trainable_variables
    slope = gradient(lambda g: loss(audio[0], g), audio[1])
    step = 1e-3 * slope / np.abs(slope).max()
    moved = [distances(ears, form, audio[0], audio[1] + d * step) for d in (1, -1)]
    difference = (moved[0].mean() - moved[1].mean()) / 2
    assert difference == pytest.approx((slope * step).sum(), rel=1e-3)


def test_serialises():
    loss = PerceptualLoss(Ears(name="ears"), "features", floor=0.5, reduction="sum")
    copy = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(loss)
    )
    assert copy.get_config() == loss.get_config()
    assert type(copy.classifier) is Ears
    assert (copy.form, copy.floor, copy.name) == ("features", 0.5, "perceptual")


def test_refuses_an_unknown_form():
    with pytest.raises(ValueError, match=r"gram, features\. Received: form='style'"):
        PerceptualLoss(Ears(), "style")


def test_refuses_what_has_no_features():
    with pytest.raises(
        ValueError, match=r"`features`\. Received: classifier of type str"
    ):
        PerceptualLoss("en_phones")
