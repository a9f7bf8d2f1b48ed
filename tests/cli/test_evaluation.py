"""The command `evaluate`."""

import itertools
import json
import sys

import numpy as np
import pytest

from keras_pwavenet.audio import write_audio
from keras_pwavenet.data import split_of


@pytest.fixture(scope="module")
def tested(rate, mel, succeed, tmp_path_factory):
    """A prepared corpus of two test clips."""
    folder = tmp_path_factory.mktemp("tested")
    (folder / "corpus").mkdir()
    names = (n for n in map(str, itertools.count()) if split_of(n) == "test")
    for name in itertools.islice(names, 2):
        noise = np.random.default_rng(int(name)).uniform(-0.5, 0.5, 1600)
        write_audio(folder / "corpus" / f"{name}.wav", noise, rate)
    succeed("prepare", folder / "corpus", folder / "features", *mel)
    return folder / "features"


def test_evaluate_writes_a_report(tested, student, teacher, succeed, fail, tmp_path):
    arguments = ["evaluate", student, "--out", tmp_path / "report", "--corpus", tested]
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
    assert "Expected one of dnsmos, " in line and "taste" in line
    line = fail("evaluate", student, "--corpus", tmp_path)
    assert "index.json" in line
    assert "Received: exam" in fail(*arguments, *quick, "--split", "exam")


def test_evaluate_compares_presets(tested, student, succeed, tmp_path):
    for name in ("before", "after"):
        (tmp_path / name).symlink_to(student)
    arguments = ["evaluate", tmp_path / "before", tmp_path / "after"]
    arguments += ["--corpus", tested, "--out", tmp_path / "report"]
    succeed(*arguments, "--judge", "tones", "--report-clips", 1)
    summary = json.loads((tmp_path / "report" / "summary.json").read_text())
    assert {"natural", "before", "after"} <= set(summary["systems"])
    pairs = {(d["system"], d["reference"]) for d in summary["differences"]}
    assert ("after", "before") in pairs and ("before", "after") not in pairs
    report = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert "minus before" in report
    assert "<figcaption>after</figcaption>" in report


def test_evaluate_refuses_what_does_nothing(tested, student, teacher, fail):
    start = ("evaluate", student, "--corpus", tested)
    line = fail(*start, "--teacher-clips", 3)
    assert "'--teacher-clips': Expected none without a teacher. Received: 3" in line
    start = ("evaluate", teacher, "--corpus", tested)
    assert "a teacher. Received: 0.5" in fail(*start, "--temperature", 0.5)
    assert "'--teacher'" in fail(*start, "--teacher", teacher)
    line = fail("evaluate", student, student, "--corpus", tested, "--judge", "level")
    assert "Expected presets of different names" in line


def test_evaluate_refuses_a_named_judge_that_is_missing(
    tested, student, fail, tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, "pesq", None)
    start = ("evaluate", student, "--corpus", tested, "--out", tmp_path / "report")
    line = fail(*start, "--judge", "level", "--judge", "pesq")
    assert "A judge needs pesq (" in line and "pip install '.[evaluate]'" in line
    assert line.endswith("Received: judge='pesq'")
    assert not (tmp_path / "report").exists()
