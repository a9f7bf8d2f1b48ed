"""The commands that speak: presets, resynthesize, export."""

import json
import os
import shutil

import numpy as np
import pytest
import soundfile

from keras_pwavenet import ParallelWaveNet
from keras_pwavenet.audio import LogMelSpectrogram, write_audio
from keras_pwavenet.models import add_speakers
from keras_pwavenet.models.pitch_predictor import PitchPredictor
from keras_pwavenet.presets import builtin_presets


@pytest.fixture(scope="module")
def several(student, tmp_path_factory):
    """The preset of a student of two speakers that differ."""
    model = add_speakers(ParallelWaveNet.from_preset(student), 2)
    table = model.speaker_embedding.embeddings
    table.assign(np.random.default_rng(0).normal(size=table.shape))
    folder = tmp_path_factory.mktemp("several") / "preset"
    model.save_to_preset(folder, {"speakers": ["ann", "bob"]})
    return folder


@pytest.fixture
def clip(rate, tmp_path):
    write_audio(tmp_path / "in.wav", np.full(100, 0.1), rate)
    return tmp_path / "in.wav"


def test_presets_are_a_table(succeed):
    header, *rows = succeed("presets").stdout.splitlines()
    assert header.split()[:2] == ["NAME", "CLASS"]
    entries = builtin_presets()
    assert [row.split()[0] for row in rows] == list(entries)
    for row, entry in zip(rows, entries.values(), strict=True):
        _, kind, parameters, weights, licence, *description = row.split()
        assert entry["class"].endswith(f">{kind}")
        assert parameters == f"{entry['parameter_count']:,}"
        assert weights == ("yes" if entry["weights"] else "no")
        assert licence == entry["licence"]
        told = " ".join(description)
        assert told.partition("; speakers: ")[0] == entry["description"]


def test_presets_lists_ones_own_with_their_speakers(succeed, fail, several, teacher):
    _, own, other = succeed("presets", several, teacher).stdout.splitlines()
    assert own.startswith(str(several)) and own.endswith("speakers: ann, bob")
    assert "WaveNet" in other and "speakers" not in other
    assert "Expected a built-in name" in fail("presets", "no_such_preset")


@pytest.mark.parametrize("content", [b"[]", b"{", b"\xff", b"[" * 100_000, b'{"a": 1}'])
def test_a_damaged_preset_is_named(content, fail, tmp_path):
    (tmp_path / "voice").mkdir()
    (tmp_path / "voice/config.json").write_bytes(content)
    line = fail("presets", tmp_path / "voice")
    assert f"Expected a preset. Received: {tmp_path / 'voice'}, " in line


@pytest.mark.parametrize(("suffix", "other_rate"), [(".wav", 11025), (".flac", None)])
def test_resynthesis_has_the_length_of_the_recording(
    other_rate, suffix, rate, succeed, student, tmp_path
):
    rate = other_rate or rate
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


@pytest.mark.usefixtures("eagerly")
def test_resynthesis_at_another_pitch(rate, succeed, fail, student, tmp_path):
    mel = LogMelSpectrogram(
        rate, n_fft=256, hop_length=80, win_length=200, n_mels=8, fmax=4000.0
    )
    hears = PitchPredictor(8, channels=4, num_layers=1, bins=9)
    hears.logits.bias.assign(np.ones(10))  # voiced
    voice = ParallelWaveNet(
        flow_layers=(2,),
        layers_per_cycle=2,
        hop_length=80,
        residual_channels=4,
        upsample_channels=4,
        preprocessor=mel,
        pitch_predictor=hears,
    )
    voice.save_to_preset(tmp_path / "voice")
    audio = np.random.default_rng(2).uniform(-0.5, 0.5, 800)
    write_audio(tmp_path / "in.wav", audio, rate)
    files = [tmp_path / "in.wav", tmp_path / "out.wav", "--seed", 1]
    spoken = []
    for options in ((), ("--pitch-scale", 1.2)):
        succeed("resynthesize", *files, "--preset", tmp_path / "voice", *options)
        spoken.append(soundfile.read(tmp_path / "out.wav")[0])
    assert np.abs(spoken[0] - spoken[1]).max() > 1e-3
    line = fail("resynthesize", *files, "--preset", student, "--pitch-scale", 1.2)
    assert "no pitch predictor" in line and line.endswith("Received: 1.2")


