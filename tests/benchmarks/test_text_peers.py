"""The comparison of engines that speak text: its arithmetic, without the engines."""

import json
import subprocess
import sys
import wave

import pytest

ROW = {
    "name": "a voice",
    "rate": 22_050,
    "wer": 0.0312,
    "dnsmos": 3.456,
    "cold": [0.5, 0.1, 0.2],
    "first audio": [0.0123, 0.9, 0.0012],
    "sentence": [0.25, 0.1, 4.0],
    "audio": 3.0,
    "memory": 12.6,
    "size": None,
}
# Says half a second of each letter at 8 kHz, and counts them in a file.
ENGINE = """
import text_engines

def letters(log):
    def speak(text, heard):
        for letter in text:
            with open(log, "a") as file:
                file.write(letter)
            if heard(bytes(8000)):
                return
    return 8000, speak

text_engines.letters = letters
from text_engines import first_audio, whole_text, written
"""


def test_table_has_medians_and_names_the_absent(module):
    rows = [ROW, {"name": "another", "error": "ImportError: none"}]
    head, _, line, *rest = module("text_peers").table(rows).splitlines()
    assert "| DNSMOS | new process, ms | loaded, ms | × real time |" in head
    assert "DistillMOS" not in head
    assert line == "| a voice | 22.1 | 0.031 | 3.46 | 200 | 12 | 12 | 13 | – |"
    assert rest == ["", "Not measured:", "", "- another: ImportError: none"]


def test_texts_are_from_all_over(module):
    spread = module("text_peers").spread
    assert spread("abcdefghij", 3) == ["a", "d", "g"]
    assert spread("abc", 9) == ["a", "b", "c"]


def test_a_new_process_is_heard_when_it_first_prints(module, tmp_path):
    script = module("text_peers")
    code = "import time; print(1, flush=True); time.sleep(1.5); b'x' * 10**8"
    try:
        first, memory = script.new_process([sys.executable, "-c", code], tmp_path)
    except FileNotFoundError:
        pytest.skip("GNU time is missing")
    assert 0 < first < 1.5
    assert 100 < memory < 200
    with pytest.raises(subprocess.CalledProcessError):
        script.new_process([sys.executable, "-c", "raise SystemExit(3)"], tmp_path)


def test_turns_stop_at_the_first_audio_or_say_all(module, tmp_path, monkeypatch):
    (tmp_path / "letters.py").write_text(ENGINE)
    monkeypatch.syspath_prepend(tmp_path)
    engines = module("letters")
    log = tmp_path / "log"
    asked = ("letters", json.dumps({"log": str(log)}))
    first = engines.first_audio(*asked, ["ab", "cd"])
    for _ in range(3):
        first.run()
    assert log.read_text() == "aca"
    with pytest.raises(ValueError, match="Expected audio of ''"):
        engines.first_audio(*asked, [""]).run()
    whole = engines.whole_text(*asked, ["ab", "cdef"])
    assert (whole.samples, whole.rate) == (12_000, 8000)
    log.unlink()
    whole.run()
    assert log.read_text() == "ab"
    engines.written(*asked, ["abc"], str(tmp_path / "said")).run()
    with wave.open(str(tmp_path / "said" / "0.wav")) as file:
        assert (file.getnframes(), file.getframerate()) == (12_000, 8000)


def test_every_voice_has_an_engine_and_a_size(module, tmp_path):
    voices = module("text_voices")
    engines = module("text_engines")
    entries = voices.voices(tmp_path)
    assert len({voice.name for voice in entries}) == len(entries)
    for voice in entries:
        assert callable(getattr(engines, voice.engine))
        assert bool(voice.packages) != bool(voice.steps)
        assert not voice.packages or "{out}" in voice.command


def test_size_leaves_pip_out(module, tmp_path):
    voices = module("text_voices")
    site = tmp_path / "lib" / "python3" / "site-packages"
    for name, count in (("numpy", 2_000_000), ("pip", 5_000_000)):
        (site / name).mkdir(parents=True)
        (site / name / "file").write_bytes(bytes(count))
    voice = voices.Voice("x", "pico", {}, steps=(("x",),))
    assert voices.megabytes(voice, tmp_path) == pytest.approx(2.0)


def test_ours_is_installed_as_the_page_says(module):
    page = (module("text_voices").PACKAGE.parent / "docs" / "text.md").read_text()
    assert f"pip install {' '.join(module('text_voices').LIGHT)}\n" in page


def test_the_page_has_a_place_for_the_table(module):
    page = (module("text_voices").PACKAGE.parent / "docs" / "text.md").read_text()
    assert "new table" in module("report").between(page, "text peers", "new table\n")
