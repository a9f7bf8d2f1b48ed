"""What `fit` logs, validates and refuses."""

import csv
import os

import keras
import numpy as np
import pytest

from keras_pwavenet import PitchPredictor, files, training
from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.data import RandomCrops
from keras_pwavenet.losses import PitchLoss
from keras_pwavenet.training import CSVHistory

EAGER = keras.backend.backend() == "tensorflow"


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def test_history_has_a_row_for_each_epoch(make_teacher, train, tmp_path):
    history = train(make_teacher(), tmp_path, steps=5)
    rows = rows_of(tmp_path / "history.csv")
    assert list(rows[0]) == ["epoch", "loss", "val_loss"]
    assert [int(row["epoch"]) for row in rows] == [0, 1, 2, 3, 4]
    assert [float(row["loss"]) for row in rows] == history.history["loss"]
    assert [row["val_loss"] for row in rows[:4]] == ["NA"] * 4
    assert float(rows[4]["val_loss"]) == history.history["val_loss"][0]


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a,b\n1,2\n", b"epoch\nx\n"])
def test_a_damaged_history_is_named(content, make_teacher, train, tmp_path):
    (tmp_path / "history.csv").write_bytes(content)
    with pytest.raises(ValueError, match=r"history of a run.*history\.csv"):
        train(make_teacher(), tmp_path, steps=1)
    assert (tmp_path / "history.csv").read_bytes() == content


def test_a_run_is_trained_by_one_process_at_a_time(make_teacher, train, tmp_path):
    (tmp_path / "run").mkdir()
    with files.lock(tmp_path / "run/.lock", "the run"):
        with pytest.raises(BlockingIOError, match=rf"/run,.* process {os.getpid()} on"):
            train(make_teacher(), tmp_path / "run", steps=1)
    assert [path.name for path in (tmp_path / "run").iterdir()] == [".lock"]
    train(make_teacher(), tmp_path / "run", steps=1)


def test_full_disk_leaves_the_checkpoint(make_teacher, train, tmp_path, full_disk):
    train(make_teacher(), tmp_path, steps=1)
    before = (tmp_path / "checkpoint.weights.h5").read_bytes()
    with (
        full_disk(20_000),
        pytest.raises(OSError, match=r"'.*checkpoint\.weights\.h5'"),
    ):
        train(make_teacher(), tmp_path, steps=2)
    assert (tmp_path / "checkpoint.weights.h5").read_bytes() == before
    assert not list(tmp_path.glob(".*partial"))


def test_validation_is_that_of_the_averaged_weights(
    make_teacher, train, cache, tmp_path
):
    teacher = make_teacher(ema=0.99)
    val_loss = train(teacher, tmp_path, steps=5).history["val_loss"][0]
    crops = RandomCrops(cache, "validation", batch_size=2, frames=10, steps=4)
    averaged = teacher.evaluate(crops, verbose=0)
    assert val_loss == pytest.approx(averaged, abs=1e-5)
    # At the end of `fit` the model has the averages; the raw weights score otherwise.
    checkpoint = training.ResumableCheckpoint(tmp_path / "checkpoint.weights.h5")
    raw = make_teacher(ema=0.99)
    checkpoint.restore(raw)
    assert abs(raw.evaluate(crops, verbose=0) - averaged) > 1e-3


@pytest.mark.parametrize(
    ("length", "ends"),
    [
        (3, (4, 5, 8, 9)),
        pytest.param(3, (6, 9), marks=pytest.mark.slow),
        pytest.param(1, (3, 4), marks=pytest.mark.slow),
    ],
)
def test_training_sees_the_promised_crops(
    length, ends, make_teacher, cache, tmp_path, monkeypatch
):
    seen = []
    batch = RandomCrops.batch

    def spy(self, epoch, step):
        if self.split == "train":
            seen.append((epoch, step))
        return batch(self, epoch, step)

    monkeypatch.setattr(RandomCrops, "batch", spy)
    short = {"batch_size": 1, "frames": 5, "verbose": 0}
    model = None
    for steps in ends:
        # Keras reads more batches for a new model than for one that it has built.
        model = model if steps == ends[-1] else make_teacher()
        training.fit(
            model, cache, tmp_path / "run", steps=steps, steps_per_epoch=length, **short
        )
    wanted = [divmod(step, length) for step in range(ends[-1])]
    assert list(dict.fromkeys(seen))[: len(wanted)] == wanted


