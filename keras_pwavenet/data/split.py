"""The fixed split into train, validation and test."""

import hashlib

SPLITS = ("train", "validation", "test")
CORPUS_SEPARATOR = "//"  # never within a clip's name, which is a path


def split_of(prompt: str) -> str:
    """Tells which split a clip belongs to: 10 % test, 5 % validation, the rest train.

    The rule hashes the clip's prompt, so it never changes, whatever else the corpus
    holds, and all takes of a prompt lie together. No clip of the test split is ever
    trained on.

    Args:
        prompt: The clip's prompt; for most corpora its name, with `/` between
            folders, without extension: "digits/10". A corpus' name before it, as in
            the names of joined corpora, "en//digits/10", does not count.

    Returns:
        "train", "validation" or "test".
    """
    prompt = prompt.rpartition(CORPUS_SEPARATOR)[2]
    bucket = int(hashlib.sha1(prompt.encode()).hexdigest(), 16) % 20
    if bucket < 2:
        return "test"
    return "validation" if bucket == 2 else "train"
