"""The split is fixed for good."""

import pytest

from keras_pwavenet.data import split_of


# By `printf NAME | sha1sum`, of which the last digits modulo 20 were taken by hand.
@pytest.mark.parametrize(
    ("name", "split"),
    KNOWN,
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


def test_not_ascii():
    assert split_of("größe/été") == SPLIT_NOT_ASCII
