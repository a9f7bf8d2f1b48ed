"""Every layout of a corpus."""

import gzip

import pytest

from keras_pwavenet.data import Clip, read_corpus


def touch(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"not read")


def test_folder(tmp_path):
    touch(tmp_path, "b.wav", "deep/er/a.FLAC", "deep/a.g722", "c.v2.mp3")
    touch(tmp_path, "notes.txt", ".hidden.wav", ".git/d.wav", "cover.jpg")
    assert read_corpus(tmp_path) == [
        Clip("b", tmp_path / "b.wav"),
        Clip("c.v2", tmp_path / "c.v2.mp3"),
        Clip("deep/a", tmp_path / "deep/a.g722"),
        Clip("deep/er/a", tmp_path / "deep/er/a.FLAC"),
    ]


def test_one_of_several_formats(tmp_path):
    touch(tmp_path, "a.mp3", "a.wav", "a.flac", "b.ogg", "b.g722")
    paths = [clip.path.name for clip in read_corpus(tmp_path)]
    assert paths == ["a.wav", "b.g722"]


@pytest.mark.parametrize(
    "table",
    [
        'file_name,text,speaker\na.wav,"Hello, you.",ann\nsub/b.wav,Bye.,bob\n',
        "speaker_id,file_name,transcription\nann,a.wav,"
        '"Hello, you."\nbob,sub/b.wav,Bye.\n',
        "a.wav|Hello, you.|ann\nsub/b.wav|Bye.|bob\n",
        "\ufefffile|text|speaker\n\na|Hello, you.|ann\n./sub/b|Bye.|bob\n",
    ],
)
def test_folder_with_metadata(tmp_path, table):
    touch(tmp_path, "a.wav", "sub/b.wav", "c.wav")
    (tmp_path / "metadata.csv").write_text(table, encoding="utf-8")
    assert read_corpus(tmp_path) == [
        Clip("a", tmp_path / "a.wav", "Hello, you.", "ann"),
        Clip("c", tmp_path / "c.wav"),
        Clip("sub/b", tmp_path / "sub/b.wav", "Bye.", "bob"),
    ]


def test_metadata_may_span_lines_in_quotes(tmp_path):
    touch(tmp_path, "a.wav")
    (tmp_path / "metadata.csv").write_text('file_name,text\na.wav,"One\ntwo"\n')
    assert read_corpus(tmp_path)[0].text == "One\ntwo"


def test_metadata_naming_a_missing_file_keeps_the_clip(tmp_path):
    touch(tmp_path, "a.wav")
    (tmp_path / "metadata.csv").write_text("file_name,text\ngone.wav,Hello\n")
    assert read_corpus(tmp_path)[1] == Clip("gone", tmp_path / "gone.wav", "Hello")


def test_empty_metadata(tmp_path):
    touch(tmp_path, "a.wav")
    (tmp_path / "metadata.csv").write_text("")
    assert read_corpus(tmp_path) == [Clip("a", tmp_path / "a.wav")]


def test_ljspeech(tmp_path):
    touch(tmp_path, "wavs/LJ001-0001.wav", "wavs/LJ001-0002.wav")
    (tmp_path / "metadata.csv").write_text(
        'LJ001-0002|in "3 days|in "three days\nLJ001-0001|Printing,|Printing,\n'
    )
    assert read_corpus(tmp_path) == read_corpus(tmp_path, "ljspeech")
    assert read_corpus(tmp_path) == [
        Clip("LJ001-0001", tmp_path / "wavs/LJ001-0001.wav", "Printing,"),
        Clip("LJ001-0002", tmp_path / "wavs/LJ001-0002.wav", 'in "three days'),
    ]


def test_vctk_of_2019(tmp_path):
    audio = "wav48_silence_trimmed/p225/p225_001"
    touch(tmp_path, f"{audio}_mic1.flac", f"{audio}_mic2.flac")
    touch(tmp_path, "wav48_silence_trimmed/p315/p315_002_mic1.flac", "txt/p225/x.txt")
    (tmp_path / "txt/p225/p225_001.txt").write_text("Please call Stella.\n")
    assert read_corpus(tmp_path) == [
        Clip(
            "p225/p225_001",
            tmp_path / f"{audio}_mic1.flac",
            "Please call Stella.",
            "p225",
        ),
        Clip(
            "p315/p315_002",
            tmp_path / "wav48_silence_trimmed/p315/p315_002_mic1.flac",
            "",
            "p315",
        ),
    ]


