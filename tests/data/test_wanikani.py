"""Japanese words by their file names."""

import unicodedata

import numpy as np
import pytest
import soundfile

from keras_pwavenet.data import read_corpus


@pytest.fixture
def words(tmp_path):
    """Writes a buzz of a pitch in Hz under a file name, once a channel."""
    pytest.importorskip("pyworld")

    def write(file, hertz, channels=1):
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        phase = hertz * np.arange(12_000) / 24_000
        buzz = np.repeat(0.4 * (phase % 1 - 0.5)[:, None], channels, axis=1)
        soundfile.write(path, buzz, 24_000)
        return tmp_path

    return write


def test_words_readings_and_speakers(words):
    words("lib/mp3/札【ふだ】.mp3", 240)
    words("lib/ogg/札【ふだ】.ogg", 240)
    words("lib/mp3/膝【ひざ】.mp3", 120)
    words("lib/mp3/二【に】.mp3", 120, channels=2)
    root = words("lib/ogg/〜二【に】.ogg", 240, channels=2)
    clips = read_corpus(root)
    assert clips == read_corpus(root, "wanikani") == read_corpus(root / "lib")
    assert {
        (clip.name, clip.path.suffix, clip.text, clip.speaker, clip.prompt)
        for clip in clips
    } == {
        ("札【ふだ】", ".mp3", "札", "wanikani_female", "ふだ"),
        ("膝【ひざ】", ".mp3", "膝", "wanikani_male", "ひざ"),
        ("二【に】", ".mp3", "二", "wanikani_female", "に"),
        ("〜二【に】", ".ogg", "〜二", "wanikani_female", "に"),
    }


def test_one_way_to_write_a_reading(words):
    root = words(unicodedata.normalize("NFD", "画【が】.mp3"), 240)
    (clip,) = read_corpus(root)
    assert (clip.name, clip.prompt) == ("画【が】", "が")


def test_damaged_files_are_left_to_prepare(words):
    root = words("札【ふだ】.mp3", 240)
    (root / "膝【ひざ】.mp3").write_bytes(b"nonsense")
    assert len(read_corpus(root)) == 2
