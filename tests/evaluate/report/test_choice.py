from pathlib import Path

import pytest

from keras_pwavenet.evaluate import Result, choose_clips


def results_of(system, values):
    return [
        Result(system, clip, 1.0, Path("x.wav"), found)
        for clip, found in values.items()
    ]


def test_half_are_the_worst():
    clips = {f"{number}": {"pesq": 4 - number / 10} for number in range(9)}
    clips["unjudged"] = {"pesq": None}
    chosen = choose_clips(results_of("a", clips), "a", 4)
    assert [clip for clip, _ in chosen[:2]] == ["8", "7"]
    assert chosen[0][1] == "among the worst of a by PESQ: 3.20"
    assert len({clip for clip, _ in chosen}) == 4
    assert [why for _, why in chosen[2:]] == ["drawn at random"] * 2
    assert choose_clips(results_of("a", clips), "a", 4) == chosen


def test_levels_are_bad_either_way():
    clips = {"loud": {"level_db": 1.0}, "low": {"level_db": -3.0}, "good": {}}
    chosen = choose_clips(results_of("a", clips), "a", 2)
    assert chosen[0][0] == "low"


def test_some_are_clips_that_every_system_has_spoken():
    clips = {f"{number}": {"pesq": number / 10} for number in range(40)}
    few = {"37": {"pesq": 1.0}, "39": {"pesq": 1.0}}
    chosen = choose_clips(results_of("a", clips) + results_of("b", few), "a", 8)
    assert {clip for clip, why in chosen if "every system" in why} == {"37", "39"}


def test_asks_for_no_more_than_there_are():
    clips = {"x": {}, "y": {}}
    assert len(choose_clips(results_of("a", clips), "a", 8)) == 2
    assert choose_clips(results_of("a", clips), "a", 0) == []
    assert len(choose_clips(results_of("a", clips), "a", 1)) == 1
    with pytest.raises(ValueError, match="Received: system='b', count=1"):
        choose_clips(results_of("a", clips), "b", 1)
