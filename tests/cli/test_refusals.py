"""What is wrong with a command is said at once, before Keras is imported."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import keras_pwavenet

# Runs command lines one after the other, and tells the last line of each.
RUN = """
import json, sys
from typer.testing import CliRunner
from keras_pwavenet import cli
for line in json.load(sys.stdin):
    result = CliRunner().invoke(cli.app, line)
    last = result.stderr.rstrip().split("\\n")[-1]
    heavy = sorted({"keras", "tensorflow", "jax", "torch"} & set(sys.modules))
    print(json.dumps([result.exit_code, last, heavy]))
"""


@pytest.fixture(scope="module")
def place(features, teacher, student, classifier, tmp_path_factory):
    """A folder of presets, features, a run and files."""
    folder = tmp_path_factory.mktemp("place")
    for name, target in (
        *(("features", features), ("teacher", teacher), ("student", student)),
        ("classifier", classifier),
    ):
        (folder / name).symlink_to(target)
    (folder / "run").mkdir()
    (folder / "run" / "history.csv").write_text("epoch\n")
    (folder / "other").mkdir()
    (folder / "other" / "diary.txt").write_text("Dear diary")
    for name in ("file.txt", "voice.tflite", "in.wav"):
        (folder / name).write_text("no audio")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "a.wav").write_text("no audio")
    return folder


LINES = [
    ("train features run --out run", "'--out'", "which holds history.csv"),
    ("train features new --out new/../new", "'--out'", "Received: new/../new, and the"),
    ("train features new/run --out new", "'--out'", "Received: new, and the run new/r"),
    ("train features features", "'run'", "which holds audio.int16"),
    ("train features teacher", "'run'", "which holds config.json"),
    ("train features other", "'run'", "Received: other, which holds diary.txt"),
    ("train features file.txt", "'run'", "Received: file.txt, a file"),
    ("train features file.txt/x", "'run'", "Received: file.txt/x, Not a directory"),
    ("train features /proc/x", "'run'", "Received: /proc/x, "),
    ("train features r --out file.txt", "'--out'", "Received: file.txt, a file"),
    ("train features r --out v.keras", "'--out'", "v.keras, a file's by its suffix"),
    ("train features r --out /proc/x", "'--out'", "Received: /proc/x, "),
    ("train features r --order 1000000", "'--order'", "from 0 to 256. Received: 1000"),
    ("say Yes --seed -1", "'--seed'", "number from 0 to 4294967295. Received: -1"),
    ("train features r --seed 4294967296", "'--seed'", "Received: 4294967296"),
    ("train features r --layers 257", "'--layers'", "from 1 to 256. Received: 257"),
    ("train features r --frames 100000", "'--frames or", "Received: frames=100000"),
    ("train features r --frames 49", "'--frames or", "at most 48, no clip being long"),
    (
        "train features r --batch-size 99999999",
        "--batch-size",
        "Received: batch_size=9",
    ),
    ("train features r --pitch none --layers 3", "'--layers'", "2 cycles. Received: 3"),
    ("train features r --minutes nan", "'--minutes'", "of 0 or more. Received: nan"),
    ("train features r --ema nan", "'--ema'", "a number from 0 to 1. Received: nan"),
    ("train features r", "'--pitch'", "Received: pitch='auto', sample_rate=8000, n_f"),
    ("train features r --start en_female_teacher", "'--start'", "sample_rate=8000"),
    ("train features r --conditioning mfcc", "'--conditioning'", "Received: mfcc"),
    ("train features r --conditioning linguistic", "Error: ", "pitch.float32, as `p"),
    (
        *("train features r --start teacher --conditioning mel",),
        *("'--conditioning'", "none with --start, whose model stays as it is. Rec"),
    ),
    ("distill features r --teacher teacher --out teacher", "'--out'", ": teacher"),
    ("distill features r --teacher teacher --out run", "'--out'", "holds history.csv"),
    (
        *("distill features r --teacher teacher --pitch none --block-size 7",),
        *("'--block-size'", "the 80 samples of a frame of features. Received: 7"),
    ),
    (
        *("distill features r --teacher teacher --loss kl --loss kl=2",),
        *("'--loss'", "Expected each loss once. Received: kl, kl=2"),
    ),
    (
        *("distill features r --teacher en_female_teacher",),
        *("'--teacher'", "Received: en_female_teacher, sample_rate=24000"),
    ),
    ("evaluate student --corpus features --out file.txt", "'--out'", "a file"),
    ("evaluate student --corpus features --out r.html", "'--out'", "by its suffix"),
    ("evaluate student student --corpus features", "'PRESETS'", "different names"),
    ("evaluate en_female --corpus features", "'PRESETS'", "sample_rate=24000"),
    ("export student voice.tfl", "'PATH'", ".tflite or .onnx, or a folder's name"),
    ("export student file.txt/x", "'PATH'", "file.txt/x, Not a directory"),
    ("export student in.wav --format saved_model", "'PATH'", "in.wav, a file"),
    ("export student other --format onnx", "'PATH'", "Received: other, a folder"),
    ("export en_female voice.tflite --quantize int8", "'--quantize'", "as en_female h"),
    ("export en_acoustic v.tflite --quantize int8", "'--quantize'", "an AcousticModel"),
    ("export en_acoustic v.onnx", "'--format'", "litert for an AcousticModel"),
    ("export teacher voice.tflite", "'preset'", "or an AcousticModel. Received: teac"),
    ("resynthesize file.txt o.wav --preset student", "Error: ", "file.txt, "),
    ("resynthesize in.wav in.wav --preset student", "'OUT'", "another file than IN"),
    ("resynthesize in.wav other/x/o.wav", "'OUT'", "in a folder that exists"),
    ("resynthesize in.wav o.wav --preset corpus", "'--preset'", "Received: corpus"),
    ("resynthesize in.wav o.wav --preset=", "'--preset'", "Received: none"),
    ("prepare corpus f --hop-length 2000", "Error: ", "hop_length=2000"),
    ("prepare corpus f --n-mels 600", "Error: ", "n_mels=600, n_fft=1024, with empty"),
    ("prepare corpus f --n-mels 5000", "'--n-mels'", "from 1 to 4096. Received: 5000"),
    ("prepare corpus f --fmax 12001", "Error: ", "fmax=12001.0, sample_rate=24000"),
    ("prepare corpus f --highpass 12000", "Error: ", "highpass=12000.0, sample_rate"),
    ("prepare corpus f --level 0", "Error: ", "Received: level=0.0"),
    ("prepare corpus f --layout ljspeech", "Error: ", "metadata.csv and a folder wavs"),
    ("prepare corpus f.npz", "'features'", "f.npz, a file's by its suffix"),
    ("prepare corpus file.txt", "'features'", "file.txt, a file"),
    ("presets other", "Error: ", "a folder with config.json. Received: other"),
    ("help", "Error: ", "type `pwavenet --help`"),
]


def test_refused_at_once(place):
    lines = [line.split() for line, *_ in LINES]
    before = sorted(path.name for path in place.iterdir())
    done = subprocess.run(
        [sys.executable, "-c", RUN],
        cwd=place,
        env={
            **{"PATH": "", "PYTHONPATH": str(Path(keras_pwavenet.__file__).parents[1])},
            "KERAS_BACKEND": "tensorflow",
        },
        input=json.dumps(lines),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    rows = zip(LINES, done.stdout.splitlines(), strict=True)
    for (line, where, what), told in rows:
        status, last, heavy = json.loads(told)
        assert status in (1, 2), line
        assert last.startswith("Error: ") and where in last and what in last, line
        assert "Expected " in last and "Received: " in last, line
        assert heavy == [], line
    assert before == sorted(path.name for path in place.iterdir())
