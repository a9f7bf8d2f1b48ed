"""What all commands share: help, suggestions, a quick start, errors of one line."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import keras_pwavenet
from keras_pwavenet import cli
from keras_pwavenet.cli import backend

COMMANDS = (
    *("presets", "resynthesize", "export", "prepare", "join", "train", "distill"),
    "evaluate",
)
HEAVY = {"keras", "numpy", "tensorflow", "jax", "torch"}
LIGHT = tuple(
    f"keras_pwavenet.{name}"
    for name in (
        "data",
        "data.bounds",
        "data.split",
        "evaluate.measures",
        "export",
        "factors",
        "files",
        "lazy",
        "losses",
        "presets",
        "presets.limits",
        "quiet",
    )
)
# Runs the command line, and tells which of some modules it has imported.
COUNT = """
import sys
from keras_pwavenet.cli import main
try:
    main()
except SystemExit as end:
    print("\\nIMPORTED", {heavy} & set(sys.modules), end.code, file=sys.stderr)
"""


def test_help_lists_the_commands_and_gives_examples(succeed):
    text = succeed("--help").stdout
    for command in COMMANDS:
        assert command in text
        assert f"  pwavenet {command}" in succeed(command, "-h").stdout


def test_version(succeed):
    expected = f"pwavenet {keras_pwavenet.__version__}\n"
    assert succeed("--version").stdout == expected


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("--help", 0),
        ("--version", 0),
        ("train --help", 0),
        ("presets", 0),
        ("trian", 2),
        ("resynthesize missing.wav out.wav", 2),
        ("resynthesize tests/clips/vm-msgsaved.flac /nowhere.wav --preset en_femal", 2),
        ("export en_female voice.onnx --format litert", 2),
        ("train no-features/ run/", 2),
        ("distill no-features/ run/ --teacher en_female", 2),
        ("prepare tests/clips /nowhere/features --layout foldr", 2),
        ("evaluate en_female --judge taste", 2),
    ],
)
def test_starts_at_once(line, status):
    """Neither Keras nor a backend is imported; for numpy alone a suffix may ask."""
    done = subprocess.run(
        [sys.executable, "-c", COUNT.format(heavy=HEAVY - {"numpy"}), *line.split()],
        cwd=Path(keras_pwavenet.__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert f"IMPORTED set() {status}" in done.stderr, done.stderr


def test_ends_in_silence_where_nobody_reads():
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "keras_pwavenet.cli", "presets"],
        stdout=write,
        stderr=subprocess.PIPE,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (1, b"")


def test_completes_names_at_once():
    for words, expected in (
        ("pwavenet tr", {"train"}),
        ("pwavenet resynthesize a b --preset en", {"en_female", "en_female_teacher"}),
        ("pwavenet export en", {"en_acoustic", "en_female"}),
        ("pwavenet distill a b --loss k", {"kl"}),
        ("pwavenet evaluate x y --judge p", {"pitch", "pesq", "plcmos"}),
        ("pwavenet train a b --pitch n", {"none"}),
        (
            "pwavenet\nresynthesize\n--preset\n=\nen_femal",
            {"en_female", "en_female_teacher"},
        ),
        ("pwavenet\nresynthesize\n--seed\n=\n1\n--preset\n=\nuni", {"universal"}),
        ("pwavenet\nexport\nx\ny\n--format\n=\non", {"onnx", "onnx_stream"}),
    ):
        done = subprocess.run(
            [sys.executable, "-c", COUNT.format(heavy=HEAVY)],
            env={
                **os.environ,
                "_PWAVENET_COMPLETE": "complete_bash",
                "COMP_WORDS": words,
                "COMP_CWORD": str(len(words.split()) - 1),
            },
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert set(done.stdout.split()) == expected, done.stderr
        assert "IMPORTED set() 0" in done.stderr


@pytest.mark.parametrize(
    ("line", "near"),
    [
        ("trian", "train"),
        ("presets --hepl", "--help"),
        ("resynthesize a b --sed 1", "--seed"),
        ("resynthesize README.md b.wav --preset en_femal", "en_female"),
        ("distill features runs --teacher en_female_teacher --loss sftf", "stft"),
        ("evaluate en_female --judge pesk", "pesq"),
        ("evaluate en_female --split tset", "test"),
        ("export en_female x --format onxx", "onnx"),
        ("prepare tests/clips x --layout foldr", "folder"),
        ("prepare tests/clip x", "clips"),
    ],
)
def test_suggests_what_is_near(line, near, invoke, monkeypatch):
    monkeypatch.chdir(Path(keras_pwavenet.__file__).parents[1])
    result = invoke(*line.split())
    assert result.exit_code == 2
    suggested = (f"Did you mean '{near}'", f"Did you mean {near}")
    assert any(text in result.stderr for text in suggested) or (
        "Possible options" in result.stderr and near in result.stderr
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tensorflw", "Did you mean 'tensorflow'? Expected KERAS_BACKEND to be one of"),
        ("numpy", "Expected KERAS_BACKEND to be one of tensorflow, jax, torch."),
    ],
)
def test_a_misspelt_backend_is_one_line(name, message, in_a_process):
    assert in_a_process("--help", KERAS_BACKEND=name).returncode == 0
    clip = "tests/clips/vm-msgsaved.flac"
    done = in_a_process("resynthesize", clip, "/tmp/x.wav", KERAS_BACKEND=name)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert message in line and line.endswith(f"Received: KERAS_BACKEND={name}")


def test_a_missing_backend_is_one_line(fail, features, tmp_path, monkeypatch):
    monkeypatch.setattr(backend.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    line = fail("train", features, tmp_path / "run")
    assert "not installed: pip install jax. Received: KERAS_BACKEND=jax" in line


def test_missing_argument_is_a_usage_error(invoke):
    result = invoke("resynthesize", "README.md")
    assert result.exit_code == 2
    assert "OUT" in result.stderr


def test_home_is_a_tilde(succeed, corpus, mel, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "recordings").symlink_to(corpus)
    succeed("prepare", "~/recordings", "~/features", *mel)
    joined = succeed("join", "~/features", "~/joined").stdout
    assert f"1 speaker in {tmp_path}/joined: features" in joined
    index = json.loads((tmp_path / "joined" / "index.json").read_text())
    assert len(index["clips"]) == 20


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
                assert name.partition(".")[0] not in HEAVY
                if not name.startswith(
                    ("keras_pwavenet.cli", "keras_pwavenet.version")
                ):
                    assert name in LIGHT or not name.startswith("keras_pwavenet")
