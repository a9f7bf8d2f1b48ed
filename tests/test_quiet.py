"""What C++ writes to standard error is kept from the terminal, and only that."""

import os
import subprocess
import sys

import pytest

from keras_pwavenet.quiet import no_standard_error

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
