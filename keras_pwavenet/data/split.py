"""The fixed split into train, validation and test."""

import hashlib

SPLITS = ("train", "validation", "test")
VOICE_SEPARATOR = "//"  # never within a clip's name, which is a path


def split_of(name: str) -> str:
    """Tells which split a clip belongs to: 10 % test, 5 % validation, the rest train.

    The rule hashes the clip's name, so it never changes, whatever else the corpus
    holds. No clip of the test split is ever trained on.

    Args:
        name: The clip's name in its corpus, with `/` between folders, without
            extension: "digits/10". Where several corpora were joined, the voice's
            name stands before, "en//digits/10", and does not count.

    Returns:
        "train", "validation" or "test".
    """
    name = name.rpartition(VOICE_SEPARATOR)[2]
    bucket = int(hashlib.sha1(name.encode()).hexdigest(), 16) % 20
    if bucket < 2:
        return "test"
    return "validation" if bucket == 2 else "train"
