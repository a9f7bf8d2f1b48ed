import keras
import numpy as np
import pytest

import keras_pwavenet
from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.evaluate import (
    from_preset,
    griffin_lim,
    natural,
    shortest_clips,
    world,
)

MEL = LogMelSpectrogram(
    sample_rate=16000, n_fft=512, hop_length=80, win_length=400, n_mels=40
)


def tone(samples=8000, frequency=440):
    return (0.5 * np.sin(2 * np.pi * frequency * np.arange(samples) / 16000)).astype(
        "float32"
    )


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    keras.utils.set_random_seed(0)
    student = keras_pwavenet.ParallelWaveNet(
        conditioning_channels=40,
        hop_length=80,
        flow_layers=(2,),
        layers_per_cycle=2,
        residual_channels=4,
        upsample_channels=4,
        upsample_factors=(2,),
    )
    student.preprocessor = MEL
    folder = tmp_path_factory.mktemp("presets") / "student"
    student.save_to_preset(folder)
    return folder


def test_shortest_clips():
    samples = [300, 90, 100, 200]
    assert shortest_clips(samples, 100, 2) == [2, 3]
    assert shortest_clips(samples, 100, 9) == [2, 3, 0]
    assert shortest_clips(samples, 100, None) == [1, 2, 3, 0]


def test_natural_is_the_recording():
    audio = tone()
    np.testing.assert_array_equal(natural().speak([audio], [MEL(audio)])[0], audio)


def test_griffin_lim_gives_the_tone_back():
    pytest.importorskip("librosa")
    audio = tone()
    spoken = griffin_lim(MEL).speak([audio], [MEL(audio)])[0]
    assert spoken.shape == audio.shape
    spectrum = np.abs(np.fft.rfft(spoken))
    assert abs(np.argmax(spectrum) * 2 - 440) <= 25  # a mel band is 37 Hz wide
    assert abs(20 * np.log10(spoken[800:-800].std() / audio.std())) < 2
    # Frames lie where LogMelSpectrogram puts them.
    burst = np.where(np.abs(np.arange(8000) - 3000) < 400, audio, 0)
    spoken = griffin_lim(MEL).speak([burst], [MEL(burst)])[0]
    centre = np.sum(np.arange(8000) * spoken**2) / np.sum(spoken**2)
    assert abs(centre - 3000) < 40


def test_world_keeps_length_and_level():
    pytest.importorskip("pyworld", exc_type=ImportError)
    phase = 2 * np.pi * 200 * np.arange(8001) / 16000
    audio = sum(0.1 / k * np.sin(k * phase) for k in range(1, 20)).astype("float32")
    spoken = world(16000).speak([audio], [MEL(audio)])[0]
    assert spoken.shape == audio.shape
    assert abs(20 * np.log10(spoken.std() / audio.std())) < 2


def test_preset_speaks_batches_of_any_length(preset):
    system = from_preset("student", preset, MEL, batch_size=2, temperature=0.5)
    clips = [tone(800), tone(400)]
    spoken = system.speak(clips, [MEL(clip) for clip in clips])
    again = system.speak(clips, [MEL(clip) for clip in clips])
    assert [len(audio) for audio in spoken] == [800, 400]
    for one, other in zip(spoken, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_fingerprint_follows_weights_and_settings(preset, tmp_path):
    def fingerprint(folder, **settings):
        return from_preset("student", folder, MEL, **settings).fingerprint

    assert fingerprint(preset) == fingerprint(preset)
    assert fingerprint(preset) != fingerprint(preset, temperature=0.5)
    other = keras_pwavenet.ParallelWaveNet.from_preset(preset)
    other.set_weights([weight + 0.01 for weight in other.get_weights()])
    other.save_to_preset(tmp_path / "other")
    assert fingerprint(preset) != fingerprint(tmp_path / "other")


def test_preset_of_other_features_is_refused(preset):
    mel = LogMelSpectrogram.from_config({**MEL.get_config(), "n_fft": 1024})
    with pytest.raises(ValueError, match="Received: preset="):
        from_preset("student", preset, mel)


def test_a_model_of_several_voices_speaks_with_the_one_asked_for(preset, tmp_path):
    one = keras_pwavenet.ParallelWaveNet.from_preset(preset)
    two = keras_pwavenet.models.add_speakers(one, 2)
    random = np.random.default_rng(0)
    two.set_weights([w + 0.1 * random.normal(size=w.shape) for w in two.get_weights()])
    two.save_to_preset(tmp_path / "two")
    clips = [tone(800)]

    def spoken(speaker):
        system = from_preset("student", tmp_path / "two", MEL, speaker=speaker)
        return system.speak(clips, [MEL(clip) for clip in clips])[0]

    assert np.abs(spoken(0) - spoken(1)).max() > 1e-4
    with pytest.raises(ValueError, match=r"from 0 to 1\. Received: speaker=2"):
        spoken(2)
    with pytest.raises(ValueError, match="Received: speaker=1"):
        from_preset("student", preset, MEL, speaker=1)
