"""Texts and speakers find their recordings, however a table writes them."""

import os
import unicodedata
import warnings

import pytest

from keras_pwavenet.data import prepare, read_corpus, split_of

NAMES = ("über", "two", "three", "four")
BODY = [
    f"{name}|Text of {name}.|{'ab'[number % 2]}" for number, name in enumerate(NAMES)
]


def corpus(root, table, folder="", form="NFC", encoding="utf-8", suffix=".wav"):
    (root / folder).mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        name = unicodedata.normalize(form, name)
        (root / folder / f"{name}{suffix}").write_bytes(b"not read")
    (root / "metadata.csv").write_bytes(table.encode(encoding))
    return root


def written(lines, separator="|", end="\n", file="{}"):
    rows = [line.split("|") for line in lines]
    rows = [[file.format(name), *others] for name, *others in rows]
    return "".join(separator.join(row) + end for row in rows)


def check(root, layout="auto", speakers=True):
    clips = read_corpus(root, layout)
    found = {clip.path.stem: (clip.text, clip.speaker) for clip in clips}
    found = {unicodedata.normalize("NFC", name): row for name, row in found.items()}
    assert found == {
        name: (f"Text of {name}.", "ab"[number % 2] if speakers else "")
        for number, name in enumerate(NAMES)
    }
    return clips


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "table",
    [
        "\ufeff" + written(BODY),
        written(BODY, end="\r\n"),
        written(BODY, end="\r"),
        written(BODY, "\t"),
        written(BODY, ";"),
        written(BODY, ","),
        written(BODY, file='"{}.wav"'),
        written(BODY, file=" {}.WAV "),
        written(BODY, file="./{}.flac"),
        written(BODY, file=".\\{}.wav"),
        "audio_file|text|speaker_name\n" + written(BODY),
        "speaker_id,file_name,transcription\n"
        + written(["{2}|{0}.wav|{1}".format(*line.split("|")) for line in BODY], ","),
    ],
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_folder(tmp_path, table, form):
    check(corpus(tmp_path, table, form=form))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("table", "speakers"),
    [
        ("\ufeff" + written([f"{n}|{n}|Text of {n}." for n in NAMES]), False),
        (written([f"{n}|Text of {n}." for n in NAMES], end="\r\n"), False),
        (written(["{0}|{2}|{1}".format(*line.split("|")) for line in BODY]), True),
        ("audio_file|text|speaker_name\n" + written(BODY, file="wavs/{}.wav"), True),
        ("file_name,text,speaker\n" + written(BODY, ",", file="wavs/{}.wav"), True),
        ("id\ttext\tspeaker\n" + written(BODY, "\t"), True),
    ],
)
def test_beside_a_folder_named_wavs(tmp_path, table, speakers):
    check(corpus(tmp_path, table, folder="wavs"), "ljspeech", speakers)


def test_line_ends_of_unicode_are_of_the_text(tmp_path):
    corpus(tmp_path, "two|One\x85two\u2028three\x0cfour.\n")
    texts = {clip.name: clip.text for clip in read_corpus(tmp_path, "folder")}
    assert texts["two"] == "One\x85two\u2028three\x0cfour."


@pytest.mark.parametrize("layout", ["folder", "ljspeech"])
def test_what_found_no_partner_is_told(tmp_path, layout):
    folder = "wavs" if layout == "ljspeech" else ""
    table = "two|Text.\nnone|Text.\nnone2|Text.\nnone3|Text.\nnone4|Text.\n"
    root = corpus(tmp_path, table, folder)
    with pytest.warns(UserWarning) as told:
        read_corpus(root, layout)
    messages = [str(one.message) for one in told]
    assert any(
        f"3 recordings have no row in {root}/metadata.csv: 'four', 'three', 'über'" in m
        for m in messages
    )
    assert any(
        "4 rows of" in m and "'none', 'none2', 'none3', ..." in m for m in messages
    )


