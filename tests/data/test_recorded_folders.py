"""Layouts of Piper, Rhasspy and FreeSWITCH, and texts beside recordings."""

import pytest

from keras_pwavenet.data import Clip, read_corpus, split_of


def touch(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"not read")


def texts(root, **lines):
    for name, text in lines.items():
        (root / f"{name}.txt").write_text(f"{text}\n", encoding="utf-8")


def test_texts_beside_recordings(tmp_path):
    touch(tmp_path, "a.wav", "b.wav", "c_1234567890.wav")
    texts(tmp_path, a="Größe.")
    assert read_corpus(tmp_path) == [
        Clip("a", tmp_path / "a.wav", "Größe."),
        Clip("b", tmp_path / "b.wav"),
        Clip("c_1234567890", tmp_path / "c_1234567890.wav"),
    ]


def test_takes_share_their_prompt(tmp_path):
    takes = [f"arctic_a0001_159274857{number}" for number in range(3)]
    other = "arctic_a0002_1592748600"
    touch(tmp_path, *(f"data/{name}.wav" for name in (*takes, other, "hello")))
    texts(tmp_path / "data", **dict.fromkeys(takes, "Author."), hello="Hello.")
    texts(tmp_path / "data", **{other: "Not."})
    clips = read_corpus(tmp_path)
    assert clips == read_corpus(tmp_path, "piper")
    assert [(clip.name, clip.text, clip.prompt) for clip in clips] == [
        *((f"data/{take}", "Author.", "arctic_a0001") for take in takes),
        (f"data/{other}", "Not.", "arctic_a0002"),
        ("data/hello", "Hello.", "hello"),
    ]
    within = read_corpus(tmp_path / "data")
    assert [clip.prompt for clip in within] == [clip.prompt for clip in clips]


@pytest.mark.parametrize("folder", ["", "wav/", "wavs/"])
def test_takes_of_a_table(tmp_path, folder):
    names = [f"nl_{number}_160181780{number}" for number in range(3)]
    touch(tmp_path, *(f"{folder}{name}.wav" for name in names))
    lines = (f"{name}|Zin {place}.\n" for place, name in enumerate(names))
    (tmp_path / "metadata.csv").write_text("".join(lines))
    assert [(clip.name, clip.text, clip.prompt) for clip in read_corpus(tmp_path)] == [
        (folder + name, f"Zin {place}.", f"nl_{place}")
        for place, name in enumerate(names)
    ]


def test_times_alone_are_no_takes(tmp_path):
    names = [f"memo_160181780{number}" for number in range(3)]
    touch(tmp_path, *(f"{name}.wav" for name in names))
    texts(tmp_path, **dict.fromkeys(names, "Memo."))
    assert [clip.prompt for clip in read_corpus(tmp_path)] == names


@pytest.mark.parametrize("folder", ["", "wav/", "wavs/"])
def test_tables_of_piper(tmp_path, folder):
    touch(tmp_path, f"{folder}1.wav", f"{folder}2.wav")
    (tmp_path / "metadata.csv").write_text("1|One.\n2|Two.\n")
    clips = read_corpus(tmp_path, "piper")
    assert [(c.name, c.text, c.speaker, c.prompt) for c in clips] == [
        (f"{folder}1", "One.", "", "1"),
        (f"{folder}2", "Two.", "", "2"),
    ]
    guessed = read_corpus(tmp_path)
    assert [split_of(c.prompt) for c in guessed] == [split_of(c.prompt) for c in clips]
    assert [(c.path, c.text) for c in guessed] == [(c.path, c.text) for c in clips]


def test_table_of_several_speakers(tmp_path):
    touch(tmp_path, "wav/1.wav", "wav/2.wav")
    (tmp_path / "metadata.csv").write_text("1|ann|One.\n2|bob|Two.\n")
    assert [(c.speaker, c.text) for c in read_corpus(tmp_path)] == [
        ("ann", "One."),
        ("bob", "Two."),
    ]


PHRASES = """<language><en>
  <ascii><prompt phrase="Dot" filename="46.wav"/></ascii>
  <digits><prompt phrase="dot." filename="dot.wav"/></digits>
  <base256><prompt phrase="Zulu" filename="Zulu.wav"/></base256>
  <ivr><prompt phrase="I'm sorry..." filename="ivr-sorry.wav"/></ivr>
  <conference>
    <prompt phrase="NULL" filename="conf-ack.wav" type="tone"/>
    <prompt phrase="NULL" filename="conf-moh.wav" type="music"/>
  </conference>
</en></language>"""


def test_freeswitch(tmp_path):
    root = tmp_path / "sounds"
    names = ["ascii/48000/46", "digits/48000/dot", "ivr/48000/ivr-sorry"]
    names += ["base256/8000/Zulu", "base256/48000/Zulu", "base256/16000/Zulu"]
    names += ["conference/48000/conf-ack", "conference/48000/conf-moh"]
    names += ["zrtp/16000/zrtp-is_secure"]
    touch(root, *(f"en/us/callie/{name}.wav" for name in names), "loose.wav")
    phrases = tmp_path / "phrase_en.xml"
    phrases.write_text(PHRASES)
    clips = read_corpus(root, transcripts=phrases)
    assert clips == read_corpus(root, "freeswitch", phrases)
    assert [(c.name, c.path.parent.name, c.text, c.prompt) for c in clips] == [
        ("ascii/46", "48000", "Dot", "dot"),
        ("base256/Zulu", "48000", "Zulu", "zulu"),
        ("digits/dot", "48000", "dot.", "dot"),
        ("ivr/ivr-sorry", "48000", "I'm sorry...", "i m sorry"),
        ("zrtp/zrtp-is_secure", "16000", "", "zrtp/zrtp-is_secure"),
    ]
    inside = read_corpus(root / "en/us/callie", transcripts=phrases)
    assert inside == clips


@pytest.mark.parametrize("content", ["a: A.\n", "<language/>"])
def test_refuses_what_holds_no_phrases(tmp_path, content):
    touch(tmp_path, "ivr/48000/a.wav")
    (tmp_path / "phrases.xml").write_text(content)
    with pytest.raises(ValueError, match=r"Received: transcripts='.*phrases\.xml'"):
        read_corpus(tmp_path, transcripts=tmp_path / "phrases.xml")
