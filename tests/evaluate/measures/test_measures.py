"""The measures state once what tables, reports and comparisons ask of them."""

import numpy as np
import pytest

from keras_pwavenet.evaluate import Clip, default_judges, measure_of
from keras_pwavenet.evaluate.measures import JUDGES, MEASURES, table_order

STATED = {judge.name: judge for judge in default_judges()}


def test_judges_are_named_like_their_modules():
    assert tuple(STATED) == JUDGES


def test_keys_and_ranks_are_given_once():
    keys = [measure.key for measure in MEASURES]
    ranks = [measure.tells for measure in MEASURES if measure.tells]
    assert len(set(keys)) == len(keys)
    assert len(set(ranks)) == len(ranks)
    assert {measure.better for measure in MEASURES} <= {
        *("higher", "lower", "nearer 0", "")
    }


@pytest.mark.parametrize("name", STATED)
def test_what_a_judge_says_is_what_it_states(name):
    judge = STATED[name]
    if judge.what_is_missing() or name in ("dnsmos", "plcmos", "distillmos"):
        pytest.skip("not installed, or slow")
    wave = np.random.default_rng(0).normal(0, 0.1, 16_000).astype("float32")
    values = judge.measure(Clip(wave, wave, 16_000, ""))
    values.pop("heard", None)  # a text
    for value in values:
        assert any(measure.makes_of(value) for measure in judge.measures), value


def test_a_value_finds_its_measure():
    assert measure_of("level_db").key == "level_db"
    assert measure_of("word_errors").key == "wer"
    tone = measure_of("tone_1500").of("tone_1500")
    assert tone.title == "tone at 1500 Hz, dB"
    assert measure_of("taste").title == "taste"
    assert not measure_of("clipped").is_compared


def test_tables_are_in_the_judges_order_and_tones_in_that_of_frequency():
    names = ["taste", "tone_10000", "tone_6000", "level_db", "wer", "dnsmos"]
    assert sorted(names, key=table_order) == [
        *("dnsmos", "wer", "tone_6000", "tone_10000", "level_db", "taste")
    ]
