"""What C++ writes is kept from the terminal; bars are drawn on terminals alone."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from keras_pwavenet.quiet import no_standard_error

ROOT = Path(__file__).parents[1]
SPEAK = """
import keras_pwavenet
audio, rate = keras_pwavenet.speak("Yes.")
assert audio.std() > 0
"""


def test_nothing_is_written_in_the_block_and_all_after_it(capfd):
    os.write(2, b"before\n")
    with pytest.raises(ValueError), no_standard_error():
        os.write(2, b"within\n")
        raise ValueError
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "before\nafter\n"


def test_a_closed_standard_error_stays_closed():
    code = (
        "import os; from keras_pwavenet.quiet import no_standard_error; os.close(2)\n"
        "with no_standard_error(): pass\n"
        "try: os.fstat(2)\n"
        "except OSError: print('closed')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "closed\n"


def test_speaking_in_python_writes_nothing():
    pytest.importorskip("ai_edge_litert")
    pytest.importorskip("gruut_lang_en")
    done = subprocess.run(
        [sys.executable, "-c", SPEAK], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_bars_are_drawn_on_terminals_alone():
    """To tqdm `None` means: not where standard error is a file or a pipe."""
    bars = 0
    for folder in ("keras_pwavenet", "examples", "experiments", "benchmarks"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if not isinstance(node, ast.Call):
                    continue
                if ast.unparse(node.func) in ("tqdm.tqdm", "tqdm.trange"):
                    bars += 1
                    options = {word.arg: word.value for word in node.keywords}
                    assert "None" in ast.unparse(options["disable"]), path
                    assert "file" not in options, path
    assert bars > 10
