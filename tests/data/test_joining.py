"""Several caches to one with several speakers."""

import dataclasses
import json
import tempfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_pwavenet.data import Clip, FeatureCache, join, prepare, split_of


@pytest.fixture
def unnamed(cache, tmp_path):
    """The same cache without speakers."""
    copy = tmp_path / "unnamed"
    copy.mkdir()
    for file in cache.directory.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    index = json.loads((copy / "index.json").read_text())
    for clip in index["clips"]:
        clip["speaker"] = ""
    (copy / "index.json").write_text(json.dumps(index))
    return FeatureCache(copy)


def test_joins(cache, unnamed, tmp_path):
    joined = join({"first": cache, "second": unnamed}, tmp_path / "joined")
    count = len(cache)
    assert len(joined) == 2 * count
    assert joined.speakers == ["a", "b", "second"]
    for part, begin, voice in ((cache, 0, "first"), (unnamed, count, "second")):
        for number in (0, 7, count - 1):
            clip, found = part.clips[number], joined.clips[begin + number]
            assert found.name == f"{voice}//{clip.name}"
            assert found.split == clip.split == split_of(found.name)
            np.testing.assert_array_equal(
                joined.audio(begin + number), part.audio(number)
            )
            np.testing.assert_array_equal(
                joined.conditioning(begin + number), part.conditioning(number)
            )
    again = FeatureCache(tmp_path / "joined")
    assert [dataclasses.asdict(c) for c in again.clips] == [
        dataclasses.asdict(c) for c in joined.clips
    ]


def test_some_of_the_speakers(cache, unnamed, tmp_path):
    joined = join({"x": cache, "y": unnamed}, tmp_path / "joined", ["b", "y"])
    sources = [(cache, i) for i, clip in enumerate(cache.clips) if clip.speaker == "b"]
    sources += [(unnamed, i) for i in range(len(unnamed))]
    assert joined.speakers == ["b", "y"]
    assert len(joined) == len(sources) < 2 * len(cache)
    for number, (part, clip) in enumerate(sources):
        assert joined.clips[number].prompt == part.clips[clip].prompt
        np.testing.assert_array_equal(joined.audio(number), part.audio(clip))
        np.testing.assert_array_equal(
            joined.conditioning(number), part.conditioning(clip)
        )


@pytest.mark.parametrize("speakers", [["b", "z"], []])
def test_speakers_that_are_not_there(cache, tmp_path, speakers):
    with pytest.raises(ValueError, match=r"Expected speakers out of a, b\. Received"):
        join({"x": cache}, tmp_path / "joined", speakers)
    assert not (tmp_path / "joined").exists()


@pytest.fixture
def takes(clips, mel, tmp_path):
    """Two takes of a prompt of the test split, prepared at a level."""
    taken = [
        Clip(clip.name, clip.path, clip.text, "c", "activated") for clip in clips[:2]
    ]
    prepare(taken, tmp_path / "takes", mel, progress=False, level=-30.0, highpass=50.0)
    return FeatureCache(tmp_path / "takes")


def test_prompts_and_settings_stay(cache, takes, tmp_path):
    joined = join({"first": cache, "second": takes}, tmp_path / "joined")
    assert [clip.prompt for clip in joined.clips] == [
        clip.prompt for clip in (*cache.clips, *takes.clips)
    ]
    assert [clip.split for clip in joined.clips[-2:]] == ["test", "test"]
    assert joined.preparation == {
        "first": cache.preparation[""],
        "second": takes.preparation[""],
    }
    assert joined.preparation["second"]["level"] == -30.0
    again = join({"all": joined}, tmp_path / "again")
    assert list(again.preparation) == ["all//first", "all//second"]
    assert [clip.prompt for clip in again.clips] == [
        clip.prompt for clip in joined.clips
    ]


def give(cache, number):
    """Writes made-up phones and pitch into a cache's folder."""
    frames = sum(clip.frames for clip in cache.clips)
    random = np.random.default_rng(number)
    random.integers(-1, 40, frames).astype("int8").tofile(
        cache.directory / "phones.int8"
    )
    random.uniform(50, 600, frames).astype("<f4").tofile(
        cache.directory / "pitch.float32"
    )


def test_phones_and_pitch_come_along(unnamed, takes, tmp_path):
    voices = {"first": unnamed, "second": takes}
    for number, part in enumerate(voices.values()):
        give(part, number)
    joined = join(voices, tmp_path / "joined")
    assert joined.aligned and joined.pitch_followed
    for place, part, number in ((7, unnamed, 7), (len(unnamed) + 1, takes, 1)):
        np.testing.assert_array_equal(joined.phones(place), part.phones(number))
        np.testing.assert_array_equal(joined.pitch(place), part.pitch(number))


def test_phones_and_pitch_of_one_alone_stay_behind(unnamed, takes, tmp_path):
    give(unnamed, 0)
    joined = join({"first": unnamed, "second": takes}, tmp_path / "joined")
    assert not joined.aligned and not joined.pitch_followed


def without_prompts(cache):
    """The same cache as versions before prompts wrote it."""
    path = cache.directory / "index.json"
    index = json.loads(path.read_text())
    del index["preparation"]
    for clip in index["clips"]:
        del clip["prompt"]
    path.write_text(json.dumps(index))
    return FeatureCache(cache.directory)


def test_caches_from_before_prompts(cache, unnamed, tmp_path):
    old = without_prompts(unnamed)
    assert [(c.prompt, c.split) for c in old.clips] == [
        (c.name, c.split) for c in cache.clips
    ]
    assert old.preparation == cache.preparation
    joined = without_prompts(join({"en": old}, tmp_path / "joined"))
    assert [c.split for c in joined.clips] == [c.split for c in cache.clips]


def test_refuses(cache, unnamed, tmp_path):
    with pytest.raises(ValueError, match=r"caches=\{\}"):
        join({}, tmp_path / "none")
    with pytest.raises(ValueError, match="corpus='a/b'"):
        join({"a/b": cache}, tmp_path / "none")
    with pytest.raises(ValueError, match="speaker='a' in 'x' and 'y'"):
        join({"x": cache, "y": cache}, tmp_path / "none")
    with pytest.raises(FileExistsError, match="Received: folder="):
        join({"x": cache}, cache.directory)
    settings = unnamed.directory / "preprocessor.json"
    content = json.loads(settings.read_text())
    content["config"]["fmin"] = 50.0
    settings.write_text(json.dumps(content))
    other = FeatureCache(unnamed.directory)
    with pytest.raises(ValueError, match="Received: 'y' with"):
        join({"x": cache, "y": other}, tmp_path / "none")
    assert not (tmp_path / "none").exists()


NAMES = st.one_of(st.text(max_size=6), st.none(), st.integers(0, 3))


@given(st.lists(NAMES, max_size=3, unique=True), st.lists(st.booleans(), min_size=3))
def test_whatever_is_joined(cache, unnamed, tmp_path, names, which):
    caches = {
        name: cache if first else unnamed
        for name, first in zip(names, which, strict=False)
    }
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        try:
            joined = join(caches, f"{folder}/joined")
        except ValueError as error:
            assert "Received: " in str(error)
        else:
            assert len(joined) == len(cache) * len(caches)