def test_corpus_without_validation_clips_trains(
    make_teacher, cache, tmp_path, monkeypatch
):
    indices = cache.indices
    monkeypatch.setattr(
        cache, "indices", lambda s: indices(s)[: 0 if s == "validation" else None]
    )
    short = {"steps_per_epoch": 1, "batch_size": 1, "frames": 5, "verbose": 0}
    history = training.fit(make_teacher(), cache, tmp_path, steps=5, **short)
    assert "val_loss" not in history.history


@pytest.mark.parametrize("bad", [{"steps": 0}, {"steps": -2}, {"steps_per_epoch": 0}])
def test_steps_must_be_positive(bad, make_teacher, train, tmp_path):
    ((name, value),) = bad.items()
    with pytest.raises(ValueError, match=f"1 or more.*{name}={value}"):
        train(make_teacher(), tmp_path / "run", **{"steps": 4, **bad})
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("part", ["teacher", "student", ""])
def test_features_of_other_settings_are_refused(
    part, make_teacher, make_distiller, train, tmp_path
):
    model = make_distiller() if part else make_teacher()
    owner = getattr(model, part) if part else model
    owner.preprocessor = LogMelSpectrogram(
        sample_rate=8000, n_fft=256, hop_length=80, win_length=200, n_mels=8, fmax=3000
    )
    with pytest.raises(ValueError, match=f"{part}.*fmax.*3000"):
        train(model, tmp_path, steps=1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hop_length": 40}, "hop_length=40. Received: hop_length=80"),
        ({"conditioning_channels": 9}, "channels=9. Received: conditioning_channels=8"),
        ({"num_speakers": 3}, "num_speakers=3. Received: num_speakers=2"),
        ({"num_speakers": 1}, "num_speakers=1. Received: num_speakers=2"),
    ],
)
def test_a_corpus_of_another_shape_is_refused(
    changes, message, make_teacher, train, cache, tmp_path, monkeypatch
):
    monkeypatch.setattr(cache, "speakers", [*cache.speakers, "another"])
    model = make_teacher(**changes)
    model.preprocessor = None
    with pytest.raises(ValueError, match=message.replace(".", r"\.")):
        train(model, tmp_path, steps=1)
    train(make_teacher(num_speakers=2), tmp_path / "fits", steps=1)


def test_another_corpus_is_refused(make_teacher, train, cache, tmp_path, monkeypatch):
    train(make_teacher(), tmp_path, steps=1)
    monkeypatch.setattr(cache, "clips", cache.clips[:-1])
    with pytest.raises(ValueError, match=r"corpus='\w+' \(was"):
        train(make_teacher(), tmp_path, steps=2)


