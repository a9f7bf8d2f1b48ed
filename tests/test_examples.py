"""The training scripts, end to end on a tiny corpus."""

import csv

import numpy as np
import pytest

from keras_pwavenet import ParallelWaveNet, PitchPredictor, WaveNet
from keras_pwavenet.audio import write_audio
from keras_pwavenet.data import FeatureCache, join

SHORT = "--steps-per-epoch 1 --batch-size 2 --frames 5 --channels 4"
NEW = f"{SHORT} --pitch none"  # no pitch predictor hears eight bands


@pytest.fixture
def features(script, tmp_path, capsys):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    random = np.random.default_rng(0)
    for number in range(20):
        noise = random.uniform(-0.5, 0.5, 3000)
        write_audio(corpus / f"{number}.wav", noise, 16_000)
    (corpus / "broken.wav").write_bytes(b"nonsense")
    script("examples/prepare_corpus.py", corpus, tmp_path / "features", "--n-mels", 8)
    report = capsys.readouterr().out
    assert "Skipped broken" in report and "20 clips" in report
    return tmp_path / "features"


def epochs(run):
    with open(run / "history.csv", newline="") as file:
        return [row["epoch"] for row in csv.DictReader(file)]


def test_teacher_is_trained_and_goes_on(script, features, tmp_path):
    run, preset = tmp_path / "run", tmp_path / "teacher"
    new = ["examples/train_teacher.py", features, run, *NEW.split(), "--layers", 2]
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
    start = ["examples/train_teacher.py", features, tmp_path / "tuned", *SHORT.split()]
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
    prepare = ["examples/prepare_corpus.py", "--n-mels", 8]
    script(*prepare, corpus, tmp_path / "features")
    script("examples/change_speed.py", tmp_path / "features", slow, 0.5)
    script(*prepare, slow, tmp_path / "slow-features")
    caches = [FeatureCache(tmp_path / name) for name in ("features", "slow-features")]
    assert [c.split for c in caches[0].clips] == [c.split for c in caches[1].clips]
    joined = join(dict(zip(("real", "slow"), caches, strict=True)), tmp_path / "both")
    run, preset = tmp_path / "run", tmp_path / "pitch"
    capsys.readouterr()
    new = ["examples/train_pitch.py", joined.directory, run, *SHORT.split()]
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
        *("examples/train_teacher.py", features, tmp_path / "run-1", *NEW.split()),
        *("--layers", 2, "--cycles", 1, "--steps", 1, "--out", teacher),
    )
    distill = ["examples/distill_student.py", features]
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
