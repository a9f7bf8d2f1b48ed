"""Files and folders are there whole or not at all, whatever ends the writing."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from keras_pwavenet import files

# Importing the package would take seconds.
ALONE = f"""
import importlib.util

spec = importlib.util.spec_from_file_location("files", {files.__file__!r})
files = importlib.util.module_from_spec(spec)
spec.loader.exec_module(files)
"""


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def in_process(code, *arguments):
    return subprocess.run(
        [sys.executable, "-c", ALONE + code, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_file_is_written_and_replaced(tmp_path):
    assert files.write_bytes(tmp_path / "a", b"one") == tmp_path / "a"
    files.write_text(tmp_path / "a", "zwölf\n")
    assert (tmp_path / "a").read_bytes() == "zwölf\n".encode()
    files.write_json(tmp_path / "b.json", {"ü": [1]}, indent=4)
    assert (tmp_path / "b.json").read_text() == '{\n    "ü": [\n        1\n    ]\n}\n'
    assert names(tmp_path) == ["a", "b.json"]


@pytest.mark.parametrize("before", [None, b"before"])
def test_full_disk_leaves_the_file_and_is_named(tmp_path, full_disk, before):
    path = tmp_path / "a.bin"
    if before is not None:
        path.write_bytes(before)
    with full_disk(1000), pytest.raises(OSError, match=r"too large: '.*/a\.bin'"):
        files.write_bytes(path, bytes(2000))
    assert names(tmp_path) == ([] if before is None else ["a.bin"])
    assert before is None or path.read_bytes() == before


def test_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"'.*/none/a'"):
        files.write_bytes(tmp_path / "none" / "a", b"")


def test_new_folder_appears_when_it_is_filled(tmp_path):
    with files.new_folder(tmp_path / "a/b") as folder:
        (folder / "x").write_text("1")
        assert not (tmp_path / "a/b").exists()
    assert (tmp_path / "a/b/x").read_text() == "1"
    with pytest.raises(FileExistsError, match="is empty"), files.new_folder(tmp_path):
        pass
    (tmp_path / "empty").mkdir()
    with files.new_folder(tmp_path / "empty") as folder:
        (folder / "x").write_text("2")
    assert names(tmp_path / "empty") == ["x"]


def test_full_disk_leaves_no_folder(tmp_path, full_disk):
    with (
        full_disk(1000),
        pytest.raises(OSError, match=r"too large: '.*/a/b/c'"),
        files.new_folder(tmp_path / "a/b/c") as folder,
        open(folder / "x", "wb", buffering=0) as file,
    ):
        while True:
            file.write(bytes(600))
    assert names(tmp_path) == []


def test_other_errors_in_the_block_stay_what_they_are(tmp_path):
    with (
        pytest.raises(FileNotFoundError, match=r"source\.wav"),
        files.replaced_folder(tmp_path / "a"),
    ):
        open(tmp_path / "source.wav").close()
    assert names(tmp_path) == []


@pytest.mark.parametrize("exchanges", [True, False])
def test_folder_is_replaced(tmp_path, monkeypatch, exchanges):
    if not exchanges:
        monkeypatch.setattr(files, "_exchange", lambda *paths: False)
    for content in "12":
        with files.replaced_folder(tmp_path / "a") as folder:
            (folder / f"x{content}").write_text(content)
    assert names(tmp_path) == ["a"]
    assert names(tmp_path / "a") == ["x2"]


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux' file systems")
def test_linux_exchanges_in_one_step(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    assert files._exchange(tmp_path / "a", tmp_path / "b")
    assert names(tmp_path / "a") == ["b"]


def test_failure_of_the_second_rename_puts_the_former_folder_back(
    tmp_path, monkeypatch
):
    with files.replaced_folder(tmp_path / "a") as folder:
        (folder / "x").write_text("1")
    monkeypatch.setattr(files, "_exchange", lambda *paths: False)
    replace = os.replace

    def interrupted(source, target):
        if Path(source).suffix == ".partial":
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(os, "replace", interrupted)
    with (
        pytest.raises(KeyboardInterrupt),
        files.replaced_folder(tmp_path / "a") as folder,
    ):
        (folder / "y").write_text("2")
    assert names(tmp_path) == ["a"]
    assert names(tmp_path / "a") == ["x"]


KILLED = """
import os, pathlib, signal, sys

