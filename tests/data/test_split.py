"""The split is fixed for good."""

import pytest

from keras_pwavenet.data import split_of


# By coreutils' sha1sum and bc; the comment is the sum modulo 20.
@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("activated", "test"),  # 1
        ("größe/été", "test"),  # 1, in UTF-8
        ("letters/a", "train"),  # 3
        ("hello-world", "train"),  # 4
        ("digits/10", "train"),  # 7
        ("p225/p225_001", "train"),  # 7
        ("LJ001-0001", "train"),  # 4
        ("conf-full", "train"),  # 18
        ("added", "test"),  # 0
        ("check-number-dial-again", "test"),  # 0
        ("conf-getpin", "validation"),  # 2
        ("conf-kicked", "validation"),  # 2
    ],
)
def test_known_names(name, split):
    assert split_of(name) == split


def test_shares():
    splits = [split_of(f"clip/{number}") for number in range(20_000)]
    assert abs(splits.count("test") / 20_000 - 0.10) < 0.01
    assert abs(splits.count("validation") / 20_000 - 0.05) < 0.01
    assert splits.count("train") == 20_000 - splits.count("test") - splits.count(
        "validation"
    )
