"""Docstrings and errors speak one dialect."""

import ast
import re
from pathlib import Path

import keras_pwavenet

ROOT = Path(keras_pwavenet.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
SECTION = re.compile(r"^ *(Args|Attributes|Call arguments|Raises|Returns|Yields):$")
ENTRY = re.compile(r"^( +)(\*{0,2}[\w.]+): (\S+)")
# Words that are written small wherever they stand.
SMALL = re.compile(r"(u?int|float)\d+|dB\b|nan\b")


def entries(docstring):
    """The first word of what each section says of a name."""
    indent = None
    for line in docstring.splitlines():
        here = len(line) - len(line.lstrip())
        if SECTION.match(line):
            indent = here + 4
        elif line.strip() and indent is not None:
            indent = None if here < indent else indent
            found = ENTRY.match(line)
            if found and here == indent:
                yield found[3]


def nodes():
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            yield path.relative_to(ROOT).as_posix(), node


def test_sections_begin_with_capitals():
    small = [
        (file, node.lineno, word)
        for file, node in nodes()
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        for word in entries(ast.get_docstring(node) or "")
        if word[0].islower() and not SMALL.match(word)
    ]
    assert small == []


def test_errors_say_what_was_expected_and_what_came():
    """Values that are refused; what is wrong with a file is told as it is found."""
    other = []
    for file, node in nodes():
        if file.split("/")[0] in ("audio", "data", "presets", "files.py"):
            continue
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            message = node.exc.args[0] if node.exc.args else None
            if ast.unparse(node.exc.func) in ("TypeError", "ValueError"):
                text = ast.unparse(message).lower()
                # What is a call or a name is made elsewhere.
                written = isinstance(message, ast.Constant | ast.JoinedStr)
                if (
                    written
                    and "{error}" not in text
                    and not ("expected" in text and "received" in text)
                ):
                    other.append((file, node.lineno, text))
    assert other == []
