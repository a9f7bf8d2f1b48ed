"""Distillation of a student with filter and source from a teacher with a predictor."""

import keras
import numpy as np

from keras_pwavenet import Distiller, ParallelWaveNet, PitchPredictor, WaveNet
from keras_pwavenet.audio import LogMelSpectrogram

BACKEND = keras.backend.backend()
HOP, FRAMES = 32, 10
MEL = LogMelSpectrogram(8000, 256, HOP, 160, n_mels=20)
SHARED = {"preprocessor": MEL, "residual_channels": 6, "upsample_channels": 4}
SHARED |= {"upsample_factors": (2,)}


def make(terms):
    hears = [PitchPredictor(conditioning_channels=20, channels=4) for _ in range(2)]
    teacher = WaveNet(
        **SHARED,
        num_layers=2,
        num_cycles=1,
        skip_channels=6,
        mixtures=2,
        pitch_predictor=hears[0],
    )
    student = ParallelWaveNet(
        **SHARED,
        flow_layers=(2,),
        layers_per_cycle=2,
        block_size=4,
        pitch_predictor=hears[1],
    )
    distiller = Distiller(teacher, student, list(terms), list(terms.values()), seed=1)
    jit = "auto" if BACKEND == "jax" else False
    # On TensorFlow, tracing takes longer than a few steps that are run eagerly.
    eager = BACKEND == "tensorflow"
    distiller.compile(keras.optimizers.Adam(1e-2), jit_compile=jit, run_eagerly=eager)
    return distiller


def clips(count=4):
    random = np.random.default_rng(0)
    audio = (0.1 * random.normal(size=(count, FRAMES * HOP))).astype("float32")
    return {"audio": audio, "conditioning": MEL(audio)}, audio


def test_training_moves_the_students_own_weights_alone():
    distiller = make({"kl": 1.0, "contrastive": 0.3, "stft": 1.0, "tone": 1.0})
    student, teacher = distiller.student, distiller.teacher
    frozen = [*teacher.weights, *student.pitch_predictor.weights]
    moving = student.trainable_weights
    before = [keras.ops.convert_to_numpy(w).copy() for w in (*frozen, *moving)]
    history = distiller.fit(*clips(), batch_size=2, epochs=3, shuffle=False, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    assert history.history["skipped_steps"] == [0.0] * 3
    after = [keras.ops.convert_to_numpy(w) for w in (*frozen, *moving)]
    changed = [not np.array_equal(*pair) for pair in zip(before, after, strict=True)]
    assert not any(changed[: len(frozen)])
    assert np.mean(changed[len(frozen) :]) > 0.9


def test_each_clip_begins_at_a_phase_of_its_own(monkeypatch):
    distiller, seen = make({"stft": 1.0}), []
    speak = ParallelWaveNet.call

    def watched(self, inputs, **options):
        seen.append(keras.ops.convert_to_numpy(inputs["phase"]))
        return speak(self, inputs, **options)

    monkeypatch.setattr(ParallelWaveNet, "call", watched)
    for _ in range(5):
        distiller(clips(40)[0])
    phases = np.concatenate(seen)
    assert phases.shape == (200,)
    assert len(np.unique(phases)) == 200
    assert 0 < phases.min() < 0.1
    assert 0.9 < phases.max() < 1
    assert abs(phases.mean() - 0.5) < 0.08


def test_a_distillers_copy_has_the_same_models(tmp_path):
    distiller = make({"kl": 1.0, "stft": 1.0})
    path = tmp_path / "distiller.keras"
    distiller.save(path)
    copy = keras.saving.load_model(path)
    for name in ("teacher", "student"):
        model, loaded = getattr(distiller, name), getattr(copy, name)
        assert loaded.preprocessor.get_config() == MEL.get_config()
        for first, second in zip(model.weights, loaded.weights, strict=True):
            np.testing.assert_array_equal(
                keras.ops.convert_to_numpy(first), keras.ops.convert_to_numpy(second)
            )
