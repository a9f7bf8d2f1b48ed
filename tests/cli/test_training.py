"""The commands `train` and `distill`."""

import csv
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import keras_pwavenet
from keras_pwavenet import ParallelWaveNet, training
from keras_pwavenet.data import FeatureCache
from keras_pwavenet.models import add_speakers


def test_train_goes_on_where_it_stopped(
    features, teacher, short, succeed, fail, tmp_path
):
    run, out = tmp_path / "run", tmp_path / "preset"
    arguments = ["train", features, run, "--start", teacher, *short]
    first = succeed(*arguments, "--steps", 1).stdout.splitlines()
    assert first[0].startswith(f"WaveNet on {features}: ")
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    pattern = rf"; {backend}, \d+ (thread|device)s?; begins in {run}$"
    assert re.search(pattern, first[0])
    assert re.search(r": \d+ clips to train .* to validate, \d+ kept for", first[0])
    assert first[1].startswith("Step 1 of 1, 100%")
    assert first[2].startswith("Done after step 1: 1 step in ")
    assert "with --out FOLDER --minutes 0" in first[3]
    second = succeed(*arguments, "--steps", 3, "--out", out).stdout.splitlines()
    assert second[0].endswith(f"; goes on after step 1 of {run}")
    assert [line.partition(",")[0] for line in second[1:3]] == [
        *("Step 2 of 3", "Step 3 of 3")
    ]
    assert f"Preset: {out}. Next: pwavenet distill {features}" in second[-1]
    assert not any("\r" in line or "\x08" in line for line in [*first, *second])
    assert len((run / "history.csv").read_text().splitlines()) == 4
    assert keras_pwavenet.WaveNet.from_preset(out).preprocessor is not None
    assert "batch_size=2 (was 1)" in fail(*arguments, "--batch-size", 2)
    (run / "checkpoint.weights.h5").write_bytes(b"spoilt")
    assert "Expected a whole checkpoint" in fail(*arguments)


def test_speakers_come_along(two_speakers, succeed, teacher, tmp_path):
    model = add_speakers(keras_pwavenet.WaveNet.from_preset(teacher), 2)
    training.save(model, tmp_path / "many", FeatureCache(two_speakers))
    said = succeed("presets", tmp_path / "many").stdout
    assert said.rstrip().endswith("speakers: ann, bob")


def test_distill_starts_from_a_student(
    features, teacher, student, short, succeed, fail, tmp_path
):
    arguments = ["distill", features, tmp_path / "run", "--teacher", teacher]
    arguments += ["--start", student, *short]
    said = succeed(*arguments, "--steps", 2, "--out", tmp_path / "preset").stdout
    assert f"--preset {tmp_path / 'preset'}" in said.splitlines()[-1]
    ParallelWaveNet.from_preset(tmp_path / "preset")
    line = fail(*arguments, "--teacher", student)
    assert "'--teacher': Expected a preset of a WaveNet." in line
    assert line.endswith("a ParallelWaveNet")


@pytest.mark.parametrize("command", ["train", "distill"])
def test_compile_asks_for_a_compiled_step(
    command, features, teacher, student, fail, tmp_path, monkeypatch
):
    asked = []

    def compile_step(self, *arguments, jit_compile, **options):
        asked.append(jit_compile)
        raise ValueError("far enough")

    for model in (keras_pwavenet.WaveNet, keras_pwavenet.Distiller):
        monkeypatch.setattr(model, "compile", compile_step)
    start = {"train": ["--start", teacher]}
    start["distill"] = ["--teacher", teacher, "--start", student]
    arguments = [command, features, tmp_path / "run", *start[command]]
    assert "far enough" in fail(*arguments)
    assert "far enough" in fail(*arguments, "--compile")
    assert asked == ["auto", True]