folder, when = pathlib.Path(sys.argv[1]), sys.argv[2]
kill = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
if when == "exchanged":
    exchange = files._exchange
    files._exchange = lambda *paths: exchange(*paths) and kill()
if when in ("before", "between"):
    files._exchange = lambda *paths: kill() if when == "before" else False
    replace = os.replace
    os.replace = lambda *paths: (replace(*paths), kill())
with files.replaced_folder(folder) as fresh:
    (fresh / "x").write_text("2")
    if when == "inside":
        kill()
"""


@pytest.mark.parametrize("when", ["inside", "before", "exchanged", "between"])
def test_killed_process_loses_nothing(tmp_path, when):
    folder = tmp_path / "a"
    with files.replaced_folder(folder) as fresh:
        (fresh / "x").write_text("1")
    assert in_process(KILLED, folder, when).returncode == -signal.SIGKILL
    files.recover(folder)
    assert (folder / "x").read_text() == ("2" if when == "exchanged" else "1")
    with files.replaced_folder(folder) as fresh:
        (fresh / "x").write_text("3")
    assert names(tmp_path) == ["a"]


def test_only_what_a_dead_process_left_is_removed(tmp_path):
    (tmp_path / ".a.00000000.partial").write_bytes(b"left")
    with files.new_folder(tmp_path / "b") as alive:
        (tmp_path / f".a.{'1' * 8}.partial").mkdir()
        files.write_bytes(tmp_path / "a", b"1")
        assert names(tmp_path) == [alive.name, "a"]
        with files.new_folder(tmp_path / "b"):
            assert alive.is_dir()
        (tmp_path / "b").rmdir()
    assert names(tmp_path) == ["a", "b"]


LOCKED = """
import sys

with files.lock(sys.argv[1], "a folder"):
    pass
"""


def test_lock_says_who_holds_it(tmp_path):
    with files.lock(tmp_path / "lock", "a folder"):
        refused = in_process(LOCKED, tmp_path / "lock")
    holder = f"process {os.getpid()} on {os.uname().nodename}"
    assert f"Received: one that {holder} has in use" in refused.stderr
    assert in_process(LOCKED, tmp_path / "lock").returncode == 0


def test_lock_needs_no_room(tmp_path, full_disk):
    with full_disk(0), files.lock(tmp_path / "lock", "a folder"):
        refused = in_process(LOCKED, tmp_path / "lock")
    assert "Received: one that another process has in use" in refused.stderr


def test_links_are_followed(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link.txt").symlink_to(tmp_path / "real" / "one.txt")
    files.write_text(tmp_path / "link.txt", "first")
    with files.replaced_file(tmp_path / "link.txt") as partial:
        assert partial.parent == tmp_path / "real"
        partial.write_text("second")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real" / "one.txt").read_text() == "second"
    (tmp_path / "folder").symlink_to(tmp_path / "real" / "new")
    (tmp_path / "real" / "new").mkdir()
    with files.new_folder(tmp_path / "folder") as fresh:
        (fresh / "two.txt").write_text("third")
    assert (tmp_path / "real" / "new" / "two.txt").read_text() == "third"


def test_pipes_and_devices_are_never_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileExistsError, match="a pipe or a device"):
        files.write_text(tmp_path / "pipe", "text")
    with (
        pytest.raises(FileExistsError, match="a pipe or a device"),
        files.replaced_file(tmp_path / "pipe"),
    ):
        pass
    assert (tmp_path / "pipe").is_fifo() and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("name", ["x" * 251 + ".txt", "ü" * 125 + ".txt"])
def test_names_may_be_as_long_as_the_system_takes(name, tmp_path):
    for text in ("first", "second"):
        files.write_text(tmp_path / name, text)
        with files.replaced_folder(tmp_path / f"{name[:-4]}.dir") as fresh:
            (fresh / "a.txt").write_text(text)
    assert (tmp_path / name).read_text("utf-8") == "second"
    assert len(list(tmp_path.iterdir())) == 2
