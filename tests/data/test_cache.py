"""Reading a cache piece by piece, and refusing a damaged one."""

import json
import pickle
import shutil
import tracemalloc

import keras
import numpy as np
import pytest

from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.data import CachedClip, FeatureCache, RandomCrops, split_of
from keras_pwavenet.data.cached_clips import index_of


def test_pieces(cache):
    hop = cache.mel.hop_length
    audio, features = cache.audio(7), cache.conditioning(7)
    assert audio.dtype == features.dtype == np.float32
    assert len(audio) == len(features) * hop
    np.testing.assert_array_equal(cache.audio(7, 5), audio[5:])
    np.testing.assert_array_equal(cache.audio(7, 5, 90), audio[5:95])
    np.testing.assert_array_equal(cache.conditioning(7, 2), features[2:])
    np.testing.assert_array_equal(cache.conditioning(7, 2, 3), features[2:5])
    assert cache.conditioning(7, 2, 0).shape == (0, cache.mel.n_mels)
    assert features.flags.writeable


@pytest.mark.parametrize(("start", "length"), [(-1, 2), (0, 10**6), (10**6, None)])
def test_a_piece_stays_within_its_clip(cache, start, length):
    with pytest.raises(ValueError, match="Received: clip=3"):
        cache.audio(3, start, length)
    with pytest.raises(ValueError, match="Received: clip=3"):
        cache.conditioning(3, start, length)


def test_splits(cache):
    numbers = {split: cache.indices(split) for split in ("train", "validation", "test")}
    together = np.concatenate(list(numbers.values()))
    assert sorted(together) == list(range(len(cache)))
    for split, indices in numbers.items():
        assert len(indices)
        assert all(split_of(cache.clips[i].name) == split for i in indices)
    with pytest.raises(ValueError, match="split='dev'"):
        cache.indices("dev")


def test_speakers(cache):
    assert cache.speaker_ids().tolist() == [0, 1] * 30


def test_travels_to_another_process(cache):
    again = pickle.loads(pickle.dumps(cache))
    np.testing.assert_array_equal(again.audio(3), cache.audio(3))


@pytest.fixture
def copy(cache, tmp_path):
    return shutil.copytree(cache.directory, tmp_path / "copy")


@pytest.mark.parametrize("name", ["audio.int16", "mel.float32"])
def test_refuses_a_file_cut_short(copy, name):
    data = (copy / name).read_bytes()
    (copy / name).write_bytes(data[:-4])
    with pytest.raises(ValueError, match=f"Expected {len(data)} bytes in .*{name}"):
        FeatureCache(copy)
    (copy / name).unlink()
    with pytest.raises(ValueError, match="Received: size=None"):
        FeatureCache(copy)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("offset", 1),
        ("split", "none"),
        ("prompt", "activated"),
        ("frames", -1),
        ("frames", 3.0),
        ("name", None),
        ("colour", "red"),
    ],
)
def test_refuses_a_damaged_index(copy, field, value):
    index = json.loads((copy / "index.json").read_text())
    row = next(row for row in index["clips"] if row["split"] == "validation")
    row[field] = value
    (copy / "index.json").write_text(json.dumps(index))
    with pytest.raises(ValueError, match=r"Expected .*clip.* in .*index\.json"):
        FeatureCache(copy)


@pytest.mark.parametrize("content", ["{", "[]", "[" * 100_000, '{"format": 1}'])
def test_refuses_an_index_of_another_kind(copy, content):
    (copy / "index.json").write_text(content)
    with pytest.raises(ValueError, match=r"index\.json"):
        FeatureCache(copy)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"registered_name": "Dense"}, "registered class in .*JSON"),
        (
            {"registered_name": "keras_pwavenet>WaveNet"},
            "settings of WaveNet in .*JSON",
        ),
        (
            {"registered_name": "keras_pwavenet>WaveNet", "config": {}},
            "a LogMelSpectrogram in .*JSON",
        ),
        ({"config": {"n_mels": 10**6}}, "JSON.*n_mels=1000000"),
        ({"config": {"floor": float("nan")}}, "JSON.*floor=nan"),
        ({"config": None}, "`config`, in .*JSON"),
    ],
)
def test_refuses_settings_that_lie(copy, change, message):
    path = copy / "preprocessor.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(
        ValueError, match=message.replace("JSON", r"preprocessor\.json")
    ):
        FeatureCache(copy)


def test_refuses_another_format(copy, tmp_path):
    (copy / "index.json").write_text('{"format": 99}')
    with pytest.raises(ValueError, match="format=99"):
        FeatureCache(copy)
    with pytest.raises(ValueError, match="written by `prepare`"):
        FeatureCache(tmp_path)


def test_65_hours_stream_in_little_memory(tmp_path):
    """18 GB of (sparse) files, of which only the index may be in memory."""
    mel = LogMelSpectrogram()
    clips, seconds, hours = [], 6.5, 65
    frames = int(seconds * mel.sample_rate / mel.hop_length)
    for number in range(int(hours * 3600 / seconds)):
        name = f"LJ{number}"
        clips.append(
            CachedClip(name, "text " * 20, "", split_of(name), number * frames, frames)
        )
    total = len(clips) * frames
    sizes = {"audio.int16": mel.hop_length * 2, "mel.float32": mel.n_mels * 4}
    for name, size in sizes.items():
        with open(tmp_path / name, "wb") as file:
            file.truncate(total * size)
    (tmp_path / "index.json").write_text(json.dumps(index_of(clips, {})))
    (tmp_path / "preprocessor.json").write_text(
        json.dumps(keras.saving.serialize_keras_object(mel))
    )
    tracemalloc.start()
    try:
        crops = RandomCrops(FeatureCache(tmp_path), "train", 8, 30, steps=20)
        for batch in crops:
            assert batch[1].shape == (8, 30 * mel.hop_length)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) > 16e9
    assert peak < 150e6
