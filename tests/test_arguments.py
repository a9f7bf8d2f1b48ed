"""`~` is the home folder and numpy's integers are integers, wherever they are given."""

import keras
import numpy as np
import pytest

from keras_pwavenet import Distiller, ParallelWaveNet, WaveNet, training
from keras_pwavenet.audio import LogMelSpectrogram, read_audio, write_audio
from keras_pwavenet.data import FeatureCache, join, prepare, read_corpus
from keras_pwavenet.losses import DistillationKL, MixtureLogisticNLL
from keras_pwavenet.resynthesis import resynthesize

ONE, TWO, EIGHT = np.int64(1), np.int32(2), np.uint8(8)
SMALL = {"hop_length": np.int64(80), "residual_channels": np.int64(4)}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "home").mkdir()
    yield tmp_path / "home"
    assert not (tmp_path / "~").exists()


def mel():
    return LogMelSpectrogram(
        sample_rate=np.int64(8000),
        n_fft=np.int64(256),
        hop_length=np.int64(80),
        win_length=np.int64(200),
        n_mels=EIGHT,
    )


def teacher():
    model = WaveNet(EIGHT, num_layers=TWO, num_cycles=ONE, skip_channels=TWO, **SMALL)
    model.preprocessor = mel()
    return model


def student():
    model = ParallelWaveNet(
        EIGHT,
        flow_layers=(TWO,),
        layers_per_cycle=TWO,
        block_size=EIGHT,
        upsample_factors=(np.int64(2), np.int64(5)),
        **SMALL,
    )
    model.preprocessor = mel()
    return model


def test_a_whole_run_at_home_with_numpys_integers(home):
    (home / "corpus").mkdir()
    for number in range(20):
        noise = np.random.default_rng(number).uniform(-0.5, 0.5, 1200)
        write_audio(f"~/corpus/{number}.wav", noise, 8000)
    assert read_audio("~/corpus/0.wav")[1] == 8000
    prepare(read_corpus("~/corpus"), "~/features", mel(), progress=False)
    cache = join({"one": FeatureCache("~/features")}, "~/joined")
    assert (home / "joined" / "index.json").is_file()

    learns = teacher()
    learns.compile(training.optimizer(), MixtureLogisticNLL())
    short = {"steps_per_epoch": ONE, "batch_size": ONE, "frames": np.int64(5)}
    training.fit(
        learns, cache, "~/run", steps=ONE, seed=np.int64(3), verbose=0, **short
    )
    assert (home / "run" / "checkpoint.weights.h5").is_file()
    assert (home / "run" / "history.csv").is_file()
    # Another call has the same settings.
    training.fit(learns, cache, "~/run", steps=2, seed=3, verbose=0, **short)
    training.save(learns, "~/teacher", cache)
    loaded = WaveNet.from_preset("~/teacher")
    assert loaded.get_config()["residual_channels"] == 4


def test_seeds_of_numpy_are_those_of_python():
    audio = np.random.default_rng(0).uniform(-0.5, 0.5, 800).astype("float32")
    for model in (student(), teacher()):
        spoken = [
            resynthesize(model, audio, 8000, seed=seed, speaker=np.int64(0))
            for seed in (5, np.int64(5), np.uint16(5))
        ]
        np.testing.assert_array_equal(spoken[0], spoken[1])
        np.testing.assert_array_equal(spoken[0], spoken[2])


JAX = keras.backend.backend() == "jax"


@pytest.mark.parametrize("seed", [1.5, "a", -1, 2**32 if JAX else 2**63, True])
def test_what_is_no_seed_is_refused(seed):
    mel = np.zeros((1, 2, 8), "float32")
    audio = np.zeros(160, "float32")
    highest = 4294967295 if JAX else 9223372036854775807
    for speak, largest in (
        (lambda: student().generate(mel, seed=seed), highest),
        (lambda: student().stream(seed=seed), highest),
        (lambda: resynthesize(student(), audio, 8000, seed=seed), highest),
        (lambda: teacher().generate(mel, seed=seed), 4294967295),
        (lambda: resynthesize(teacher(), audio, 8000, seed=seed), 4294967295),
        (lambda: Distiller(teacher(), student(), ["stft"], seed=seed), 4294967295),
    ):
        with pytest.raises(ValueError, match=rf"{largest}\. Received: seed={seed!r}"):
            speak()


@pytest.mark.skipif(JAX, reason="takes seeds of 32 bits")
def test_a_seed_of_a_served_voice_is_one_here():
    voice, mel = student(), np.ones((1, 4, 8), "float32")
    audio = [np.array(voice.generate(mel, seed=2**40 + 7)) for _ in range(2)]
    np.testing.assert_array_equal(*audio)


def test_the_highest_seed_is_one_in_a_stream_too():
    voice, mel = student(), np.zeros((1, 2, 8), "float32")
    stream = voice.stream(seed=2**32 - 1)
    spoken = np.concatenate([stream.feed(mel[0]), stream.finish()])
    whole = np.array(voice.generate(mel, seed=2**32 - 1))[0]
    np.testing.assert_allclose(spoken, whole, atol=1e-5)
    assert np.abs(spoken - np.array(voice.generate(mel, seed=0))[0]).max() > 1e-3


def test_other_integers_of_numpy_do(home):
    distiller = Distiller(
        teacher(), student(), [DistillationKL(inner_samples=TWO)], seed=np.int64(4)
    )
    assert distiller.get_config()["seed"] == 4
    student().save_to_preset("~/student")
    assert ParallelWaveNet.from_preset("~/student").block_size == 8


@pytest.mark.slow
@pytest.mark.tensorflow
def test_exports_at_home(home):
    from keras_pwavenet.export import export_litert, export_saved_model

    model = student()
    model.save_to_preset("~/preset")
    assert export_litert("~/preset", "~/v.tflite", frames=[np.int64(3)]).is_file()
    with pytest.raises(ValueError, match="Did you mean 'en_female'"):
        export_litert("en_femal", "~/v.tflite")
    assert export_saved_model(model, "~/served", np.int64(2)).is_dir()
    assert (home / "served" / "2" / "saved_model.pb").is_file()
