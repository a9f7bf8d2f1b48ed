"""The command `pwavenet`, end to end on tiny presets."""

import ast
import csv
import itertools
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

import keras_pwavenet
from keras_pwavenet import ParallelWaveNet, PhonemeClassifier, WaveNet, cli
from keras_pwavenet.audio import LogMelSpectrogram, write_audio
from keras_pwavenet.data import FeatureCache, split_of
from keras_pwavenet.models.pitch_predictor import PitchPredictor

RATE = 8000
MEL = (
    "--sample-rate 8000 --hop-length 80 --win-length 200 --n-fft 256 --n-mels 8 "
    "--fmax 4000"
)
SHORT = "--steps-per-epoch 1 --batch-size 1 --frames 5"
SHARED = {"hop_length": 80, "residual_channels": 4, "upsample_channels": 4}


def invoke(*arguments):
    return CliRunner().invoke(cli.app, [str(a) for a in arguments])


def succeed(*arguments):
    result = invoke(*arguments)
    assert result.exit_code == 0, result.output
    return result


def fail(*arguments):
    """Runs a command that must fail with one line, and returns the line."""
    result = invoke(*arguments)
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    lines = [line for line in result.stderr.splitlines() if "Error" in line]
    assert len(lines) == 1 and lines[0].startswith("Error: ")
    assert "Traceback" not in result.output
    return lines[0]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    random = np.random.default_rng(0)
    for number in range(20):
        write_audio(
            folder / f"{number}.wav", random.uniform(-0.5, 0.5, 1500 + number), RATE
        )
    return folder


