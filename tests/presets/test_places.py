"""Where something is to be written, looked at before the work."""

import os

import pytest

from keras_pwavenet.presets import places

NOWHERE = ("/proc/x", "file/x", "a\0b", "x" * 300)


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("mine")
    for name, content in (("preset", "config.json"), ("run", "history.csv")):
        (tmp_path / name).mkdir()
        (tmp_path / name / content).write_text("")


@pytest.mark.parametrize("check", ["folder", "preset_folder", "run_folder"])
def test_folders_may_be_new_and_their_parents_missing(check, tmp_path):
    check = getattr(places, f"check_{check}")
    before = sorted(tmp_path.rglob("*"))
    assert check("a/b/c").parts == ("a", "b", "c")
    for path in (*NOWHERE, "file"):
        with pytest.raises(OSError, match=r"Expected .* Received: "):
            check(path)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_link_is_what_it_leads_to(tmp_path):
    (tmp_path / "link.wav").symlink_to("new.wav")
    assert str(places.check_file("link.wav")) == "link.wav"
    (tmp_path / "nowhere.wav").symlink_to("missing/new.wav")
    with pytest.raises(FileNotFoundError, match="in a folder that exists"):
        places.check_file("nowhere.wav")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(OSError, match="Received: loop"):
        places.check_file("loop")
    os.mkfifo("pipe")
    with pytest.raises(FileExistsError, match="a pipe or a device"):
        places.check_file("pipe")


def test_files_want_a_folder_that_is_there(tmp_path):
    assert str(places.check_file("new.wav")) == "new.wav"
    assert str(places.check_file("file")) == "file"
    with pytest.raises(FileNotFoundError, match="in a folder that exists"):
        places.check_file("no/new.wav")
    with pytest.raises(FileExistsError, match="Received: run, a folder"):
        places.check_file("run")
    for path in NOWHERE:
        with pytest.raises(OSError, match=r"Expected .* Received: "):
            places.check_file(path)


def test_what_a_folder_holds_must_fit(tmp_path):
    places.check_preset_folder("preset")
    places.check_run_folder("run")
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / ".lock").write_text("")
    places.check_run_folder("new")
    with pytest.raises(FileExistsError, match=r"run, which holds history\.csv"):
        places.check_preset_folder("run")
    with pytest.raises(FileExistsError, match=r"preset, which holds config\.json"):
        places.check_run_folder("preset")


@pytest.mark.parametrize("out", ["run", "run/../run", "link", "new", "preset"])
def test_a_preset_must_not_cost_the_run_or_what_it_is_trained_by(out, tmp_path):
    (tmp_path / "link").symlink_to("run")
    run = "new/run" if out == "new" else "run"
    with pytest.raises(FileExistsError, match=f"Received: {out}"):
        places.check_places(run, out, None, "preset")


def test_a_preset_may_replace_another_or_lie_beside_and_in_the_run():
    places.check_places("run")
    for out in ("preset", "other", "run/preset"):
        places.check_places("run", out, "teacher")
