import dataclasses
import json
import shutil

import pytest

from keras_pwavenet import ParallelWaveNet, PhonemeClassifier, WaveNet
from keras_pwavenet.data import FeatureCache
from keras_pwavenet.evaluate import evaluate_preset, preset
from keras_pwavenet.evaluate.measures import judge, level

SHARED = {"hop_length": 80, "residual_channels": 4, "upsample_channels": 4}
QUICK = {"judges": ["level", "silence", "tones"], "report_clips": 1, "progress": False}


def save(model, cache, folder):
    model.preprocessor = cache.mel
    model.save_to_preset(folder)
    return folder


@pytest.fixture(scope="module")
def presets(cache, tmp_path_factory):
    """Folder with a student of blocks of four, a teacher, and two voices' student."""
    folder = tmp_path_factory.mktemp("presets")
    student = {"flow_layers": (2,), "layers_per_cycle": 2, "block_size": 4, **SHARED}
    save(ParallelWaveNet(20, **student), cache, folder / "student")
    save(ParallelWaveNet(20, num_speakers=2, **student), cache, folder / "voices")
    teacher = {"num_layers": 2, "num_cycles": 1, "skip_channels": 4, "mixtures": 2}
    save(WaveNet(20, **teacher, **SHARED), cache, folder / "teacher")
    classifier = PhonemeClassifier(
        hop_length=80, num_layers=2, num_cycles=1, residual_channels=4
    )
    save(classifier, cache, folder / "classifier")
    return folder


@pytest.fixture(autouse=True)
def no_references(monkeypatch):
    """Leaves out Griffin-Lim and WORLD, which take seconds."""
    monkeypatch.setattr(preset, "_references", lambda mel: ([], []))


@pytest.fixture
def asked(monkeypatch):
    """The clips whose level was measured."""
    found = []
    measure = level.JUDGE.measure

    def counted(clip):
        found.append(clip)
        return measure(clip)

    counting = dataclasses.replace(level.JUDGE, measure=counted)
    monkeypatch.setattr(level, "JUDGE", counting)
    return found


def summary_of(folder):
    return json.loads((folder / "summary.json").read_text(encoding="utf-8"))


def test_student_beside_its_teacher_and_resumes(cache, presets, asked, tmp_path):
    arguments = (presets / "student", tmp_path, cache, presets / "teacher")
    text = evaluate_preset(*arguments, teacher_clips=1, **QUICK)
    assert text == (tmp_path / "summary.md").read_text(encoding="utf-8")
    report = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert report.count("<audio") == 2 and "minus teacher" in report
    summary = summary_of(tmp_path)
    systems = summary["systems"]
    assert {"natural", "teacher", "student"} <= set(systems)
    assert (systems["teacher"]["clips"], systems["student"]["clips"]) == (1, 4)
    assert len(systems["student"]["tones_db"]) == 1  # blocks of four have one tone
    compared = {(d["system"], d["reference"]) for d in summary["differences"]}
    assert {("student", "natural"), ("student", "teacher")} <= compared
    assert any("at most 1 clips" in note for note in summary["notes"])
    first = len(asked)
    assert first == sum(row["clips"] for row in systems.values())
    assert evaluate_preset(*arguments, teacher_clips=1, **QUICK) == text
    assert len(asked) == first
    evaluate_preset(*arguments, teacher_clips=1, temperature=0.5, **QUICK)
    assert len(asked) == first + 4


def test_teacher_alone(cache, presets, tmp_path):
    evaluate_preset(presets / "teacher", tmp_path, cache, teacher_clips=1, **QUICK)
    systems = summary_of(tmp_path)["systems"]
    assert "student" not in systems and systems["teacher"]["clips"] == 1
    assert "tones_db" not in systems["teacher"]


def test_a_voice_is_measured_on_its_speakers_clips(cache, presets, tmp_path):
    shutil.copytree(cache.directory, tmp_path / "two")
    two = FeatureCache(tmp_path / "two")
    for number, clip in enumerate(two.clips):
        two.clips[number] = dataclasses.replace(clip, speaker=f"{number % 2}")
    two.speakers = ["0", "1"]
    arguments = (presets / "voices", tmp_path, two)
    evaluate_preset(*arguments, speaker=1, **QUICK)
    tested = {int(number) for number in two.indices("test")}
    clips = json.loads((tmp_path / "clips.json").read_text(encoding="utf-8"))
    expected = {two.clips[number].name for number in tested if number % 2}
    assert {clip["clip"] for clip in clips} == expected
    two.speakers = ["0", "1", "2"]
    with pytest.raises(ValueError, match=r"model's 2\. Received: speakers=0, 1"):
        evaluate_preset(*arguments, **QUICK)
    evaluate_preset(presets / "voices", tmp_path, cache, speaker=1, **QUICK)
    assert summary_of(tmp_path)["systems"]["student"]["clips"] == 4


def test_says_at_once_what_is_left_out(cache, presets, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(preset, "default_judges", lambda *size: [level.JUDGE])
    monkeypatch.setattr(judge.Judge, "what_is_missing", lambda judge: "luck")
    student = presets / "student"
    with pytest.raises(ImportError, match=r"Received: judge='level'"):
        evaluate_preset(student, tmp_path, cache, judges=["level"])
    evaluate_preset(student, tmp_path, cache, report_clips=0)
    printed = capsys.readouterr().err
    note = "level is left out: it needs luck. pip install '.[evaluate]'"
    assert note in printed
    assert note in summary_of(tmp_path)["notes"]
    assert "level is left out" in (tmp_path / "report.html").read_text()


def test_refuses(cache, presets, tmp_path):
    student, teacher = presets / "student", presets / "teacher"

    def refused(match, *arguments, **options):
        with pytest.raises(ValueError, match=match):
            evaluate_preset(*arguments, **{**QUICK, **options})

    out = tmp_path / "out"
    refused("silence, level.*Received: taste", student, out, cache, judges=["taste"])
    refused("a PhonemeClassifier", presets / "classifier", out, cache)
    refused("with a ParallelWaveNet only", teacher, out, cache, teacher)
    refused("temperature=0.5", teacher, out, cache, temperature=0.5)
    refused("to be a WaveNet. Received: teacher=", student, out, cache, student)
    refused("Received: speaker=1", student, out, cache, speaker=1)
    refused("teacher_clips=0", student, out, cache, teacher_clips=0)
    refused("report_clips=-1", student, out, cache, report_clips=-1)
    assert not out.exists()