@pytest.mark.parametrize(
    "other", ["train/metadata.csv", "metadata.jsonl", "train/Texts.TSV"]
)
def test_tables_that_are_not_read_are_named(tmp_path, other):
    root = corpus(tmp_path, written(BODY), "train")
    (root / "metadata.csv").rename(root / other)
    with pytest.warns(UserWarning, match=rf"1 table is not read.* '.*/{other}'"):
        read_corpus(root)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("folder", ["", "wavs"])
def test_a_table_in_capitals_is_read(tmp_path, folder):
    root = corpus(tmp_path, "id|text|speaker\n" + written(BODY), folder)
    (root / "metadata.csv").rename(root / "Metadata.CSV")
    check(root)


@pytest.mark.filterwarnings("error")
def test_texts_beside_in_capitals_are_read(tmp_path):
    for name in NAMES:
        (tmp_path / f"{name}.WAV").write_bytes(b"not read")
        (tmp_path / f"{name}.TXT").write_text(f"Text of {name}.\n", "utf-8")
    check(tmp_path, speakers=False)


@pytest.mark.parametrize(
    ("table", "told", "texts"),
    [
        ("two,Hi, you.,a\n", "left out with more than 3 cells: 'line 5'", ""),
        ("two,Hi, you.,\n", "", "Hi"),
        ("two,Hi.\n", "has fewer than 3 cells: 'line 5'", "Hi."),
        ("two,Hi.,a\ntwo,Bye.,a\n", "names a recording again: 'two'", "Bye."),
    ],
)
def test_rows_of_another_width(tmp_path, table, told, texts):
    body = [line for line in BODY if not line.startswith("two")]
    root = corpus(tmp_path, "file,text,speaker\n" + written(body, ",") + table)
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        clips = {clip.name: clip.text for clip in read_corpus(root, "folder")}
    messages = [str(one.message) for one in found if " row of " in str(one.message)]
    assert [told in message for message in messages] == [True] * bool(told)
    assert clips["two"] == texts and clips["four"] == "Text of four."


def test_columns_that_are_not_read_are_told(tmp_path):
    root = corpus(tmp_path, written([f"{line}|sad" for line in BODY]))
    with pytest.warns(UserWarning, match="column of .* not read: 'the 4th'"):
        check(root)
    root = corpus(tmp_path, "file|words\n" + written(BODY))
    with pytest.warns(UserWarning, match="none is known to be the text: 'file', 'wo"):
        read_corpus(root)


def test_a_middle_column_of_words_that_repeat(tmp_path):
    rows = [f"{name}|one|one" for name in NAMES]
    clips = read_corpus(corpus(tmp_path, written(rows), "wavs"))
    assert {(clip.text, clip.speaker) for clip in clips} == {("one", "")}
    rows = [f"{name}|of {name}|Hello." for name in NAMES]
    corpus(tmp_path, written(rows), "wavs")
    with pytest.warns(UserWarning, match="middle column of .* 'of four', 'of three'"):
        read_corpus(tmp_path)


def test_other_formats_are_told(tmp_path):
    root = corpus(tmp_path, written(BODY), suffix=".wma")
    check(root)
    (root / "five.Raw").write_bytes(b"not read")
    with pytest.warns(
        UserWarning, match=r"1 recording is left out for its format: .*/five\.Raw"
    ):
        check(root)


def test_speakers_of_few_recordings_are_told(tmp_path):
    rows = [f"{number}|Text.|{'ann' if number else 'anne'}\n" for number in range(60)]
    for number in range(60):
        (tmp_path / f"{number}.wav").write_bytes(b"not read")
    (tmp_path / "metadata.csv").write_text("".join(rows))
    with pytest.warns(UserWarning, match=r"1 speaker has few .*: 'anne \(1\)'"):
        read_corpus(tmp_path)
    tested = next(number for number in range(60) if split_of(str(number)) == "test")
    rows[tested] = f"{tested}|Text.|bob\n"
    (tmp_path / "metadata.csv").write_text("".join(rows))
    with pytest.warns(UserWarning, match=r"1 speaker .* train split: 'bob'"):
        read_corpus(tmp_path)


