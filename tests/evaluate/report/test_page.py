import base64
import html.parser
import io
import os
import re
import sys

import numpy as np
import pytest
import soundfile

from keras_pwavenet.audio import write_audio
from keras_pwavenet.evaluate import (
    Difference,
    Result,
    paired_differences,
    write_report,
)
from keras_pwavenet.evaluate.report import page as module

RATE = 8000
NASTY = "<script src=http://x.org/a.js>alert('\"&"


class Page(html.parser.HTMLParser):
    """The elements of a page, with their attributes; its text; what is not closed."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.text, self.open = [], "", []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in ("meta", "img", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def results(tmp_path):
    """Two systems of three clips, one of them with a name that wants to be markup."""
    random = np.random.default_rng(0)
    found = []
    for system in ("natural", "student"):
        for number, clip in enumerate(("a/b", "c", NASTY)):
            path = tmp_path / f"{system}-{number}.wav"
            write_audio(path, random.uniform(-0.5, 0.5, 4000 + number), RATE)
            values = {"pesq": random.uniform(1, 4), "words": 4, "word_errors": 1}
            values["heard"] = "<b>bold</b>"
            found.append(Result(system, clip, 0.5, path, values, f"Say {NASTY}."))
    return found


def page(results, tmp_path, clips=("c", NASTY), **options):
    path = tmp_path / "report.html"
    chosen = [(clip, f"because of {NASTY}") for clip in clips]
    left_out = write_report(path, f"On {NASTY}", results, clips=chosen, **options)
    found = Page(path.read_text(encoding="utf-8"))
    assert found.open == []
    return found, left_out


def test_players_hold_the_audio(results, tmp_path):
    found, _ = page(results, tmp_path)
    players = found.all("audio")
    assert len(players) == 4
    assert all("controls" in player for player in players)
    kind, content = players[0]["src"].split(",")
    assert kind == "data:audio/flac;base64"
    audio, rate = soundfile.read(io.BytesIO(base64.b64decode(content)), dtype="int16")
    expected, _ = soundfile.read(results[1].audio, dtype="int16")
    assert rate == RATE
    np.testing.assert_array_equal(audio, expected)
    assert players[0]["aria-label"] == "natural: c"


def test_pictures_have_words(results, tmp_path):
    pytest.importorskip("matplotlib")
    found, left_out = page(results, tmp_path)
    assert left_out == []
    pictures = found.all("img")
    assert len(pictures) == 4
    kind, content = pictures[3]["src"].split(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(content).startswith(b"\x89PNG")
    assert pictures[3]["alt"] == f"Spectrogram of student: {NASTY}"
    # Each fills the window while the box in its label is checked, without a script.
    boxes = found.all("input")
    assert len(boxes) == len(found.all("label")) == 4
    assert boxes[3]["type"] == "checkbox"
    assert boxes[3]["aria-label"] == f"Enlarge the spectrogram of student: {NASTY}"
    style = re.sub(r"\s+", " ", (tmp_path / "report.html").read_text())
    assert ".picture input:checked + img { position: fixed;" in style


def test_needs_no_other_file_and_runs_nothing(results, tmp_path):
    found, _ = page(results, tmp_path)
    assert not found.all("script") and not found.all("link") and not found.all("b")
    for tag, attributes in found.elements:
        assert not {name for name in attributes if name.startswith("on")}
        assert attributes.get("href", "#").startswith("#"), tag
        assert attributes.get("src", "data:").startswith("data:"), tag
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "url(" not in text and "@import" not in text
    # The one address is the clip's name, and that is text.
    assert re.findall(r"https?://[^ ]*", text.replace("http://x.org/a.js", "")) == []
    assert NASTY in found.text and "<b>bold</b>" in found.text


def test_tables(results, tmp_path):
    differences = paired_differences(results)
    found, _ = page(results, tmp_path, differences=differences, notes=["torch <3"])
    for title in ("PESQ", "word error rate", "minus natural (3 clips)", "torch <3"):
        assert title in found.text
    assert all("scope" in head for head in found.all("th"))
    assert len(found.all("caption")) == 2
    anchors = {f"#{head['id']}" for head in found.all("h2")}
    assert {link["href"] for link in found.all("a")} == anchors
    assert len(anchors) == 4


def test_clear_differences_are_marked(results, tmp_path):
    differences = [
        Difference("student", "natural", "pesq", 3, -1.0, -1.5, -0.5),
        Difference("student", "natural", "wer", 2, -0.125, -0.25, -0.0625),
        Difference("student", "natural", "stoi", 3, -0.5, -1.5, 0.5),
        Difference("student", "natural", "visqol", 1, 0.5, None, None),
    ]
    found, _ = page(results, tmp_path, differences=differences)
    marked = [cell["class"] for cell in found.all("td") if "class" in cell]
    assert marked == ["worse", "better"]
    assert "-1.00 [-1.50, -0.50] worse" in found.text
    assert "-0.125 [-0.250, -0.062] better (2 clips)" in found.text
    assert "+0.50 (1 clip)" in found.text


def test_without_matplotlib_the_rest_is_there(results, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    found, left_out = page(results, tmp_path)
    assert len(found.all("audio")) == 4
    assert not found.all("img")
    assert "matplotlib" in left_out[0] and ".[evaluate]" in left_out[0]
    assert left_out[0] in found.text


def test_clips_beyond_the_size_are_left_out(results, tmp_path, monkeypatch):
    size = len(module._section("c", "", results[1::3], pictures=False))
    monkeypatch.setattr(module, "_missing_matplotlib", lambda: "no pictures")
    monkeypatch.setattr(module, "_MOST_BYTES", 2.5 * size)
    found, left_out = page(results, tmp_path, ("a/b", "c", NASTY))
    assert len(found.all("audio")) == 4
    assert "1 of the 3 clips" in left_out[1]
    assert left_out[1] in found.text


def test_written_whole_or_not_at_all(results, tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("before")
    files = sorted(tmp_path.iterdir())

    def fails(*_):
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(OSError, match="no space left"):
        write_report(path, "title", results)
    assert path.read_text() == "before"
    assert sorted(tmp_path.iterdir()) == files


def test_refuses_a_clip_that_nobody_spoke(results, tmp_path):
    with pytest.raises(ValueError, match=r"Received: \['d'\]"):
        page(results, tmp_path, ("d",))
