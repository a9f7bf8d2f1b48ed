"""The commands `prepare`, `annotate` and `join`."""

import pytest

from keras_pwavenet.data import FeatureCache, split_of


def test_prepare_names_what_it_skips(corpus, mel, succeed, fail, tmp_path):
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "good.wav").write_bytes((corpus / "0.wav").read_bytes())
    (folder / "bad.wav").write_bytes(b"nonsense")
    text = succeed("prepare", folder, tmp_path / "features", *mel).stdout
    assert "Skipped bad" in text and "1 clip, " in text and "1 skipped" in text
    assert "features" in fail("prepare", folder, tmp_path / "features", *mel)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "audio clip or more" in fail("prepare", empty, tmp_path / "more")


def test_prepare_takes_levels_and_high_pass(corpus, mel, succeed, fail, tmp_path):
    folder, features = tmp_path / "corpus", tmp_path / "features"
    folder.mkdir()
    for take in range(2):
        recording = (corpus / f"{take}.wav").read_bytes()
        (folder / f"hello_123456789{take}.wav").write_bytes(recording)
        (folder / f"hello_123456789{take}.txt").write_text("Hello.")
    options = ["--layout", "piper", "--one-take", "--level", "-30", "--highpass", "60"]
    text = succeed("prepare", folder, features, *options, *mel).stdout
    assert "1 clip, " in text and "0 skipped" in text
    cache = FeatureCache(features)
    assert [(clip.name, clip.prompt) for clip in cache.clips] == [
        ("hello_1234567891", "hello")
    ]
    assert cache.preparation[""]["level"] == -30.0
    assert cache.preparation[""]["highpass"] == 60.0
    line = fail("prepare", folder, tmp_path / "more", "--level", "3")
    assert line.endswith("'--level': Expected a number from -100 to 0. Received: 3")


def test_prepare_prints_its_split(corpus, mel, succeed, tmp_path):
    (tmp_path / "corpus").mkdir()
    wanted = {"train": 4, "validation": 2, "test": 1}
    for number in range(200):
        split = split_of(str(number))
        if wanted[split]:
            wanted[split] -= 1
            recording = (corpus / f"{sum(wanted.values())}.wav").read_bytes()
            (tmp_path / "corpus" / f"{number}.wav").write_bytes(recording)
    text = succeed("prepare", tmp_path / "corpus", tmp_path / "features", *mel).stdout
    assert "7 clips" in text
    assert text.endswith("4 to train, 2 to validate, 1 to test\n")


@pytest.mark.parametrize(
    "options", [("--layout", "folder"), ("--layout", "vctk"), ("--layout", "ljspeech")]
)
def test_transcripts_without_use_are_refused(options, corpus, fail, tmp_path):
    texts = tmp_path / "prompts.txt"
    texts.write_text("0: Hello.\n")
    start = ("prepare", corpus, tmp_path / "features", *options)
    line = fail(*start, "--transcripts", texts)
    assert "--transcripts" in line and options[1] in line
    start = ("prepare", corpus, tmp_path / "features", "--layout", "prompts")
    assert "Expected a file" in fail(*start)


def test_join_names_the_speakers(features, fail, succeed, tmp_path):
    for name in ("ann", "bob"):
        (tmp_path / name).symlink_to(features)
    said = succeed("join", tmp_path / "ann", tmp_path / "bob", tmp_path / "all").stdout
    assert "40 clips, 2 speakers" in said and said.endswith(": ann, bob\n")
    line = fail("join", tmp_path / "ann", tmp_path / "ann", tmp_path / "two")
    assert "different names" in line
    assert "pwavenet prepare" in fail("join", tmp_path, tmp_path / "two")