def test_teacher_speaks_too(clip, succeed, fail, teacher, tmp_path):
    start = ("resynthesize", clip, tmp_path / "out.wav", "--preset", teacher)
    assert "160/160" not in succeed(*start).stderr  # a bar is for terminals
    assert soundfile.info(tmp_path / "out.wav").frames == 100
    assert "with a teacher. Received: 0.5" in fail(*start, "--temperature", 0.5)
    assert "with a teacher. Received: 2" in fail(*start, "--pitch-scale", 2)


@pytest.mark.parametrize(
    "lie",
    [
        *({"speakers": value} for value in (5, "ab", [1, 2], {"a": 1})),
        *({"description": 5}, {"licence": ["x"]}),
        *({"parameter_count": value} for value in ("x", None, [1])),
    ],
)
@pytest.mark.parametrize("command", ["presets", "resynthesize"])
def test_metadata_that_lies_is_refused(command, lie, fail, student, clip, tmp_path):
    folder = tmp_path / "preset"
    shutil.copytree(student, folder)
    metadata = json.loads((folder / "metadata.json").read_text())
    (folder / "metadata.json").write_text(json.dumps(metadata | lie))
    given = {
        "presets": [folder],
        "resynthesize": [clip, tmp_path / "o.wav", "--preset", folder],
    }
    message = fail(command, *given[command])
    assert f"Received: {folder}, ValueError: Expected metadata with" in message


def test_terminals_are_not_told_what_to_do(succeed, student, tmp_path):
    folder = tmp_path / "preset"
    shutil.copytree(student, folder)
    (folder / "metadata.json").write_text('{"description": "a\\u001b[31mb\\nc"}')
    line = succeed("presets", folder).stdout.splitlines()[1]
    assert line.endswith("a?[31mb?c")


@pytest.mark.usefixtures("eagerly")
def test_speakers_have_names(clip, succeed, fail, several, student, tmp_path):
    out = tmp_path / "out.wav"
    start = ("resynthesize", clip, out, "--seed", 1, "--preset", several)
    spoken = []
    for speaker in ("ann", "bob", "1"):
        succeed(*start, "--speaker", speaker)
        spoken.append(out.read_bytes())
    assert spoken[0] != spoken[1] == spoken[2]
    assert "Expected one of ann, bob" in fail(*start)
    line = fail(*start, "--speaker", "bobb")
    assert "Did you mean 'bob'? Expected one of ann, bob" in line
    assert line.endswith("Received: bobb")
    line = fail("resynthesize", clip, out, "--preset", student, "--speaker", "ann")
    assert "Expected no --speaker, as" in line and line.endswith("Received: ann")


def test_resynthesis_errors_leave_no_file(clip, fail, student, tmp_path):
    target = tmp_path / "out.wav"
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    files = sorted(tmp_path.iterdir())
    voice = ("--preset", student)
    missing = tmp_path / "missing.wav"
    assert "missing.wav" in fail("resynthesize", missing, target, *voice)
    assert "broken.wav" in fail("resynthesize", tmp_path / "broken.wav", target, *voice)
    assert "preset='no_such_voice'" in fail(
        "resynthesize", clip, target, "--preset", "no_such_voice"
    )
    for option, values in (("--temperature", (-1, 11)), ("--pitch-scale", (0, 11))):
        for value in values:
            line = fail("resynthesize", clip, target, *voice, option, value)
            assert f"'{option}'" in line
    assert ".xyz" in fail("resynthesize", clip, tmp_path / "out.xyz", *voice)
    assert "in a folder that exists" in fail(
        "resynthesize", clip, tmp_path / "no" / "out.wav", *voice
    )
    line = fail("resynthesize", clip, target, "--preset", "en_phones")
    assert line.endswith("Received: en_phones, a PhonemeClassifier")
    line = fail("resynthesize", clip, target, "--preset", "student_24khz")
    assert "Expected a preset with weights" in line
    assert sorted(tmp_path.iterdir()) == files


