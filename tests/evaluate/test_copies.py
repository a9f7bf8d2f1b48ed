import json

import numpy as np
import pytest

from keras_pwavenet.audio import read_audio
from keras_pwavenet.evaluate import (
    Judge,
    System,
    copy_synthesis,
    default_judges,
    named_judges,
)

TONES, LEVEL = named_judges(["level", "tones"], default_judges())


class Counted:
    """A vocoder, and how often it was asked."""

    def __init__(self, stop_after=99):
        self.times = 0
        self.stop_after = stop_after

    def __call__(self, features, samples):
        if self.times == self.stop_after:
            raise KeyboardInterrupt
        self.times += 1
        return np.full(samples, 0.25, "float32")


def evaluate(cache, systems, judges, folder):
    return copy_synthesis(cache, systems, judges, folder, progress=False)


def test_judges_every_test_clip(cache, tmp_path):
    double = System("double", lambda audio, _: [2 * clip for clip in audio], "1")
    results = evaluate(cache, [double], [LEVEL, TONES], tmp_path)
    assert {r.clip for r in results} == {
        clip.name for clip in cache.clips if clip.split == "test"
    }
    for result in results:
        # The waveform is kept in 16 bits.
        assert abs(result.values["level_db"] - 20 * np.log10(2)) < 0.01
        assert set(result.values) >= {"peak", "clipped", "tone_1000", "not_finite"}
    assert sorted(r.seconds for r in results) == [0.5, 1.0, 1.25, 1.5]


def test_vocoder_gets_features_and_length(cache, tmp_path):
    seen = []

    def vocoder(features, samples):
        seen.append((features, samples))
        return np.zeros(samples)

    evaluate(cache, [System.from_vocoder("v", vocoder)], [], tmp_path)
    first = int(cache.indices("test")[0])
    np.testing.assert_array_equal(seen[0][0], cache.conditioning(first))
    assert [samples for _, samples in seen] == [4000, 8000, 10000, 12000]


def test_goes_on_after_an_interruption(cache, tmp_path):
    halted, resumed, whole = Counted(stop_after=3), Counted(), Counted()
    with pytest.raises(KeyboardInterrupt):
        evaluate(cache, [System.from_vocoder("v", halted)], [LEVEL], tmp_path / "a")
    results = evaluate(
        cache, [System.from_vocoder("v", resumed)], [LEVEL], tmp_path / "a"
    )
    assert (halted.times, resumed.times) == (3, 1)
    expected = evaluate(
        cache, [System.from_vocoder("v", whole)], [LEVEL], tmp_path / "b"
    )
    assert [r.values for r in results] == [r.values for r in expected]


def test_judges_once_and_new_judges_only(cache, tmp_path):
    asked = []

    def judge(name, settings="1"):
        return Judge(
            name, lambda _: asked.append(name) or {name: 1.0}, settings=settings
        )

    system = System.from_vocoder("v", Counted())
    evaluate(cache, [system], [judge("a")], tmp_path)
    assert asked == ["a"] * 4
    results = evaluate(cache, [system], [judge("a"), judge("b")], tmp_path)
    assert asked == ["a"] * 4 + ["b"] * 4
    assert results[0].values == {"not_finite": 0, "a": 1.0, "b": 1.0}
    evaluate(cache, [system], [judge("a", "2"), judge("b")], tmp_path)
    assert asked[8:] == ["a"] * 4


def test_a_changed_system_speaks_again(cache, tmp_path):
    first, second = Counted(), Counted()
    evaluate(cache, [System.from_vocoder("v", first, "1")], [LEVEL], tmp_path)
    evaluate(cache, [System.from_vocoder("v", second, "2")], [LEVEL], tmp_path)
    assert first.times == second.times == 4


def test_batches_and_shortest_clips(cache, tmp_path):
    batches = []

    def speak(recordings, features):
        batches.append([len(recording) for recording in recordings])
        return recordings

    evaluate(cache, [System("all", speak, "1", batch_size=3)], [], tmp_path)
    assert batches == [[4000, 8000, 10000], [12000]]
    batches.clear()
    few = System("few", speak, "1", batch_size=8, shortest=2)
    results = evaluate(cache, [few], [LEVEL], tmp_path)
    assert batches == [[8000, 10000]]
    assert [r.seconds for r in results] == [1.0, 1.25]


def test_counts_what_is_not_finite(cache, tmp_path):
    def vocoder(features, samples):
        audio = np.full(samples, 2.0)
        audio[:7] = np.nan
        return audio

    results = evaluate(
        cache, [System.from_vocoder("v", vocoder)], [LEVEL, TONES], tmp_path
    )
    for result in results:
        audio, _ = read_audio(result.audio)
        assert result.values["not_finite"] == 7
        assert result.values["clipped"] == len(audio) - 7


def test_files_are_json_and_named_safely(cache, tmp_path):
    dumb = System("a/../b", lambda audio, _: [0 * clip for clip in audio], "1")
    results = evaluate(cache, [dumb], [LEVEL, TONES], tmp_path)
    records = list(tmp_path.glob("*/*.json"))
    assert len(records) == len(list(tmp_path.rglob("*.wav"))) == len(results)

    def refuse(constant):
        raise AssertionError(constant)

    for record in records:
        json.loads(record.read_text(), parse_constant=refuse)
    assert results[0].values["tone_1000"] is None


def test_refuses(cache, tmp_path):
    short = System.from_vocoder("v", lambda features, samples: np.zeros(samples - 1))
    with pytest.raises(ValueError, match=r"v to give .*Received: shape="):
        evaluate(cache, [short], [], tmp_path)
    with pytest.raises(ValueError, match="Received: systems="):
        evaluate(cache, [short, short], [], tmp_path)
    absent = Judge("oracle", lambda clip: {}, modules=("no_such_module",))
    with pytest.raises(ImportError, match=r"no_such_module .*Received: judge='oracle'"):
        evaluate(cache, [short], [absent], tmp_path)
    with pytest.raises(ValueError, match="Received: split='validation'"):
        copy_synthesis(cache, [short], [], tmp_path, "validation", progress=False)
    with pytest.raises(ValueError, match="speaker='nobody'"):
        copy_synthesis(cache, [short], [], tmp_path, speaker="nobody", progress=False)
