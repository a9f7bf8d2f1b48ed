"""Several caches to one with several speakers."""

import dataclasses
import json

import numpy as np
import pytest

from keras_pwavenet.data import FeatureCache, join, split_of


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


def test_refuses(cache, unnamed, tmp_path):
    with pytest.raises(ValueError, match=r"caches=\{\}"):
        join({}, tmp_path / "none")
    with pytest.raises(ValueError, match="voice='a/b'"):
        join({"a/b": cache}, tmp_path / "none")
    with pytest.raises(ValueError, match="speaker='a' in 'x' and 'y'"):
        join({"x": cache, "y": cache}, tmp_path / "none")
    with pytest.raises(FileExistsError, match="Received: directory="):
        join({"x": cache}, cache.directory)
    settings = unnamed.directory / "preprocessor.json"
    content = json.loads(settings.read_text())
    content["config"]["fmin"] = 50.0
    settings.write_text(json.dumps(content))
    other = FeatureCache(unnamed.directory)
    with pytest.raises(ValueError, match="Received: 'y' with"):
        join({"x": cache, "y": other}, tmp_path / "none")
    assert not (tmp_path / "none").exists()
