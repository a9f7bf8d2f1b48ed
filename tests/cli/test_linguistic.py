"""From recordings to a voice on linguistic features: annotate, train, distill."""

import json
import shutil

import pytest

from keras_pwavenet import ParallelWaveNet, WaveNet
from keras_pwavenet.data import LinguisticCache
from keras_pwavenet.text import LinguisticFeatures

pytest.importorskip("gruut_lang_en")
pytest.importorskip("pyworld")


@pytest.fixture(scope="module")
def said(corpus, mel, succeed, tmp_path_factory):
    """A prepared corpus of one-word clips, annotated."""
    folder = tmp_path_factory.mktemp("said")
    for clip in corpus.iterdir():
        (folder / "corpus").mkdir(exist_ok=True)
        shutil.copy(clip, folder / "corpus")
        (folder / "corpus" / f"{clip.stem}.txt").write_text("Oh, no.")
    arguments = ["--layout", "piper", *mel]
    succeed("prepare", folder / "corpus", folder / "features", *arguments)
    told = succeed("annotate", folder / "features").stdout
    assert "20 clips" in told and "0 skipped" in told
    return folder / "features"


def test_annotate_leaves_what_is_there(said, succeed, features, fail):
    files = [said / "pitch.float32", said / "sentences.json"]
    before = [file.stat().st_mtime_ns for file in files]
    assert "skipped" not in succeed("annotate", said).stdout
    assert [file.stat().st_mtime_ns for file in files] == before
    assert "Expected clips with transcripts" in fail("annotate", features)


@pytest.mark.usefixtures("eagerly")
def test_from_annotated_recordings_to_a_measured_voice(
    said, short, succeed, fail, teacher, tmp_path
):
    small = ["--channels", 4, "--layers", 2, "--steps", 1, *short]
    own, voice = tmp_path / "teacher", tmp_path / "voice"
    train = ["train", said, tmp_path / "r1", "--conditioning", "linguistic", "--cycles"]
    succeed(*train, 1, *small, "--out", own)
    model = WaveNet.from_preset(own)
    assert isinstance(model.preprocessor, LinguisticFeatures)
    assert model.predictor_order == 0 and model.pitch_predictor is None
    assert model.conditioning_channels == LinguisticCache(said).preprocessor.channels

    again = ["train", said, tmp_path / "r2", "--start", own, "--steps", 1, *short]
    succeed(*again)
    distill = ["distill", said, tmp_path / "r3", "--teacher", own, "--flows", 1]
    succeed(*distill, *small, "--out", voice)
    assert ParallelWaveNet.from_preset(voice).predictor_order == 0

    report = ["evaluate", voice, "--corpus", said, "--out", tmp_path / "report"]
    succeed(*report, "--split", "train", "--judge", "level", "--report-clips", 0)
    summary = json.loads((tmp_path / "report" / "summary.json").read_text())
    assert {"natural", "student"} <= set(summary["systems"])
    assert "Griffin-Lim" not in summary["systems"]

    line = fail(
        "distill", said, tmp_path / "r4", "--teacher", teacher, "--start", voice
    )
    assert "'--teacher': Expected a preset on linguistic features" in line
    line = fail(*train, 1, "--order", 8, *small)
    assert "'--order': Expected 0 or none" in line
    line = fail(*train, 1, "--pitch", "pitch_24khz", *small)
    assert "'--pitch': Expected a preset on linguistic features" in line
    clip = said.parent / "corpus" / "0.wav"
    line = fail("resynthesize", clip, tmp_path / "o.wav", "--preset", voice)
    assert "log-mel of audio" in line