def test_a_recording_is_not_written_over(clip, fail, tmp_path):
    before = clip.read_bytes()
    (tmp_path / "link.wav").symlink_to(clip)
    for target in (clip, tmp_path / "link.wav"):
        assert "another file than IN" in fail("resynthesize", clip, target)
    assert clip.read_bytes() == before


def test_interrupted_write_keeps_what_was_there(
    clip, fail, student, tmp_path, monkeypatch
):
    target = tmp_path / "out.wav"
    target.write_bytes(b"before")

    def fails(*_):
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", fails)
    assert "no space left" in fail("resynthesize", clip, target, "--preset", student)
    assert target.read_bytes() == b"before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.wav", "out.wav"]


@pytest.mark.slow
def test_command_runs_in_a_process_of_its_own(clip, in_a_process, student, tmp_path):
    target = tmp_path / "out.wav"
    done = in_a_process("resynthesize", clip, target, "--preset", student)
    assert done.returncode == 0, done.stderr
    assert soundfile.info(target).frames == 100
    assert done.stderr == ""  # no bar but on a terminal, and nothing of the backend's
    wrong = in_a_process("resynthesize", clip, target, "--preset", "en_femal")
    assert wrong.returncode == 2
    assert "Did you mean 'en_female'?" in wrong.stderr
    assert "Traceback" not in wrong.stderr


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("v.onnx", "--quantize int8", "'--quantize': Only --format litert has it"),
        (
            "v.onnx",
            "--frames 3",
            "'--frames': Only --format litert or litert_stream or onnx_stream has",
        ),
        ("v.onnx", "--version 7", "'--version': Only --format saved_model or"),
        ("v.tflite", "--version 7", "'--version': Only --format saved_model or"),
        ("v", "--frames 3", "Received: --format saved_model"),
        ("v.tflite", "--frames 3 --frames 3", "'--frames': Expected different ones"),
        ("v", "--format onnx --version 2", "Received: --format onnx"),
        ("v.onnx", "--format litert", "Expected onnx for a name that ends in .onnx"),
        ("v.onnx", "--format saved_model", "Expected onnx for a name that ends in"),
        ("v.tflite", "--format onnx", "Expected litert for a name that ends in"),
        ("v", "--format zip", "Received: zip"),
        ("no/v.onnx", "", "folder that exists"),
        ("v", "--version 0", "'--version': Expected a whole number of 1 or more."),
    ],
)
def test_export_refuses_what_does_nothing(
    name, options, message, fail, student, tmp_path
):
    assert message in fail("export", student, tmp_path / name, *options.split())
    assert not list(tmp_path.iterdir())


def test_export_refuses_other_models_and_backends(fail, teacher, student, tmp_path):
    line = fail("export", teacher, tmp_path / "v.onnx")
    assert f"Received: {teacher}, a WaveNet" in line
    if os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow":
        line = fail("export", student, tmp_path / "v.onnx")
        assert "Expected the TensorFlow backend" in line


@pytest.mark.tensorflow
def test_exports_a_student(tmp_path, succeed, fail, student):
    pytest.importorskip("tf2onnx")
    for name, options in (
        ("served/voice", []),
        ("v.tflite", ["--format", "litert", "--quantize", "int8", "--frames", 3]),
        ("v.onnx", []),
    ):
        succeed("export", student, tmp_path / name, *options)
        assert (tmp_path / name).exists()
    assert (tmp_path / "served" / "voice" / "1" / "saved_model.pb").is_file()
    line = fail("export", student, tmp_path / "served" / "voice")
    assert "a version that does not exist" in line
