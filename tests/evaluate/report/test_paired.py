from pathlib import Path

import numpy as np
import pytest
import scipy.stats

from keras_pwavenet.evaluate import Result, default_pairs, paired_differences

PAIR = [("a", "b")]


def results_of(system, values, seconds=2.0):
    return [
        Result(system, f"clip {number}", seconds, Path("x.wav"), clip)
        for number, clip in enumerate(values)
    ]


def test_mean_and_interval_by_hand():
    here = results_of("a", [{"pesq": 2.0}, {"pesq": 4.0}, {"pesq": 3.5}])
    there = results_of("b", [{"pesq": 1.0}, {"pesq": 2.0}, {"pesq": 0.5}])
    (found,) = paired_differences(here + there, PAIR)
    # Differences 1, 2, 3: deviation 1, and Student's t for two degrees is 4.3027.
    assert (found.system, found.reference, found.measure) == ("a", "b", "pesq")
    assert (found.clips, found.difference) == (3, 2)
    assert found.low == pytest.approx(2 - 4.3027 / np.sqrt(3), abs=1e-4)
    assert found.high == pytest.approx(2 + 4.3027 / np.sqrt(3), abs=1e-4)
    assert not found.is_clear


def test_interval_is_that_of_scipys_paired_t_test():
    random = np.random.default_rng(0)
    here, there = random.normal(1, 1, 20), random.normal(0, 1, 20)
    (found,) = paired_differences(
        results_of("a", [{"x": value} for value in here])
        + results_of("b", [{"x": value} for value in there]),
        PAIR,
    )
    expected = scipy.stats.ttest_rel(here, there).confidence_interval(0.95)
    np.testing.assert_allclose((found.low, found.high), expected)
    assert found.is_clear


def test_counts_only_clips_that_both_have():
    here = results_of("a", [{"x": 1.0}, {"x": None}, {"x": 3.0}, {"x": 9.0}])
    there = results_of("b", [{"x": 0.0}, {"x": 5.0}, {"x": 1.0, "y": 1.0}])
    (found,) = paired_differences(here + there, PAIR)
    assert (found.measure, found.clips, found.difference) == ("x", 2, 1.5)


def test_equal_systems_differ_by_nothing():
    values = [{"x": 1.0, "words": 5, "word_errors": 1}] * 3
    for found in paired_differences(
        results_of("a", values) + results_of("b", values), PAIR
    ):
        assert (found.difference, found.low, found.high) == (0, 0, 0)
        assert not found.is_clear


def test_one_clip_has_no_interval():
    values = [{"x": 1.0, "words": 5, "word_errors": 1}]
    found = paired_differences(results_of("a", values) + results_of("b", values), PAIR)
    assert [(entry.low, entry.high) for entry in found] == [(None, None)] * 2


def test_word_errors_are_pooled_over_words():
    # Drawing two of these clips gives 1/4, 1/10 or 0, a quarter, half, a quarter of
    # the time: the interval reaches from end to end. The third has too few words.
    here = [(1, 4), (2, 6), (None, None)]
    there = [(0, 4), (2, 6), (None, None)]

    def spoken(system, counts):
        return results_of(
            system,
            [{"word_errors": errors, "words": words} for errors, words in counts],
        )

    (found,) = paired_differences(spoken("a", here) + spoken("b", there), PAIR)
    assert (found.measure, found.clips) == ("wer", 2)
    assert found.difference == pytest.approx(0.1)
    assert (found.low, found.high) == (0, 0.25)


def test_equal_seeds_give_equal_intervals():
    random = np.random.default_rng(1)
    counts = [
        [{"word_errors": int(random.integers(5)), "words": 7} for _ in range(12)]
        for _ in range(2)
    ]
    results = results_of("a", counts[0]) + results_of("b", counts[1])
    first, again, other = (paired_differences(results, PAIR, s)[0] for s in (0, 0, 1))
    assert first == again
    assert first.low < first.difference < first.high
    assert other.low == pytest.approx(first.low, abs=0.05)


def test_the_level_leaves_short_clips_out():
    short = results_of("a", [{"level_db": 1.0}], seconds=0.9)
    assert (
        paired_differences(
            short + results_of("b", [{"level_db": 0.0}], seconds=0.9), PAIR
        )
        == []
    )


def test_pairs():
    names = ["natural", "teacher", "student", "Griffin-Lim", "WORLD"]
    assert default_pairs(names) == [
        ("teacher", "natural"),
        ("teacher", "Griffin-Lim"),
        ("teacher", "WORLD"),
        ("student", "natural"),
        ("student", "teacher"),
        ("student", "Griffin-Lim"),
        ("student", "WORLD"),
        ("Griffin-Lim", "natural"),
        ("WORLD", "natural"),
        ("WORLD", "Griffin-Lim"),
    ]
    assert default_pairs(["student", "natural"]) == [("student", "natural")]
    with pytest.raises(ValueError, match=r"among a. Received: b"):
        paired_differences(results_of("a", [{}]), PAIR)
