"""One dialect of errors: what was expected, then what was received."""

import ast
from pathlib import Path

import pytest

import keras_pwavenet

ROOT = Path(keras_pwavenet.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
KINDS = {
    *("AudioError", "FileExistsError", "FileNotFoundError", "NotADirectoryError"),
    *("TypeError", "ValueError", "_OtherSettingsError"),
}


def messages(path):
    """Lines and literal messages of the errors that a file raises."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Raise) or not isinstance(node.exc, ast.Call):
            continue
        kind = getattr(node.exc.func, "id", "")
        if kind in KINDS and node.exc.args:
            parts = [
                part.value
                for part in ast.walk(node.exc.args[0])
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            ]
            if isinstance(node.exc.args[0], ast.Constant | ast.JoinedStr):
                yield node.lineno, "".join(parts)


@pytest.mark.parametrize("room", sorted({path.parent for path in FILES}), ids=str)
def test_messages_say_what_was_expected_and_received(room):
    other = [
        (path.name, line, text)
        for path in room.glob("*.py")
        for line, text in messages(path)
        if not text.startswith("Expected ") or "Received: " not in text
    ]
    assert other == []


def test_messages_are_found():
    assert sum(len(list(messages(path))) for path in FILES) > 150
