"""The critic against float64, and who learns from what."""

import keras
import numpy as np
import pytest

from keras_pwavenet.losses import AdversarialLoss
from keras_pwavenet.losses.critic import PatchCritic, criticised

SMALL = {"resolutions": ((64, 16, 64), (32, 16, 32)), "channels": 2}


def convolution(inputs, kernel, strides):
    """With as many zeros around as TensorFlow's "same" has, the more at the end."""
    taps = kernel.shape[:2]
    sizes = [
        -(-size // step) for size, step in zip(inputs.shape, strides, strict=False)
    ]
    pads = []
    for size, step, tap, count in zip(inputs.shape, strides, taps, sizes, strict=False):
        missing = max((count - 1) * step + tap - size, 0)
        pads.append((missing // 2, missing - missing // 2))
    padded = np.pad(inputs, [*pads, (0, 0)])
    found = np.zeros((*sizes, kernel.shape[-1]))
    for row in range(sizes[0]):
        for column in range(sizes[1]):
            top, left = row * strides[0], column * strides[1]
            patch = padded[top : top + taps[0], left : left + taps[1]]
            found[row, column] = np.tensordot(patch, kernel, 3)
    return found


def layers_of(critic, inputs):
    """The critic's outputs for one clip, in float64."""
    weights = [
        [np.array(keras.ops.convert_to_numpy(one), "float64") for one in three]
        for three in zip(critic.kernels, critic.norms, critic.biases, strict=True)
    ]
    places = np.linspace(-1, 1, inputs.shape[1])[None, :, None]
    hidden = np.concatenate(
        [inputs, np.broadcast_to(places, (*inputs.shape[:2], 1))], -1
    )
    found = []
    strides = ((1, 2), (2, 2), (2, 2), (1, 1), (1, 1))
    for (kernel, norms, bias), steps in zip(weights, strides, strict=True):
        if found:
            hidden = np.where(hidden > 0, hidden, 0.2 * hidden)
        kernel = norms * kernel / np.linalg.norm(kernel.reshape(-1, len(bias)), axis=0)
        hidden = convolution(hidden, kernel, steps) + bias
        found.append(hidden)
    return found


@pytest.fixture
def critic():
    critic = PatchCritic(2, channels=2)
    rng = np.random.default_rng(3)
    critic.set_weights([rng.normal(scale=0.3, size=w.shape) for w in critic.weights])
    for norms in critic.norms:
        norms.assign(rng.uniform(1.0, 2.0, norms.shape))
    return critic


@pytest.fixture
def spectra():
    rng = np.random.default_rng(5)
    return rng.normal(size=(2, 3, 9, 14, 2)).astype("float32")


def test_critic_equals_numpy(critic, spectra):
    found = [keras.ops.convert_to_numpy(one) for one in critic(spectra[0])]
    for clip in range(3):
        expected = layers_of(critic, spectra[0, clip])
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one[clip], other, rtol=1e-5, atol=1e-5)
    assert found[-1].shape == (3, 3, 2, 1)


def test_terms_equal_numpy(critic, spectra):
    found = criticised(critic, *map(keras.ops.convert_to_tensor, spectra))
    for clip in range(3):
        true, made = (layers_of(critic, one[clip]) for one in spectra)
        expected = (
            np.mean((true[-1] - 1) ** 2) + np.mean(made[-1] ** 2),
            np.mean((made[-1] - 1) ** 2),
            np.mean(
                [np.abs(a - b).mean() for a, b in zip(true[:4], made, strict=False)]
            ),
        )
        values = [float(term[clip]) for term in found]
        np.testing.assert_allclose(values, expected, rtol=1e-5)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_is_criticised_learns_to_fool_and_not_to_teach(
    critic, spectra, gradient, place
):
    recorded = keras.ops.convert_to_tensor(spectra[0])

    def term(generated):
        generated = keras.ops.convert_to_tensor(generated)
        return keras.ops.sum(criticised(critic, recorded, generated)[place])

    slope = gradient(term, spectra[1])
    assert slope.any() == (place > 0)
    step = 1e-2 * slope / max(np.abs(slope).max(), 1e-9)
    lower, higher = (float(term(spectra[1] + d * step)) for d in (-1, 1))
    if place:
        assert (higher - lower) / 2 == pytest.approx((slope * step).sum(), rel=2e-2)


class Weighed(keras.Model):
    """A critic and a scale to criticise, with one of the terms as the loss."""

    def __init__(self, critic, term):
        super().__init__()
        self.critic, self.term = critic, term
        self.scale = self.add_weight(name="scale", shape=(), initializer="ones")
        self.built = True

    def call(self, inputs):
        return inputs * self.scale

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        return keras.ops.mean(criticised(self.critic, y, y_pred)[self.term])


@pytest.mark.parametrize("term", [0, 1, 2])
def test_the_critic_learns_from_its_own_error_alone(critic, spectra, term):
    model = Weighed(critic, term)
    model.compile(keras.optimizers.SGD(1e-2))
    before = critic.get_weights()
    model.train_on_batch(spectra[1], spectra[0])
    moved = [(a != b).any() for a, b in zip(before, critic.get_weights(), strict=True)]
    assert all(moved) if term == 0 else not any(moved)
    assert (float(model.scale) != 1) == (term != 0)


def test_a_critic_that_learns_tells_them_apart(spectra):
    rng = np.random.default_rng(0)
    recorded = rng.normal(size=(4, 16, 16, 1)).astype("float32")
    model = Weighed(PatchCritic(1, channels=8), 0)
    model.compile(keras.optimizers.Adam(1e-2))
    for _ in range(100):
        error = model.train_on_batch(np.zeros_like(recorded), recorded)
    assert float(np.ravel(error)[0]) < 0.05


@pytest.fixture
def audio():
    rng = np.random.default_rng(1)
    return rng.normal(scale=0.1, size=(2, 2, 256)).astype("float32")


def test_audio_is_judged_by_all_critics(audio):
    loss = AdversarialLoss(**SMALL, features=3.0, reduction=None)
    found = keras.ops.convert_to_numpy(loss(*audio))
    expected = np.zeros(2)
    for critic, (length, hop, _) in zip(loss.critics, loss.resolutions, strict=True):
        window = np.hanning(length + 1)[:-1]
        padded = np.pad(audio, [(0, 0), (0, 0), (length // 2,) * 2], "reflect")
        frames = np.lib.stride_tricks.sliding_window_view(padded, length, -1)
        power = np.abs(np.fft.rfft(frames[:, :, ::hop] * window)) ** 2
        seen = 0.5 * np.log(power / (window**2).sum() + 1e-6) + 4
        seen = keras.ops.convert_to_tensor(seen[..., None].astype("float32"))
        terms = criticised(critic, seen[0], seen[1])
        learning, fooling, layers = map(keras.ops.convert_to_numpy, terms)
        expected += (learning + fooling + 3 * layers) / 2
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_silence_has_finite_gradients(audio, gradient):
    loss = AdversarialLoss(**SMALL)
    silence = np.zeros((1, 256), "float32")
    for true in (silence, audio[0, :1]):
        true = keras.ops.convert_to_tensor(true)
        assert np.isfinite(gradient(lambda x, true=true: loss(true, x), silence)).all()


def test_serialises():
    loss = AdversarialLoss(**SMALL, features=1.0, floor=1e-2)
    saved = keras.saving.serialize_keras_object(loss)
    copy = keras.saving.deserialize_keras_object(saved)
    assert copy.get_config() == loss.get_config()
    assert [critic.channels for critic in copy.critics] == [2, 2]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"channels": 0}, "channels=0"),
        ({"features": -1}, "features=-1"),
        ({"floor": 0}, "floor=0"),
        ({"resolutions": ((64, 16),)}, "resolutions="),
    ],
)
def test_refuses_what_is_no_setting(options, message):
    with pytest.raises(ValueError, match=f"Received: {message}"):
        AdversarialLoss(**options)
