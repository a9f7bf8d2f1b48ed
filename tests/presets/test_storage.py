import json
import os
import stat

import pytest

from keras_pwavenet.presets import storage


def test_full_disk_leaves_everything_as_it_was(model, tmp_path, full_disk):
    model.save_to_preset(tmp_path / "voice")
    before = {p.name: p.read_bytes() for p in (tmp_path / "voice").iterdir()}
    for size in (100, 1000, 3000):
        with full_disk(size):
            with pytest.raises(OSError, match=r"too large: '.*/voice'"):
                model.save_to_preset(tmp_path / "voice")
            with pytest.raises(OSError, match=r"too large: '.*/a/second'"):
                model.save_to_preset(tmp_path / "a/second")
    assert [path.name for path in tmp_path.iterdir()] == ["voice"]
    after = {p.name: p.read_bytes() for p in (tmp_path / "voice").iterdir()}
    assert after == before


def test_preset_of_a_killed_process_is_found(model, classes, tmp_path):
    model.save_to_preset(tmp_path / "voice")
    (tmp_path / "voice").rename(tmp_path / ".voice.former")
    assert classes["Tiny"].from_preset(tmp_path / "voice").units == 4
    assert [path.name for path in tmp_path.iterdir()] == ["voice"]


def test_replaced_whole_but_for_the_card(model, tmp_path):
    model.save_to_preset(tmp_path / "voice")
    (tmp_path / "voice/README.md").write_text("# A voice\n")
    model.preprocessor = None
    model.save_to_preset(tmp_path / "voice", save_weights=False)
    names = {path.name for path in (tmp_path / "voice").iterdir()}
    assert names == {"config.json", "metadata.json", "README.md"}
    assert (tmp_path / "voice/README.md").read_text() == "# A voice\n"
    assert [path.name for path in tmp_path.iterdir()] == ["voice"]


def test_other_files_are_never_removed(model, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(FileExistsError, match=r"thesis\.txt"):
        model.save_to_preset(tmp_path)
    with pytest.raises(FileExistsError, match="Expected a folder"):
        model.save_to_preset(tmp_path / "thesis.txt")
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_missing_parents_are_made_and_links_followed(model, classes, tmp_path):
    model.save_to_preset(tmp_path / "a/b/voice")
    (tmp_path / "link").symlink_to(tmp_path / "a/b/voice")
    model.save_to_preset(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert classes["Tiny"].from_preset(tmp_path / "link").units == 4


def test_folder_is_readable_by_whom_the_umask_allows(model, tmp_path):
    former = os.umask(0o022)
    try:
        model.save_to_preset(tmp_path / "voice")
    finally:
        os.umask(former)
    assert stat.S_IMODE((tmp_path / "voice").stat().st_mode) == 0o755


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "valid JSON"),
        ("[]", "Expected a JSON object"),
        ('{"model_type": "whisper"}', "Expected a serialised Keras object"),
        ('{"registered_name": "nowhere>Thing", "config": {}}', "nowhere>Thing"),
    ],
)
def test_foreign_config_is_refused(classes, tmp_path, content, message):
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(ValueError, match=message):
        classes["Tiny"].from_preset(tmp_path, load_weights=False)


def test_nothing_the_file_names_is_imported(classes, tmp_path):
    (tmp_path / "this_is_imported.py").write_text("raise SystemExit")
    thing = {
        "module": "this_is_imported",
        "class_name": "Thing",
        "registered_name": "Thing",
        "config": {},
    }
    (tmp_path / "config.json").write_text(json.dumps(thing))
    with pytest.raises(ValueError, match="a registered class"):
        storage.registered_class(tmp_path, "config.json")


def test_missing_config_is_named(classes, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"config\.json.*Received"):
        classes["Tiny"].from_preset(tmp_path)
