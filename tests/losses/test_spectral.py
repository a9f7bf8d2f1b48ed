import keras
import numpy as np
import pytest
from scipy import signal

from keras_pwavenet.losses import MultiResolutionSTFTLoss, PowerLoss
from keras_pwavenet.signal import stft_power

RESOLUTIONS = ((64, 10, 40), (128, 32, 128))


@pytest.fixture
def audio():
    """A recording and something else of the same length, one quiet, one loud."""
    rng = np.random.default_rng(0)
    true, generated = 0.1 * rng.normal(size=(2, 2, 500))
    true[1] *= 3
    return true.astype("float32"), generated.astype("float32")


def speech_like(crops, samples=4096, seed=0):
    """Harmonics under a slow envelope with pauses, and a little noise, at 16 kHz."""
    rng = np.random.default_rng(seed)
    time = np.arange(samples) / 16_000
    phases = rng.uniform(0, 2 * np.pi, size=(crops, 40, 1))
    pitch = rng.uniform(100, 180, size=(crops, 1, 1)) * np.arange(1, 41)[None, :, None]
    amplitude = 0.1 / np.arange(1, 41)[None, :, None]
    voiced = (amplitude * np.sin(2 * np.pi * pitch * time + phases)).sum(1)
    envelope = np.clip(np.sin(2 * np.pi * 6 * time + phases[:, 0]), 0, 1)
    noise = 1e-3 * rng.normal(size=voiced.shape)
    return (voiced * envelope + noise).astype("float32")


def white(level, samples=4096, seed=1):
    """One clip of white noise at a level in dB relative to full scale."""
    noise = np.random.default_rng(seed).normal(size=(1, samples))
    return (10 ** (level / 20) * noise).astype("float32")