def test_vctk_of_2012(tmp_path):
    touch(tmp_path, "wav48/p225/p225_001.wav", "txt/p225/p225_001.txt")
    (clip,) = read_corpus(tmp_path, "auto")
    assert (clip.name, clip.speaker, clip.text) == (
        "p225/p225_001",
        "p225",
        "not read",
    )


TRANSCRIPTS = """; Core sounds: in English

activated: Activated.
beeperr: [this is an error beep tone]
monkeys: [sound of monkeys screaming]
letters/at: at [@]
digits/10: ten
menu: Press: one [or two]
"""


@pytest.mark.parametrize("zipped", [False, True])
def test_prompts(tmp_path, zipped):
    root = tmp_path / "en_US"
    names = "activated letters/at digits/10 menu beeperr monkeys beep silence/1".split()
    touch(root, *(f"{name}.g722" for name in [*names, "2tone", "unknown"]))
    file = tmp_path / "sounds.txt"
    data = TRANSCRIPTS.encode()
    file.write_bytes(gzip.compress(data) if zipped else data)
    clips = read_corpus(root, transcripts=file)
    assert clips == read_corpus(root, "prompts", file)
    assert clips == [
        Clip("activated", root / "activated.g722", "Activated."),
        Clip("digits/10", root / "digits/10.g722", "ten"),
        Clip("letters/at", root / "letters/at.g722", "at [@]"),
        Clip("menu", root / "menu.g722", "Press: one [or two]"),
        Clip("unknown", root / "unknown.g722", ""),
    ]


def test_lines_of_transcripts_that_are_no_utf8_are_named(tmp_path):
    touch(tmp_path, "corpus/a.wav", "corpus/b.wav")
    file = tmp_path / "texts.txt"
    file.write_bytes("a: Grüße\n".encode("latin-1") + b"b: Hello.\n")
    with pytest.warns(UserWarning) as told:
        clips = read_corpus(tmp_path / "corpus", transcripts=file)
    assert [clip.text for clip in clips] == ["", "Hello."]
    messages = [str(one.message) for one in told]
    assert any("not being UTF-8: 'line 1'" in message for message in messages)
    assert any(f"has no text in {file}: 'a'" in message for message in messages)


def test_errors(tmp_path):
    with pytest.raises(ValueError, match="an audio clip or more"):
        read_corpus(tmp_path)
    touch(tmp_path, "a.wav")
    with pytest.raises(ValueError, match="layout='vctc'"):
        read_corpus(tmp_path, "vctc")
    with pytest.raises(ValueError, match="wav48"):
        read_corpus(tmp_path, "vctk")
    with pytest.raises(ValueError, match="transcripts=None"):
        read_corpus(tmp_path, "prompts")
    with pytest.raises(ValueError, match="layout='folder'"):
        read_corpus(tmp_path, "folder", transcripts=tmp_path / "a.txt")
    with pytest.raises(FileNotFoundError, match=r"metadata\.csv"):
        read_corpus(tmp_path, "ljspeech")
    with pytest.raises(NotADirectoryError, match=r"a\.wav"):
        read_corpus(tmp_path / "a.wav")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("texts.txt.gz", gzip.compress(b"a: Hello.\n" * 99, mtime=0)[:-20]),
        ("texts.txt.gz", b"\x1f\x8b nonsense"),
        ("phrases.xml", b"<include><en>\xff</en></include>"),
        ("phrases.xml", b"<?xml version='1.0' encoding='klingon'?><a/>"),
        ("phrases.xml", b"<?xml version='1.0' encoding='utf-7'?><a/>"),
    ],
)
def test_damaged_transcripts_are_named(name, content, tmp_path):
    touch(tmp_path, "corpus/a.wav")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=rf"Expected .* Received: .*{name}"):
        read_corpus(tmp_path / "corpus", transcripts=tmp_path / name)