def test_nan_loss_ends_the_run_and_keeps_the_checkpoint(make_teacher, train, tmp_path):
    train(make_teacher(), tmp_path, steps=1)
    before = (tmp_path / "checkpoint.weights.h5").read_bytes()

    class Spoil(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            weight = self.model.trainable_variables[0]
            weight.assign(weight * np.nan)

    with pytest.raises(RuntimeError, match="NaN or Inf loss"):
        train(make_teacher(), tmp_path, steps=2, callbacks=[Spoil()])
    assert (tmp_path / "checkpoint.weights.h5").read_bytes() == before


@pytest.mark.slow
def test_loss_falls(make_teacher, train, tmp_path):
    teacher = make_teacher()
    epochs = {"steps_per_epoch": 10, "checkpoint_minutes": 1.0}
    loss = train(teacher, tmp_path, steps=30, **epochs).history["loss"]
    assert loss[-1] < loss[0] - 0.01


def test_optimizer_halves_and_clips():
    adam = training.optimizer(1e-2, halve_every=10, ema=0.5, clip=2.0)
    assert float(adam.learning_rate) == pytest.approx(1e-2)
    adam.build([])
    adam.iterations.assign(20)
    assert float(adam.learning_rate) == pytest.approx(2.5e-3)
    assert (adam.ema_momentum, adam.global_clipnorm) == (0.5, 2.0)


def test_history_forgets_epochs_to_come_and_half_rows(tmp_path):
    path = tmp_path / "history.csv"
    path.write_text("epoch,loss,val_loss\r\n0,3.0,NA\r\n1,2.0,NA\r\n2,1.0,NA\r\n3,0.")
    history = CSVHistory(path, epoch=2)
    assert path.read_bytes() == b"epoch,loss,val_loss\r\n0,3.0,NA\r\n1,2.0,NA\r\n"
    history.on_epoch_end(2, {"val_loss": 5.0, "loss": 1.5})
    assert path.read_bytes().endswith(b"1,2.0,NA\r\n2,1.5,5.0\r\n")


def test_history_has_the_columns_that_occur(make_distiller, train, tmp_path):
    train(make_distiller(), tmp_path, steps=4)
    names = ["epoch", "entropy", "gradient_norm", "kl", "level_db", "loss"]
    names.append("skipped_steps")
    assert list(rows_of(tmp_path / "history.csv")[0]) == names
    train(make_distiller(), tmp_path, steps=5)
    rows = rows_of(tmp_path / "history.csv")
    held_out = ["val_entropy", "val_kl", "val_level_db", "val_loss"]
    assert list(rows[0]) == [*names, *held_out]
    assert {rows[3][name] for name in held_out} == {"NA"}
    assert all(np.isfinite(float(value)) for value in rows[4].values())


def spoil(monkeypatch, *places):
    """Puts a NaN into the training targets of these (epoch, step)."""
    batch = RandomCrops.batch

    def spoilt(self, epoch, step):
        inputs, audio = batch(self, epoch, step)
        if self.split == "train" and (epoch, step) in places:
            audio = np.full_like(audio, np.nan)
        return inputs, audio

    monkeypatch.setattr(RandomCrops, "batch", spoilt)


def test_a_distiller_skips_a_step_and_goes_on(
    make_distiller, train, tmp_path, monkeypatch
):
    spoil(monkeypatch, (0, 0), (1, 1))
    whole = make_distiller(stft=1.0)
    history = train(whole, tmp_path / "whole", steps=4, steps_per_epoch=2).history
    assert history["skipped_steps"] == [1, 1]
    assert np.isfinite(history["loss"]).all()
    assert int(whole.optimizer.iterations) == 2
    # Skipped steps count where the run goes on.
    for steps in (2, 4):
        parts = make_distiller(stft=1.0)
        epochs = train(parts, tmp_path / "parts", steps=steps, steps_per_epoch=2).epoch
    assert epochs == [1]
    for one, other in zip(whole.get_weights(), parts.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_epoch_of_skipped_steps_ends_the_run(
    make_distiller, train, tmp_path, monkeypatch
):
    spoil(monkeypatch, (1, 0), (1, 1))
    for _ in range(2):  # again from the middle of that epoch
        distiller = make_distiller(stft=1.0)
        with pytest.raises(FloatingPointError, match="2 steps of epoch 2 was skipped"):
            train(distiller, tmp_path, steps=4, steps_per_epoch=2)
        checkpoint = training.ResumableCheckpoint(tmp_path / "checkpoint.weights.h5")
        assert checkpoint.restore(make_distiller(stft=1.0)) == 3


def test_steps_need_not_be_whole_epochs(make_teacher, train, tmp_path):
    train(make_teacher(), tmp_path / "whole", steps=5, steps_per_epoch=2)
    parts = tmp_path / "parts"
    for steps, epochs in ((1, [0]), (1, []), (3, [0, 1]), (5, [1, 2])):
        teacher = make_teacher()
        history = train(teacher, parts, steps=steps, steps_per_epoch=2)
        assert history.epoch == epochs
        assert int(teacher.optimizer.iterations) == steps
        assert len(history.history.get("loss", [])) == len(epochs)
        rows = rows_of(parts / "history.csv")
        assert len(rows) == -(-steps // 2)
    assert rows == rows_of(tmp_path / "whole" / "history.csv")
    assert float(rows[-1]["loss"]) == history.history["loss"][-1]


def test_accumulated_run_goes_on_where_it_stopped(make_teacher, train, tmp_path):
    runs = {"whole": (6,), "parts": (3, 6)}  # stopped between two updates
    for name, ends in runs.items():
        for steps in ends:
            teacher = make_teacher(accumulate=2)
            history = train(teacher, tmp_path / name, steps=steps)
        runs[name] = teacher.get_weights()
    assert history.epoch == [3, 4, 5]
    assert int(teacher.optimizer.iterations) == 3
    for one, other in zip(*runs.values(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_pitch_predictor_goes_on_where_it_stopped(
    train, cache, tmp_path, monkeypatch
):
    """Its crops have the pitch as target, and the levels drawn are those of one run."""
    asked = []

    def pitch(clip, start, frames):
        asked.append(clip)
        return np.full(frames, 100.0 + clip, "float32")

    monkeypatch.setattr(cache, "pitch", pitch)
    runs = {"whole": (4,), "parts": (2, 4)}
    for name, ends in runs.items():
        for steps in ends:
            keras.utils.set_random_seed(5 if steps == ends[0] else 6)
            predictor = PitchPredictor(8, channels=4, bins=12)
            predictor.preprocessor = cache.mel
            start = predictor.get_weights()
            optimizer = training.optimizer(ema=0.9)
            predictor.compile(optimizer, PitchLoss(), run_eagerly=EAGER)
            train(predictor, tmp_path / name, steps=steps)
        runs[name] = predictor.get_weights()
    assert asked
    for one, other, first in zip(*runs.values(), start, strict=True):
        np.testing.assert_array_equal(one, other)
        assert np.abs(one - first).max() > 0


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ({"frames": 10**6}, "Received: frames=1000000"),
        ({"batch_size": 10**6, "frames": 8}, "Received: batch_size=1000000"),
    ],
)
def test_sizes_that_fill_the_memory_are_refused(
    bad, told, make_teacher, train, tmp_path
):
    with pytest.raises(ValueError, match=told):
        train(make_teacher(), tmp_path / "run", steps=1, **bad)
    assert not (tmp_path / "run").exists()


def test_a_folder_of_something_else_is_no_runs(make_teacher, train, cache, tmp_path):
    (tmp_path / "diary.txt").write_text("Dear diary")
    for folder in (tmp_path, cache.directory):
        before = sorted(folder.iterdir())
        with pytest.raises(FileExistsError, match=r"that of a run\. Received: "):
            train(make_teacher(), folder, steps=1)
        assert sorted(folder.iterdir()) == before


def test_new_models_are_of_sizes_that_presets_may_have(cache):
    for bad in ({"order": 10**6}, {"channels": 4096, "layers": 200, "cycles": 20}):
        with pytest.raises(ValueError, match=r"in a new model\. Received: "):
            training.new_teacher(cache, pitch="none", **bad)
    for bad in ({"flows": 300}, {"layers": 30}, {"block_size": 320}):
        with pytest.raises(ValueError, match=r"in a new model\. Received: "):
            training.new_student(cache, pitch="none", **bad)


def test_steps_without_end_take_no_memory(make_teacher, train, tmp_path):
    train(make_teacher(), tmp_path, steps=10**15, minutes=0.0)
    assert len(rows_of(tmp_path / "history.csv")) == 1