@pytest.mark.usefixtures("eagerly")
def test_distill_with_other_losses(
    features, teacher, student, classifier, short, succeed, fail, tmp_path
):
    arguments = ["distill", features, tmp_path / "run", "--teacher", teacher]
    arguments += ["--start", student, *short]
    arguments += ["--batch-size", 2, "--steps", 1, "--loss", "kl"]
    arguments += ["--loss", "contrastive=0.3", "--loss", "tone=3"]
    assert "Only --loss perceptual" in fail(*arguments, "--classifier", classifier)
    arguments += ["--loss", "perceptual=2"]
    assert "'--classifier': Expected one for the perceptual loss" in fail(*arguments)
    succeed(*arguments, "--classifier", classifier)
    with open(tmp_path / "run" / "history.csv") as file:
        row = {k: float(v) for k, v in next(csv.DictReader(file)).items() if v != "NA"}
    weights = {"kl": 1, "contrastive": 0.3, "tone": 3, "perceptual": 2}
    assert weights.keys() < row.keys() and "stft" not in row
    expected = sum(weight * row[name] for name, weight in weights.items())
    assert row["loss"] == pytest.approx(expected, rel=1e-3)


def test_distill_refuses_losses_that_are_none(
    features, teacher, student, fail, tmp_path
):
    arguments = ["distill", features, tmp_path / "run", "--teacher", teacher]
    arguments += ["--start", student]
    said = fail(*arguments, "--loss", "sftf=10")
    assert "Did you mean 'stft'? Expected" in said and "loss='sftf'" in said
    said = fail(*arguments, "--loss", "stft=much")
    assert "NAME or NAME=WEIGHT. Received: stft=much" in said
    assert "kl=-1.0" in fail(*arguments, "--loss", "stft", "--loss", "kl=-1")
    assert "above 0. Received: kl=0" in fail(*arguments, "--loss", "kl=0")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "option",
    ["--channels 4", "--layers 2", "--kernel-size 3", "--order 0", "--pitch none"],
)
@pytest.mark.parametrize("command", ["train", "distill"])
def test_shape_of_a_model_to_start_from_is_refused(
    option, command, features, teacher, student, fail, tmp_path
):
    start = {
        "train": ("--start", teacher),
        "distill": ("--teacher", teacher, "--start", student),
    }
    line = fail(command, features, tmp_path / "run", *start[command], *option.split())
    name, value = option.split()
    assert f"'{name}': Expected none with --start" in line
    assert line.endswith(f"Received: {value}")


def test_training_errors_are_one_line(features, teacher, fail, tmp_path):
    assert "index.json" in fail("train", tmp_path, tmp_path / "run")
    start = ("train", features, tmp_path / "run")
    assert "pitch='auto'" in fail(*start)
    line = fail(*start, "--pitch", "none", "--steps", 0)
    assert line.endswith("'--steps': Expected a whole number of 1 or more. Received: 0")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "diary.txt").write_text("Dear diary")
    line = fail(*start, "--start", teacher, "--out", tmp_path / "full")
    assert "'--out': Expected a new or an empty folder, or a preset" in line
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
def test_interrupted_training_ends_with_one_line(number, status, features, tmp_path):
    run, out = tmp_path / "run", tmp_path / "preset"
    arguments = ["train", features, run, "--out", out, "--channels", 4]
    arguments += ["--pitch", "none", "--steps-per-epoch", 10]
    arguments += ["--layers", 2, "--cycles", 1, "--batch-size", 1, "--frames", 5]
    process = subprocess.Popen(
        [sys.executable, "-m", "keras_pwavenet.cli", *map(str, arguments)],
        cwd=Path(keras_pwavenet.__file__).parents[1],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A process in the background ignores Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    shown = b""
    while b"loss" not in shown and process.poll() is None:
        shown += process.stdout.read1()
    process.send_signal(number)
    _, error = process.communicate(timeout=300)
    assert process.returncode == status, error
    lines = error.decode().splitlines()
    last = r"Saved after step \d+\. Run the same command again to go on\."
    assert re.fullmatch(last, lines[-1])
    assert not any("Traceback" in line for line in lines)
    assert (run / "checkpoint.weights.h5").exists()
    assert not out.exists()


def test_ctrl_c_anywhere_ends_with_status_130(features, tmp_path, invoke, monkeypatch):
    from keras_pwavenet import data

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(data, "FeatureCache", interrupt)
    result = invoke("train", features, tmp_path / "run", "--pitch", "none")
    assert (result.exit_code, result.output) == (130, "")
