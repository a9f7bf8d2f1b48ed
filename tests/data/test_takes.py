"""Further takes, and the same file again."""

from pathlib import Path

from keras_pwavenet.data import Clip, last_takes, takes
from keras_pwavenet.data.takes import copies


def clip(name, prompt="", speaker=""):
    return Clip(name, Path(name), speaker=speaker, prompt=prompt)


def test_the_last_take_stays_whatever_the_order():
    first, second, third = (clip(f"a_{number}", "a") for number in (1, 2, 3))
    other = clip("b")
    assert last_takes([first, other, third, second]) == [other, third]
    assert last_takes([third, second, first]) == [third]


def test_each_speaker_keeps_a_take():
    clips = [clip("ann/1", "x", "ann"), clip("bob/1", "x", "bob")]
    assert last_takes(clips) == clips


def test_clips_without_takes_stay():
    clips = [clip("a"), clip("b/a"), clip("c")]
    assert last_takes(clips) == clips


def test_copies(tmp_path):
    contents = {"a": b"one", "b": b"two", "c": b"one", "d": b"three", "e": b"one"}
    for name, content in {**contents, "f": b"", "g": b""}.items():
        (tmp_path / name).write_bytes(content)
    clips = [Clip(name, tmp_path / name) for name in "abcdefgh"]
    assert copies(clips) == {"c": "a", "e": "a"}


def test_files_that_cannot_be_read_are_no_copies(tmp_path, monkeypatch):
    for name in "abc":
        (tmp_path / name).write_bytes(b"one")
    digest = takes._digest

    def refused(path):
        if path.name == "b":
            raise PermissionError(13, "Permission denied", str(path))
        return digest(path)

    monkeypatch.setattr(takes, "_digest", refused)
    clips = [Clip(name, tmp_path / name) for name in ("a", "b", "c", "x" * 300, "x\0")]
    assert copies(clips) == {"c": "a"}