@pytest.fixture(scope="module")
def features(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("prepared") / "features"
    succeed("prepare", corpus, folder, *MEL.split())
    return folder


def save(model, folder):
    model.preprocessor = LogMelSpectrogram(
        RATE, n_fft=256, hop_length=80, win_length=200, n_mels=8, fmax=4000.0
    )
    model.save_to_preset(folder)
    return folder


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    model = ParallelWaveNet(8, flow_layers=(2,), layers_per_cycle=2, **SHARED)
    return save(model, tmp_path_factory.mktemp("presets") / "student")


@pytest.fixture(scope="module")
def teacher(tmp_path_factory):
    model = WaveNet(
        8, num_layers=2, num_cycles=1, skip_channels=4, mixtures=2, **SHARED
    )
    return save(model, tmp_path_factory.mktemp("presets") / "teacher")


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    model = PhonemeClassifier(
        hop_length=80, num_layers=2, num_cycles=1, residual_channels=4
    )
    return save(model, tmp_path_factory.mktemp("presets") / "classifier")


def test_help_lists_the_commands_and_gives_examples():
    text = succeed("--help").stdout
    for command in (
        *("presets", "resynthesize", "prepare", "train", "distill", "export"),
        "evaluate",
    ):
        assert command in text
        assert f"  pwavenet {command}" in succeed(command, "-h").stdout


def test_presets_are_a_table(monkeypatch):
    monkeypatch.setattr(
        "keras_pwavenet.presets.builtin_presets",
        lambda: {
            "a_voice": {
                "class": "keras_pwavenet>ParallelWaveNet",
                "description": "A voice.",
                "licence": "CC0-1.0",
                "parameter_count": 1234567,
                "weights": True,
            }
        },
    )
    header, row = succeed("presets").stdout.splitlines()
    assert header.split()[:2] == ["NAME", "CLASS"]
    assert (
        row.split() == "a_voice ParallelWaveNet 1,234,567 yes CC0-1.0 A voice.".split()
    )


@pytest.mark.parametrize("rate", [RATE, 11025])
@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_resynthesis_has_the_length_of_the_recording(rate, suffix, student, tmp_path):
    source, target = tmp_path / "in.wav", tmp_path / f"out{suffix}"
    write_audio(source, np.random.default_rng(2).uniform(-1, 1, 3001), rate)
    arguments = ("--preset", student, "--seed", 3)
    said = succeed("resynthesize", source, target, *arguments).stdout
    assert f"{target.name}: {3001 / rate:.1f} s at {rate} Hz" in said
    spoken, spoken_rate = soundfile.read(target)
    assert (spoken.shape, spoken_rate) == ((3001,), rate)
    first = target.read_bytes()
    succeed("resynthesize", source, target, *arguments)
    assert target.read_bytes() == first
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.wav", target.name]


def test_resynthesis_at_another_pitch(student, tmp_path):
    mel = LogMelSpectrogram(
        RATE, n_fft=256, hop_length=80, win_length=200, n_mels=8, fmax=4000.0
    )
    hears = PitchPredictor(8, channels=4, num_layers=1, bins=9)
    hears.logits.bias.assign(np.ones(10))  # voiced
    voice = ParallelWaveNet(
        flow_layers=(2,),
        layers_per_cycle=2,
        preprocessor=mel,
        pitch_predictor=hears,
        **SHARED,
    )
    voice.save_to_preset(tmp_path / "voice")
    audio = np.random.default_rng(2).uniform(-0.5, 0.5, 800)
    write_audio(tmp_path / "in.wav", audio, RATE)
    files = [tmp_path / "in.wav", tmp_path / "out.wav", "--seed", 1]
    spoken = []
    for options in ((), ("--pitch-scale", 1.2)):
        succeed("resynthesize", *files, "--preset", tmp_path / "voice", *options)
        spoken.append(soundfile.read(tmp_path / "out.wav")[0])
    assert np.abs(spoken[0] - spoken[1]).max() > 1e-3
    line = fail("resynthesize", *files, "--preset", student, "--pitch-scale", 1.2)
    assert "no pitch predictor" in line and line.endswith("pitch_scale=1.2")


def test_teacher_speaks_too(teacher, tmp_path):
    write_audio(tmp_path / "in.wav", np.full(100, 0.1), RATE)
    succeed(
        "resynthesize", tmp_path / "in.wav", tmp_path / "out.wav", "--preset", teacher
    )
    assert soundfile.info(tmp_path / "out.wav").frames == 100


def test_resynthesis_errors_leave_no_file(student, tmp_path):
    source, target = tmp_path / "in.wav", tmp_path / "out.wav"
    write_audio(source, np.full(100, 0.1), RATE)
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    files = sorted(tmp_path.iterdir())
    voice = ("--preset", student)
    missing = tmp_path / "missing.wav"
    assert "missing.wav" in fail("resynthesize", missing, target, *voice)
    assert "broken.wav" in fail("resynthesize", tmp_path / "broken.wav", target, *voice)
    assert "preset='no_such_voice'" in fail(
        "resynthesize", source, target, "--preset", "no_such_voice"
    )
    assert "temperature=-1" in fail(
        "resynthesize", source, target, *voice, "--temperature", -1
    )
    assert ".xyz" in fail("resynthesize", source, tmp_path / "out.xyz", *voice)
    assert "No such folder" in fail(
        "resynthesize", source, tmp_path / "no" / "out.wav", *voice
    )
    assert sorted(tmp_path.iterdir()) == files


def test_interrupted_write_keeps_what_was_there(student, tmp_path, monkeypatch):
    source, target = tmp_path / "in.wav", tmp_path / "out.wav"
    write_audio(source, np.full(100, 0.1), RATE)
    target.write_bytes(b"before")

    def fails(*_):
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", fails)
    assert "no space left" in fail("resynthesize", source, target, "--preset", student)
    assert target.read_bytes() == b"before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.wav", "out.wav"]


def test_missing_argument_is_a_usage_error():
    result = invoke("resynthesize", "in.wav")
    assert result.exit_code == 2
    assert "OUT" in result.stderr


def test_prepare_names_what_it_skips(corpus, tmp_path):
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "good.wav").write_bytes((corpus / "0.wav").read_bytes())
    (folder / "bad.wav").write_bytes(b"nonsense")
    text = succeed("prepare", folder, tmp_path / "features", *MEL.split()).stdout
    assert "Skipped bad" in text and "1 clips" in text and "1 skipped" in text
    assert "features" in fail("prepare", folder, tmp_path / "features", *MEL.split())
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "no audio clip" in fail("prepare", empty, tmp_path / "more")