def reference_power(audio, fft_length, hop_length, win_length):
    """Frame by frame in float64, each centred on a multiple of the hop."""
    window = signal.get_window("hann", win_length, fftbins=True)
    before = (fft_length - win_length) // 2
    window = np.pad(window, (before, fft_length - win_length - before))
    missing = max(0, fft_length - audio.shape[-1])
    audio = np.pad(np.asarray(audio, "float64"), [(0, 0), (0, missing)])
    audio = np.pad(audio, [(0, 0), (fft_length // 2, fft_length // 2)], "reflect")
    starts = range(0, audio.shape[-1] - fft_length + 1, hop_length)
    frames = np.stack([audio[:, s : s + fft_length] for s in starts], axis=1)
    return np.abs(np.fft.rfft(frames * window)) ** 2


@pytest.mark.parametrize("settings", [(64, 16, 64), (64, 10, 40), (128, 50, 99)])
@pytest.mark.parametrize("samples", [500, 64, 20, 1])
def test_power_equals_numpy(audio, settings, samples):
    x = audio[0][:, :samples]
    found = keras.ops.convert_to_numpy(stft_power(x, *settings))
    expected = reference_power(x, *settings)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5)


def test_power_equals_scipy(audio):
    """scipy scales by the window's sum."""
    window = signal.get_window("hann", 64, fftbins=True)
    _, _, spectrum = signal.stft(
        audio[0].astype("float64"),
        window=window,
        nperseg=64,
        noverlap=48,
        boundary="even",
        padded=False,
    )
    expected = np.abs(spectrum * window.sum()) ** 2
    found = keras.ops.convert_to_numpy(stft_power(audio[0], 64, 16, 64))
    np.testing.assert_allclose(found, np.moveaxis(expected, 1, 2), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("average", [True, False])
def test_power_loss_equals_numpy(audio, average):
    loss = PowerLoss(64, 16, 64, average_over_time=average, reduction=None)
    powers = [reference_power(x, 64, 16, 64) for x in audio]
    if average:
        powers = [power.mean(1, keepdims=True) for power in powers]
    expected = np.square(powers[0] - powers[1]).mean((1, 2))
    found = keras.ops.convert_to_numpy(loss(*audio))
    np.testing.assert_allclose(found, expected, rtol=1e-4)


@pytest.mark.parametrize("corner", [None, 0.2])
@pytest.mark.parametrize("quiet", [-50.0, -12.0])
def test_stft_loss_equals_numpy(audio, corner, quiet):
    """One recording is at -20 dB, the other at -10.5."""
    floor = 1e-3
    expected = 0
    for settings in RESOLUTIONS:
        true, generated = (
            np.sqrt(reference_power(x, *settings) + floor**2) for x in audio
        )
        convergence = np.linalg.norm(true - generated, axis=(1, 2))
        convergence /= np.linalg.norm(true, axis=(1, 2))
        noise = 10 ** (quiet / 10) * (signal.get_window("hann", settings[2]) ** 2).sum()
        share = np.minimum((true**2).mean((1, 2)) / noise, 1)
        assert (share < 1).tolist() == [quiet == -12.0, False]
        cover = ((1 - share) * noise)[:, None, None]
        log_distance = (np.log(true**2 + cover) - np.log(generated**2 + cover)) / 2
        log_distance = np.abs(log_distance)
        if corner:
            frequencies = np.arange(true.shape[-1]) / (true.shape[-1] - 1)
            weights = 1 / (frequencies + corner)
            log_distance = log_distance * weights / weights.mean()
        log_distance = log_distance.mean((1, 2))
        expected += (share * convergence + log_distance) / len(RESOLUTIONS)
    found = MultiResolutionSTFTLoss(RESOLUTIONS, floor, corner, quiet, reduction=None)
    found = found(*audio)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(found), expected, rtol=1e-4)


@pytest.mark.parametrize(
    "loss", [PowerLoss(64, 16, 64), MultiResolutionSTFTLoss(RESOLUTIONS)]
)
def test_zero_for_equal_audio_and_finite_gradients(audio, gradient, loss):
    true, generated = audio
    assert float(loss(true, true)) == pytest.approx(0, abs=1e-3)
    assert float(loss(true, generated)) > 1e-2
    silence = np.zeros_like(true)
    for x, y in [(true, true), (true, silence), (silence, silence), (silence, true)]:
        slope = gradient(lambda g, x=x: loss(keras.ops.convert_to_tensor(x), g), y)
        assert np.isfinite(slope).all()
    slope = gradient(lambda g: loss(keras.ops.convert_to_tensor(true), g), generated)
    # The ends get less: no window is centred there.
    assert (np.abs(slope[:, 64:-64]).max(axis=1) > 0).all()
    nearer = generated - 1e-2 * slope / np.abs(slope).max()
    assert float(loss(true, nearer)) < float(loss(true, generated))


@pytest.mark.parametrize(
    "loss_class", [PowerLoss, MultiResolutionSTFTLoss], ids=lambda c: c.__name__
)
def test_reduction_and_weights(audio, loss_class):
    audio = [part[:, :32] for part in audio]
    each = keras.ops.convert_to_numpy(loss_class(reduction=None)(*audio))
    assert each.shape == (2,)
    assert float(loss_class()(*audio)) == pytest.approx(each.mean(), rel=1e-5)
    weighted = loss_class()(*audio, sample_weight=np.float32([0, 2]))
    assert float(weighted) == pytest.approx(each[1], rel=1e-5)


@pytest.mark.parametrize("level", [-100, -90, -80, -70, -60, -50, -40, -30, -20])
def test_a_silent_crop_does_not_decide_the_gradient(gradient, level):
    """Noise of any level on digital silence counts less than the least of speech.

    The generated crops have the recordings' harmonics and other noise, as those of a
    trained student; with other harmonics their gradient is smaller.
    """
    speech = speech_like(3)
    recorded = np.concatenate([speech, np.zeros_like(speech[:1])])
    other = speech + 1e-3 * np.random.default_rng(2).normal(size=speech.shape)
    generated = np.concatenate([other.astype("float32"), white(level)])

    def norms(loss):
        slope = gradient(
            lambda g: loss(keras.ops.convert_to_tensor(recorded), g), generated
        )
        return np.sqrt(np.square(slope).sum(axis=1))

    *spoken, silent = norms(MultiResolutionSTFTLoss())
    assert 0 < silent < min(spoken)
    *_, unbounded = norms(MultiResolutionSTFTLoss(quiet=-200.0))
    assert unbounded > 10 * max(spoken)


def test_silence_is_still_learnt():
    """The louder the noise on digital silence, the larger the loss."""
    loss, silence = MultiResolutionSTFTLoss(), np.zeros((1, 4096), "float32")
    levels = (-90, -70, -50, -30, -10)
    found = [float(loss(silence, white(level))) for level in levels]
    assert found == sorted(found)
    assert found[0] < 0.01 and found[2] > 0.1


@pytest.mark.parametrize("level", [-25, -49])
def test_what_is_louder_than_quiet_is_not_touched(level):
    recorded, generated = white(level), white(level, seed=3)
    if level == -25:
        recorded, generated = speech_like(1), speech_like(1, seed=4)
    found = float(MultiResolutionSTFTLoss()(recorded, generated))
    assert found == float(MultiResolutionSTFTLoss(quiet=-200.0)(recorded, generated))
    nearly = float(MultiResolutionSTFTLoss()(0.2 * recorded, generated))
    same = float(MultiResolutionSTFTLoss(quiet=-200.0)(0.2 * recorded, generated))
    assert (nearly == same) == (level == -25)


@pytest.mark.parametrize("quiet", [float("nan"), float("-inf")])
def test_refuses_a_quiet_that_is_no_level(quiet):
    with pytest.raises(ValueError, match="Received: quiet="):
        MultiResolutionSTFTLoss(quiet=quiet)


@pytest.mark.parametrize("corner", [0.0, -0.1, float("nan"), float("inf")])
def test_refuses_a_corner_without_weights(corner):
    with pytest.raises(ValueError, match="Received: corner="):
        MultiResolutionSTFTLoss(corner=corner)


def test_level_matters():
    """Half the amplitude: a quarter of the power, and log 2 in log-magnitude."""
    time = np.arange(2048) / 16000
    loud = np.float32(0.5 * np.sin(2 * np.pi * 1000 * time))[None]
    power = keras.ops.convert_to_numpy(stft_power(loud, 1024, 256, 1024))
    half = keras.ops.convert_to_numpy(stft_power(loud / 2, 1024, 256, 1024))
    peak = power.argmax()
    assert half.ravel()[peak] == pytest.approx(power.ravel()[peak] / 4, rel=1e-4)
    # a full-scale sine of bin k has power (A * sum(window) / 2)^2
    assert power.ravel()[peak] == pytest.approx((0.5 * 512 / 2) ** 2, rel=1e-3)


@pytest.mark.parametrize(
    "loss",
    [
        PowerLoss(64, 16, 32, average_over_time=False, name="p"),
        MultiResolutionSTFTLoss(
            RESOLUTIONS, floor=0.01, corner=None, quiet=-40.0, reduction="sum"
        ),
    ],
    ids=lambda loss: type(loss).__name__,
)
def test_serialises(loss):
    copy = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(loss)
    )
    assert type(copy) is type(loss)
    assert copy.get_config() == loss.get_config()