@pytest.mark.parametrize("bad", ['two,"' + "x" * 200_000, "tw\0o,Text."])
def test_damaged_rows_are_left_out(tmp_path, bad):
    root = corpus(tmp_path, f"three.wav,Text of three.\n{bad}\n")
    with pytest.warns(UserWarning, match=r"row of .* left out as damaged: 'line 2'"):
        clips = read_corpus(root, "folder")
    texts = {clip.name: clip.text for clip in clips}
    assert texts == {"three": "Text of three.", "two": "", "four": "", "über": ""}


def test_texts_in_other_encodings_are_named(tmp_path):
    (tmp_path / "two.wav").write_bytes(b"not read")
    (tmp_path / "two.txt").write_bytes("über".encode("latin-1"))
    with pytest.warns(UserWarning, match=r"1 text is not UTF-8 or .*two\.txt"):
        assert read_corpus(tmp_path, "folder")[0].text == ""


@pytest.mark.parametrize("header", ["", "file,text,sprécher\n"])
def test_rows_in_other_encodings_are_left_out_and_named(tmp_path, header):
    root = corpus(tmp_path, header + written(BODY, ","), encoding="latin-1")
    line = 1 + bool(header)
    with pytest.warns(UserWarning, match=rf"1 row .* not being UTF-8: 'line {line}'"):
        clips = read_corpus(root, "folder")
    texts = {clip.name: clip.text for clip in clips if clip.name != "über"}
    assert texts == {name: f"Text of {name}." for name in NAMES[1:]}


def test_linked_folders_are_seen_once(tmp_path):
    root = tmp_path / "corpus"
    for folder in (root / "own", tmp_path / "elsewhere/inner"):
        folder.mkdir(parents=True)
        (folder / f"{folder.name}.wav").write_bytes(b"not read")
    for name, target in (
        ("linked", tmp_path / "elsewhere"),
        ("again", root / "own"),
        ("own/up", root),
        ("above", tmp_path),
    ):
        (root / name).symlink_to(target)
    names = {clip.name for clip in read_corpus(root, "folder")}
    assert len(names) == 2 and "own/own" in names
    assert {name.rpartition("/")[2] for name in names} == {"own", "inner"}


def test_names_that_are_no_utf8_are_left_out_and_named(tmp_path):
    try:
        with open(os.fsencode(tmp_path) + b"/h\xf6ren.wav", "wb"):
            pass
    except OSError:
        pytest.skip("this file system has no such names")
    (tmp_path / "two.wav").write_bytes(b"not read")
    with pytest.warns(UserWarning, match=r"1 recording .* no UTF-8 .*: 'h"):
        assert [clip.name for clip in read_corpus(tmp_path, "folder")] == ["two"]


def test_folders_that_cannot_be_read_are_named(tmp_path, monkeypatch):
    (tmp_path / "locked").mkdir()
    (tmp_path / "two.wav").write_bytes(b"not read")
    scan = os.scandir

    def refused(path):
        if os.path.basename(path) == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refused)
    with pytest.warns(UserWarning, match=r"1 folder .* '.*/locked \(Permission"):
        assert [clip.name for clip in read_corpus(tmp_path, "folder")] == ["two"]


def test_no_row_stops_a_corpus(clips, mel, tmp_path):
    root = tmp_path / "corpus"
    root.mkdir()
    (root / "good.wav").write_bytes(clips[5].path.read_bytes())
    (root / "x.raw").write_bytes(bytes(4000))
    slow = bytearray(clips[7].path.read_bytes())
    slow[24:28] = (1).to_bytes(4, "little")
    (root / "slow.wav").write_bytes(slow)
    rows = ("good.wav", "x.raw", "slow", "x" * 300)
    (root / "metadata.csv").write_text("".join(f"{row}|Text.\n" for row in rows))
    with pytest.warns(UserWarning, match="2 rows of"):
        found = read_corpus(root, "folder")
    report = prepare(found, tmp_path / "cache", mel, progress=False)
    assert report.clips == 1
    reasons = dict(report.skipped)
    assert "sample rate" in reasons["slow"] and "x.raw" in reasons["x.raw"]
    assert "too long" in reasons["x" * 300]