def test_prepare_takes_levels_and_high_pass(corpus, tmp_path):
    folder, features = tmp_path / "corpus", tmp_path / "features"
    folder.mkdir()
    for take in range(2):
        recording = (corpus / f"{take}.wav").read_bytes()
        (folder / f"hello_123456789{take}.wav").write_bytes(recording)
        (folder / f"hello_123456789{take}.txt").write_text("Hello.")
    options = ["--layout", "piper", "--one-take", "--level", "-30", "--highpass", "60"]
    text = succeed("prepare", folder, features, *options, *MEL.split()).stdout
    assert "1 clips" in text and "0 skipped" in text
    cache = FeatureCache(features)
    assert [(clip.name, clip.prompt) for clip in cache.clips] == [
        ("hello_1234567891", "hello")
    ]
    assert cache.preparation[""]["level"] == -30.0
    assert cache.preparation[""]["highpass"] == 60.0
    assert "level=3.0" in fail("prepare", folder, tmp_path / "more", "--level", "3")


def test_train_goes_on_where_it_stopped(features, teacher, tmp_path):
    run, preset = tmp_path / "run", tmp_path / "preset"
    arguments = ["train", features, run, "--teacher", teacher, *SHORT.split()]
    succeed(*arguments, "--steps", 1)
    succeed(*arguments, "--steps", 3, "--preset", preset)
    assert len((run / "history.csv").read_text().splitlines()) == 4
    assert keras_pwavenet.WaveNet.from_preset(preset).preprocessor is not None
    assert "batch_size=2 (was 1)" in fail(*arguments, "--batch-size", 2)
    (run / "checkpoint.weights.h5").write_bytes(b"spoilt")
    assert "damaged" in fail(*arguments)


def test_distill_starts_from_a_student(features, teacher, student, tmp_path):
    arguments = ["distill", features, tmp_path / "run", "--teacher", teacher]
    arguments += ["--student", student, *SHORT.split()]
    succeed(*arguments, "--steps", 2, "--preset", tmp_path / "preset")
    ParallelWaveNet.from_preset(tmp_path / "preset")
    assert "`WaveNet`" in fail(*arguments, "--teacher", student)


@pytest.mark.parametrize("command", ["train", "distill"])
def test_compile_asks_for_a_compiled_step(
    command, features, teacher, student, tmp_path, monkeypatch
):
    asked = []

    def compile_step(self, *arguments, jit_compile, **options):
        asked.append(jit_compile)
        raise ValueError("far enough")

    for model in (WaveNet, keras_pwavenet.Distiller):
        monkeypatch.setattr(model, "compile", compile_step)
    arguments = [command, features, tmp_path / "run", "--teacher", teacher]
    arguments += ["--student", student] if command == "distill" else []
    assert "far enough" in fail(*arguments)
    assert "far enough" in fail(*arguments, "--compile")
    assert asked == ["auto", True]


def test_distill_with_other_losses(features, teacher, student, classifier, tmp_path):
    arguments = ["distill", features, tmp_path / "run", "--teacher", teacher]
    arguments += ["--student", student, *SHORT.split()]
    arguments += ["--batch-size", 2, "--steps", 1, "--loss", "kl"]
    arguments += ["--loss", "contrastive=0.3", "--loss", "tone=3"]
    arguments += ["--loss", "perceptual=2"]
    assert "classifier=None" in fail(*arguments)
    succeed(*arguments, "--classifier", classifier)
    with open(tmp_path / "run" / "history.csv") as file:
        row = {k: float(v) for k, v in next(csv.DictReader(file)).items() if v != "NA"}
    weights = {"kl": 1, "contrastive": 0.3, "tone": 3, "perceptual": 2}
    assert weights.keys() < row.keys() and "stft" not in row
    expected = sum(weight * row[name] for name, weight in weights.items())
    assert row["loss"] == pytest.approx(expected, rel=1e-3)


def test_distill_refuses_losses_that_are_none(features, teacher, student, tmp_path):
    arguments = ["distill", features, tmp_path / "run", "--teacher", teacher]
    arguments += ["--student", student]
    said = fail(*arguments, "--loss", "sftf=10")
    assert "Did you mean 'stft'? Expected" in said and "loss='sftf'" in said
    said = fail(*arguments, "--loss", "stft=much")
    assert "NAME or NAME=WEIGHT. Received: stft=much" in said
    assert "kl=-1.0" in fail(*arguments, "--loss", "stft", "--loss", "kl=-1")
    assert not (tmp_path / "run").exists()


