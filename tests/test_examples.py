"""The training scripts, end to end on a tiny corpus."""

import csv
import json
import runpy
from pathlib import Path

import numpy as np
import pytest

from keras_pwavenet import ParallelWaveNet, PitchPredictor, WaveNet
from keras_pwavenet.audio import write_audio
from keras_pwavenet.data import FeatureCache, join

EXAMPLES = Path(__file__).parents[1] / "examples"
SHORT = "--steps-per-epoch 1 --batch-size 2 --frames 5 --channels 4"
NEW = f"{SHORT} --pitch none"  # no pitch predictor hears eight bands


@pytest.fixture
def script(monkeypatch):
    """Runs an example as the command line would."""

    def run(name, *arguments):
        monkeypatch.setattr("sys.argv", [name, *map(str, arguments)])
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")

    return run


@pytest.fixture
def features(script, tmp_path, capsys):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    random = np.random.default_rng(0)
    for number in range(20):
        noise = random.uniform(-0.5, 0.5, 3000)
        write_audio(corpus / f"{number}.wav", noise, 16_000)
    (corpus / "broken.wav").write_bytes(b"nonsense")
    script("prepare_corpus.py", corpus, tmp_path / "features", "--n-mels", 8)
    report = capsys.readouterr().out
    assert "Skipped broken" in report and "20 clips" in report
    return tmp_path / "features"


def epochs(run):
    with open(run / "history.csv", newline="") as file:
        return [row["epoch"] for row in csv.DictReader(file)]


def test_teacher_is_trained_and_goes_on(script, features, tmp_path):
    run, preset = tmp_path / "run", tmp_path / "teacher"
    new = ["train_teacher.py", features, run, *NEW.split(), "--layers", 2]
    new += ["--cycles", 1, "--out", preset]
    script(*new, "--steps", 2)
    first = WaveNet.from_preset(preset)
    script(*new, "--steps", 10, "--minutes", 0)
    assert epochs(run) == ["0", "1", "2"]
    second = WaveNet.from_preset(preset)
    assert second.preprocessor.hop_length == 256
    assert any(
        map(np.any, np.subtract(first.get_weights()[0], second.get_weights()[0]))
    )
    start = ["train_teacher.py", features, tmp_path / "tuned", *SHORT.split()]
    script(*start, "--start", preset, "--steps", 1, "--bfloat16")
    assert epochs(tmp_path / "tuned") == ["0"]


def test_pitch_is_followed_and_learned(script, tmp_path, capsys):
    """Tones of 200 to 390 Hz, and of half that; the copies keep the splits."""
    pytest.importorskip("pyworld", exc_type=ImportError)
    corpus, slow = tmp_path / "corpus", tmp_path / "slow"
    corpus.mkdir()
    for number in range(20):
        phase = 2 * np.pi * (200 + 10 * number) * np.arange(8000) / 16_000
        tone = sum(np.sin(k * phase) / k for k in range(1, 9))
        write_audio(corpus / f"t{number}.wav", 0.1 * tone, 16_000)
    prepare = ["prepare_corpus.py", "--n-mels", 8]
    script(*prepare, corpus, tmp_path / "features")
    script("change_speed.py", tmp_path / "features", slow, 0.5)
    script(*prepare, slow, tmp_path / "slow-features")
    caches = [FeatureCache(tmp_path / name) for name in ("features", "slow-features")]
    assert [c.split for c in caches[0].clips] == [c.split for c in caches[1].clips]
    joined = join(dict(zip(("real", "slow"), caches, strict=True)), tmp_path / "both")
    run, preset = tmp_path / "run", tmp_path / "pitch"
    capsys.readouterr()
    new = ["train_pitch.py", joined.directory, run, *SHORT.split()]
    script(*new, "--steps", 12, "--learning-rate", 0.01, "--out", preset)
    report = capsys.readouterr().out
    assert len(epochs(run)) == 12
    assert "of the frames are voiced" in report
    assert "Test split, " in report
    assert "Test split of slow, " in report
    assert PitchPredictor.from_preset(preset).preprocessor.n_mels == 8
    low = [joined.pitch(i) for i in range(20, 40)]
    for number, name in enumerate(clip.name for clip in joined.clips[20:]):
        tone = 100 + 5 * int(name.rpartition("/t")[2])
        assert np.median(low[number]) == pytest.approx(tone, rel=0.02)


@pytest.mark.slow
def test_student_is_warmed_and_distilled(script, features, tmp_path):
    teacher, warm, student = (tmp_path / name for name in ("teacher", "warm", "new"))
    script(
        *("train_teacher.py", features, tmp_path / "run-1", *NEW.split()),
        *("--layers", 2, "--cycles", 1, "--steps", 1, "--out", teacher),
    )
    distill = ["distill_student.py", features]
    more = ["--teacher", teacher, *NEW.split(), "--bfloat16"]
    script(
        *(*distill, tmp_path / "run-2", *more, "--loss", "stft=1", "--steps", 2),
        *("--out", warm),
    )
    script(
        *(*distill, tmp_path / "run-3", *more, "--start", warm, "--steps", 2),
        *("--out", student, "--tensorboard"),
    )
    with open(tmp_path / "run-2" / "history.csv") as file:
        assert "kl" not in next(csv.reader(file))
    with open(tmp_path / "run-3" / "history.csv") as file:
        assert {"kl", "stft", "entropy", "level_db"} < set(next(csv.reader(file)))
    assert list((tmp_path / "run-3" / "tensorboard").iterdir())
    assert ParallelWaveNet.from_preset(student).preprocessor.sample_rate == 24_000


def test_measures_are_drawn_against_samples(script, tmp_path, capsys):
    """PESQ of 0.25 a doubling from 2.0 at 100 M: 3.0 is four doublings away."""
    pytest.importorskip("matplotlib")
    points = []
    for million, pesq in ((100, 2.0), (200, 2.25), (400, 2.5)):
        report = tmp_path / str(million)
        report.mkdir()
        systems = {"student": {"pesq": pesq, "dnsmos": None}, "natural": {"pesq": 4.64}}
        (report / "summary.json").write_text(json.dumps({"systems": systems}))
        points.append(f"{million}={report}")
    picture = tmp_path / "measures.png"
    more = ["--measures", "pesq", "dnsmos", "--bar", "pesq=3.0", "--bar", "dnsmos=2.9"]
    script("plot_measures.py", picture, *points, *more)
    table = capsys.readouterr().out
    assert "| PESQ | 2.00 | 2.25 | 2.50 | +0.250 | 3.00 | 1600 M |" in table
    assert "| DNSMOS | – | – | – | – | 2.90 | never |" in table
    assert picture.stat().st_size > 1000
    with pytest.raises(SystemExit):
        script("plot_measures.py", picture, points[0])
