"""The fixed split into train, validation and test."""

import hashlib

SPLITS = ("train", "validation", "test")


def split_of(name: str) -> str:
    """Tells which split a clip belongs to: 10 % test, 5 % validation, the rest train.

    The rule hashes the clip's name, so it never changes, whatever else the corpus
    holds. No clip of the test split is ever trained on.

    Args:
        name: The clip's name in its corpus, with `/` between folders, without
            extension: "digits/10".

    Returns:
        "train", "validation" or "test".
    """
    bucket = int(hashlib.sha1(name.encode()).hexdigest(), 16) % 20
    if bucket < 2:
        return "test"
    return "validation" if bucket == 2 else "train"
