import json
from pathlib import Path

import pytest

from keras_pwavenet.evaluate import (
    Difference,
    Result,
    markdown_table,
    on_common_clips,
    summarise,
    write_summary,
)


def result(system, clip, seconds, **values):
    return Result(system, clip, seconds, Path("x.wav"), {"not_finite": 0, **values})


RESULTS = [
    result("a", "1", 2.0, level_db=-1.0, word_errors=1, words=4, heard="x", pesq=2.0),
    result("a", "2", 3.0, level_db=0.5, word_errors=0, words=6, heard="y", pesq=None),
    result("a", "3", 0.5, level_db=-9.0, word_errors=None, words=None, peak=0.5),
    result("b", "2", 3.0, tone_6000=1.0, tone_10000=2.0, clipped=3, peak=0.25),
]


def test_pools_words_and_leaves_short_clips_out_of_the_level():
    row = summarise(RESULTS)["a"]
    assert row["wer"] == 1 / 10
    assert row["words"] == 10
    assert row["level_db"] == pytest.approx(-0.25)
    assert (row["worst_level_db"], row["worst_level_clip"]) == (-1.0, "1")
    assert row["pesq"] == 2.0
    assert (row["clips"], row["seconds"], row["not_finite"]) == (3, 5.5, 0)
    assert "dnsmos" not in row


def test_tones_are_in_the_order_of_frequency():
    assert summarise(RESULTS)["b"]["tones_db"] == [1.0, 2.0]


def test_table():
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in markdown_table(summarise(RESULTS)).splitlines()
    ]
    assert lines[0] == ["", "a", "b (1 clip)"]
    assert {len(line) for line in lines} == {3}
    rows = {title: cells for title, *cells in lines[2:]}
    assert "DNSMOS" not in rows
    assert rows["tones, dB"] == ["–", "+1.0 / +2.0"]
    assert rows["word error rate"] == ["0.100", "–"]
    assert rows["clipped samples"] == ["–", "3"]


def test_common_clips():
    assert [(r.system, r.clip) for r in on_common_clips(RESULTS)] == [
        ("a", "2"),
        ("b", "2"),
    ]
    assert on_common_clips([]) == []


def test_writes_tables_and_json(tmp_path):
    differences = [Difference("b", "a", "wer", 2, 0.1, 0.0, 0.25)]
    text = write_summary(RESULTS, tmp_path, differences, ["dnsmos is left out"])
    assert text == (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert "3 clips, 6 s of audio; word error rate over 10 words" in text
    assert "On the same clips" in text
    assert "- dnsmos is left out" in text
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["on_common_clips"]["a"]["wer"] == 0
    assert summary["differences"][0]["high"] == 0.25
    clips = json.loads((tmp_path / "clips.json").read_text())
    assert clips[0]["heard"] == "x"
