"""The training scripts, end to end on a tiny corpus."""

import csv

import numpy as np
import pytest

from keras_pwavenet import (
    AcousticModel,
    ParallelWaveNet,
    PitchPredictor,
    WaveNet,
    training,
)
from keras_pwavenet.audio import write_audio
from keras_pwavenet.data import FeatureCache, join


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


@pytest.fixture
def presets(features, tmp_path):
    """Small models of the features, to start from."""
    cache = FeatureCache(features)
    small = {"channels": 4, "layers": 2, "kernel_size": 2, "pitch": "none"}
    teacher = training.new_teacher(cache, cycles=1, **small)
    student = training.new_student(cache, flows=1, **small)
    for name, model in (("teacher", teacher), ("student", student)):
        model.save_to_preset(tmp_path / name)
    return tmp_path


def test_teacher_is_trained_and_goes_on(script, features, presets):
    run, new = presets / "run", presets / "new"
    start = ["examples/train_teacher.py", features, run, "--out", new]
    start += ["--start", presets / "teacher"]
    script(*start, "--steps", 1)
    first = WaveNet.from_preset(new)
    script(*start, "--steps", 10, "--minutes", 0)
    assert epochs(run) == ["0"]
    second = WaveNet.from_preset(new)
    before, after = first.get_weights(), second.get_weights()
    assert any(map(np.any, map(np.subtract, before, after)))


def test_student_is_warmed_and_distilled(script, features, presets):
    distill = ["examples/distill_student.py", features]
    more = ["--teacher", presets / "teacher", "--start", presets / "student"]
    warm = ["--loss", "stft=1", "--steps", 1]
    script(*distill, presets / "run-1", *more, *warm)
    script(*distill, presets / "run-2", *more, "--steps", 1, "--out", presets / "new")
    for run, known in (("run-1", False), ("run-2", True)):
        with open(presets / run / "history.csv") as file:
            columns = set(next(csv.reader(file)))
        assert {"stft", "entropy", "level_db"} < columns
        assert ("kl" in columns) == known
    assert ParallelWaveNet.from_preset(presets / "new").preprocessor.n_mels == 8


def test_new_models_are_of_the_sizes_asked_for(features):
    cache = FeatureCache(features)
    teacher = training.new_teacher(cache, pitch="none", order=0, num_speakers=2)
    assert (teacher.num_layers, teacher.residual_channels) == (20, 64)
    assert (teacher.num_speakers, teacher.predictor_order) == (2, 0)
    student = training.new_student(cache, pitch="none", flows=2, layers=3)
    assert student.flow_layers == (3, 3)
    assert (student.block_size, student.predictor_order) == (16, 32)


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
    new = ["examples/train_pitch.py", joined.directory, run, "--out", preset]
    script(*new, "--steps", 3, "--batch-size", 2)
    report = capsys.readouterr().out
    assert epochs(run) == ["0"]
    assert "of the frames are voiced" in report
    assert "Test split, " in report
    assert "Test split of slow, " in report
    assert PitchPredictor.from_preset(preset).preprocessor.n_mels == 8
    low = [joined.pitch(i) for i in range(20, 40)]
    for number, name in enumerate(clip.name for clip in joined.clips[20:]):
        tone = 100 + 5 * int(name.rpartition("/t")[2])
        assert np.median(low[number]) == pytest.approx(tone, rel=0.02)


def test_acoustic_model_is_trained_and_goes_on(script, tmp_path, capsys):
    pytest.importorskip("pyworld", exc_type=ImportError)
    pytest.importorskip("gruut_lang_en")
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    random = np.random.default_rng(0)
    for number in range(30):
        write_audio(corpus / f"{number}.wav", random.uniform(-0.5, 0.5, 9000), 16_000)
        (corpus / f"{number}.txt").write_text("Hello." if number else "")
    features, run, preset = (tmp_path / name for name in ("features", "run", "out"))
    script("examples/prepare_corpus.py", corpus, features, "--n-mels", 8)
    train = ["examples/train_acoustic_model.py", features, run, "--channels", 8]
    script(*train, "--steps", 1, "--out", preset)
    assert "Skipped 0: no transcript" in capsys.readouterr().out
    first = AcousticModel.from_preset(preset)
    script(*train, "--steps", 3, "--out", preset)
    second = AcousticModel.from_preset(preset)
    before, after = first.get_weights(), second.get_weights()
    assert any(map(np.any, map(np.subtract, before, after)))
    said = second.predict_mel(["h", "ə", "l", "ˈoʊ", "."])
    assert said["conditioning"].shape == (said["durations"].sum(), 8)
