"""Text files that are written whole or not at all."""

import os
from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Writes or replaces a file in UTF-8."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