def test_evaluate_writes_a_report(student, teacher, tmp_path):
    features, corpus = tmp_path / "features", tmp_path / "corpus"
    corpus.mkdir()
    names = (n for n in map(str, itertools.count()) if split_of(n) == "test")
    for name in itertools.islice(names, 2):
        noise = np.random.default_rng(int(name)).uniform(-0.5, 0.5, 1600)
        write_audio(corpus / f"{name}.wav", noise, RATE)
    succeed("prepare", corpus, features, *MEL.split())
    arguments = ["evaluate", student, tmp_path / "report", "--corpus", features]
    arguments += ["--teacher", teacher, "--teacher-clips", 0, "--report-clips", 1]
    quick = ("--judge", "level", "--judge", "silence")
    printed = succeed(*arguments, *quick)
    assert str(tmp_path / "report" / "report.html") in printed.stdout
    assert "noise in silences" in printed.stdout
    report = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    for system in ("natural", "teacher", "student"):
        assert f"<figcaption>{system}</figcaption>" in report
    assert (tmp_path / "report" / "summary.json").is_file()
    line = fail(*arguments, "--judge", "taste")
    assert "The judges are level, silence, tones" in line and "taste" in line
    assert "index.json" in fail("evaluate", student, tmp_path, "--corpus", tmp_path)
    assert "split='exam'" in fail(*arguments, *quick, "--split", "exam")


def test_training_errors_are_one_line(features, tmp_path):
    assert "index.json" in fail("train", tmp_path, tmp_path / "run")
    start = ("train", features, tmp_path / "run")
    assert "pitch='auto'" in fail(*start)
    assert "steps=0" in fail(*start, "--pitch", "none", "--steps", 0)
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_command_runs_in_a_process_of_its_own(student, tmp_path):
    source, target = tmp_path / "in.wav", tmp_path / "out.wav"
    write_audio(source, np.full(1000, 0.1), RATE)

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "keras_pwavenet.cli", *map(str, arguments)],
            cwd=Path(keras_pwavenet.__file__).parents[1],
            capture_output=True,
            text=True,
            timeout=300,
        )

    done = run("resynthesize", source, target, "--preset", student)
    assert done.returncode == 0, done.stderr
    assert soundfile.info(target).frames == 1000
    assert "100%" in done.stderr
    wrong = run("resynthesize", source, target, "--preset", "en_femal")
    assert wrong.returncode == 1
    assert "Error: Unknown preset." in wrong.stderr
    assert "Traceback" not in wrong.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
def test_interrupted_training_ends_with_one_line(number, status, features, tmp_path):
    run, preset = tmp_path / "run", tmp_path / "preset"
    arguments = ["train", features, run, "--preset", preset, "--channels", 4]
    arguments += ["--pitch", "none"]
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
    assert not preset.exists()


def test_ctrl_c_anywhere_ends_with_status_130(tmp_path, monkeypatch):
    from keras_pwavenet import data

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(data, "FeatureCache", interrupt)
    result = invoke("train", tmp_path, tmp_path / "run")
    assert (result.exit_code, result.output) == (130, "")


def test_command_line_modules_import_no_keras():
    files = list(Path(cli.__file__).parent.glob("*.py"))
    assert len(files) > 3
    for file in files:
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module]
            else:
                continue
            for name in names:
                root = name.partition(".")[0]
                assert root not in {"keras", "numpy", "tensorflow"}
                if root == "keras_pwavenet":
                    assert name.startswith("keras_pwavenet.cli")


@pytest.mark.tensorflow
def test_exports_a_student(tmp_path, student):
    pytest.importorskip("tf2onnx")
    for name, options in (
        ("served/voice", []),
        ("v.tflite", ["--format", "litert", "--quantize", "int8", "--frames", 3]),
        ("v.onnx", ["--format", "onnx"]),
    ):
        succeed("export", student, tmp_path / name, *options)
    assert (tmp_path / "served" / "voice" / "1" / "saved_model.pb").is_file()
    line = fail("export", student, tmp_path / "served" / "voice")
    assert "a version that does not exist" in line
    line = fail("export", student, tmp_path / "x", "--format", "zip")
    assert "Received: --format=zip" in line
    line = fail("export", student, tmp_path / "missing" / "v.onnx", "--format", "onnx")
    assert "No such folder" in line
