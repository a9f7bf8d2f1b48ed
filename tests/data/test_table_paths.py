"""A corpus' table may name its files from anywhere: the split stays the same."""

import itertools

import pytest

from keras_pwavenet.data import read_corpus, split_of

NAMES = [f"a{number}" for number in range(100)]
PLACES = {
    "name": "{name}",
    "file": "{name}.wav",
    "folder": "{folder}{name}.wav",
    "dotted": "./x/../{folder}{name}.wav",
    "here": "{root}/{folder}{name}.wav",
    "elsewhere": "/home/ann/corpora/mine/{folder}{name}.wav",
    "windows": "C:\\corpora\\mine\\{name}.wav",
}

OF_LJSPEECH = ("name", "file", "here", "elsewhere", "windows")


def corpus(root, folder, place, separator):
    (root / folder).mkdir(parents=True)
    lines = []
    for name in NAMES:
        (root / folder / f"{name}.wav").write_bytes(b"not read")
        file = PLACES[place].format(name=name, folder=folder, root=root)
        lines.append(f"{file}{separator}Text of {name}.\n")
    (root / "metadata.csv").write_text("".join(lines))
    return root


FOLDERS = [
    *(("folder", folder) for folder in ("", "wavs/")),
    *(("piper", folder) for folder in ("", "wav/", "wavs/")),
]
CASES = [
    *itertools.product(FOLDERS, PLACES, "|,"),
    *((("ljspeech", "wavs/"), place, "|") for place in PLACES if place in OF_LJSPEECH),
]


@pytest.mark.parametrize(("kind", "place", "separator"), CASES)
def test_split_does_not_hang_on_the_place(tmp_path, kind, place, separator):
    layout, folder = kind
    root = corpus(tmp_path / "one", folder, place, separator)
    clips = read_corpus(root, layout)
    prefix = folder if layout != "ljspeech" else ""
    assert [clip.name for clip in clips] == sorted(prefix + name for name in NAMES)
    assert all(clip.text == f"Text of {clip.path.stem}." for clip in clips)
    prompts = {clip.prompt for clip in clips}
    assert prompts == {(prefix if layout == "folder" else "") + name for name in NAMES}


def test_no_test_recording_is_trained_on(tmp_path):
    relative = read_corpus(corpus(tmp_path / "one", "", "file", "|"))
    absolute = read_corpus(corpus(tmp_path / "two", "", "here", "|"))
    tested = {clip.path.name for clip in relative if split_of(clip.prompt) == "test"}
    trained = {clip.path.name for clip in absolute if split_of(clip.prompt) == "train"}
    assert len(tested) > 5 and not tested & trained


def test_through_a_link(tmp_path):
    root = corpus(tmp_path / "one", "", "here", "|")
    (tmp_path / "link").symlink_to(root)
    clips = read_corpus(tmp_path / "link")
    assert [clip.name for clip in clips] == sorted(NAMES)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("link", ["above", "x/above"])
def test_through_a_link_within(tmp_path, link):
    root = corpus(tmp_path / "one", "", "file", "|")
    (root / link).parent.mkdir(exist_ok=True)
    (root / link).symlink_to(root)
    table = root / "metadata.csv"
    table.write_text("".join(f"{link}/{name}.wav|Text of {name}.\n" for name in NAMES))
    clips = read_corpus(root, "folder")
    assert [clip.name for clip in clips] == sorted(NAMES)
    assert all(clip.text == f"Text of {clip.name}." for clip in clips)


@pytest.mark.parametrize(
    "file", ["/else/b.wav", "../b.wav", "D:\\b.wav", "up/../b.wav"]
)
def test_rows_outside_are_left_out_and_named(tmp_path, file):
    root = tmp_path / "corpus"
    (root / "deep/er").mkdir(parents=True)
    (root / "up").symlink_to(root / "deep/er")
    for place in (tmp_path / "b.wav", root / "a.wav", root / "deep/b.wav"):
        place.write_bytes(b"not read")
    (root / "metadata.csv").write_text(f"{file}|Hello.\na.wav|Hi.\n")
    with pytest.warns(UserWarning, match=r"1 row of .*metadata\.csv name") as told:
        clips = read_corpus(root)
    assert any(repr(file) in str(one.message) for one in told)
    assert [clip.text for clip in clips if clip.path == root / "a.wav"] == ["Hi."]
    there = {root / "a.wav", root / "deep/b.wav", root / "b.wav"}
    assert {clip.path for clip in clips} <= there
    assert all(clip.text != "Hello." for clip in clips if clip.path.exists())
