"""Random crops: exact content, exact resumption, and never another split."""

import shutil

import keras
import numpy as np
import pytest

from keras_pwavenet.data import FeatureCache, RandomCrops, prepare


def make(cache, split="train", batch_size=4, frames=10, steps=6, **options):
    return RandomCrops(cache, split, batch_size, frames, steps, **options)


def same(batch, other):
    for name, array in batch[0].items():
        np.testing.assert_array_equal(array, other[0][name])
    np.testing.assert_array_equal(batch[1], other[1])


def test_shapes(cache):
    inputs, target = make(cache, speakers=True)[0]
    assert inputs["audio"].shape == target.shape == (4, 800)
    assert inputs["conditioning"].shape == (4, 10, 20)
    assert inputs["speaker"].shape == (4,)
    assert inputs["audio"].dtype == inputs["conditioning"].dtype == np.float32
    assert inputs["speaker"].dtype == np.int32
    np.testing.assert_array_equal(inputs["audio"], target)
    assert "speaker" not in make(cache)[0][0]


def find(cache, row_audio, row_conditioning):
    """Finds the clip and first frame a crop was cut from."""
    hop = cache.mel.hop_length
    silence = cache.mel(np.zeros(hop))[0]
    for number, clip in enumerate(cache.clips):
        audio, features = cache.audio(number), cache.conditioning(number)
        length = min(len(row_conditioning), clip.frames)
        for start in range(clip.frames - length + 1):
            piece = audio[start * hop : (start + length) * hop]
            if np.array_equal(row_audio[: length * hop], piece):
                conditioning = row_conditioning[:length]
                assert np.array_equal(conditioning, features[start : start + length])
                assert not row_audio[length * hop :].any()
                assert (row_conditioning[length:] == silence).all()
                return number, start
    raise AssertionError("The crop is in no clip.")


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_crops_come_from_their_split_alone(cache, split):
    allowed = set(cache.indices(split).tolist())
    seen = set()
    for inputs, _ in make(cache, split, frames=30, steps=20, speakers=True):
        for row in range(4):
            number, _ = find(cache, inputs["audio"][row], inputs["conditioning"][row])
            assert number in allowed
            assert inputs["speaker"][row] == cache.speaker_ids()[number]
            seen.add(number)
    assert len(seen) > min(15, 0.6 * len(allowed))


def test_no_test_clip_is_trained_on(cache, monkeypatch):
    """Watches which clips are read at all."""
    read = set()
    audio, conditioning = FeatureCache.audio, FeatureCache.conditioning

    def watch(method):
        def watched(self, clip, *args):
            read.add(clip)
            return method(self, clip, *args)

        return watched

    monkeypatch.setattr(FeatureCache, "audio", watch(audio))
    monkeypatch.setattr(FeatureCache, "conditioning", watch(conditioning))
    list(make(cache, "train", batch_size=32, steps=400))
    assert read == set(cache.indices("train").tolist())
    assert not read & set(cache.indices("test").tolist())


def test_batches_depend_on_seed_epoch_and_step_alone(cache):
    first = make(cache, seed=5)
    again = make(cache, seed=5)
    epochs = []
    for _ in range(3):
        first.on_epoch_begin()
        epochs.append(list(first))
        first.on_epoch_end()
    for epoch in (2, 0, 1):
        resumed = make(cache, seed=5, epoch=epoch)
        for step in (5, 0, 3):
            same(resumed[step], epochs[epoch][step])
            same(again.batch(epoch, step), epochs[epoch][step])
    audio = [batch[1] for epoch in epochs for batch in epoch] + [
        make(cache, seed=6)[0][1]
    ]
    assert len({array.tobytes() for array in audio}) == len(audio)


def test_rest_of_an_epoch(cache):
    whole, rest = make(cache, epoch=1), make(cache, epoch=1, first=4)
    assert len(list(rest)) == 2
    for step in range(2):
        same(rest[step], whole[4 + step])
    for first in (-1, 6):
        with pytest.raises(ValueError, match=f"first={first}"):
            make(cache, first=first)


def test_fixed_stays_in_its_epoch(cache):
    crops = make(cache, "validation", epoch=2, fixed=True)
    before = crops[1]
    crops.on_epoch_begin()
    list(crops)
    crops.on_epoch_end()
    same(crops[1], before)
    same(make(cache, "validation", epoch=2)[1], before)


def test_clips_are_drawn_in_proportion_to_their_length(cache):
    counts = np.zeros(len(cache))
    crops = make(cache, batch_size=500, frames=1, steps=8)
    lengths = np.array([clip.frames for clip in cache.clips], "float64")
    indices = cache.indices("train")
    original = FeatureCache.audio

    def count(self, clip, *args):
        counts[clip] += 1
        return original(self, clip, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FeatureCache, "audio", count)
        list(crops)
    expected = 4000 * lengths[indices] / lengths[indices].sum()
    deviation = (counts[indices] - expected) / np.sqrt(expected)
    assert np.abs(deviation).max() < 4.5
    assert counts.sum() == 4000


def test_every_start_is_possible(cache):
    number = max(cache.indices("train"), key=lambda i: cache.clips[i].frames)
    frames = cache.clips[number].frames - 2
    starts = set()
    original = FeatureCache.conditioning

    def watch(self, clip, start, count):
        if clip == number:
            starts.add(start)
        return original(self, clip, start, count)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FeatureCache, "conditioning", watch)
        list(make(cache, batch_size=16, frames=frames, steps=60))
    assert starts == {0, 1, 2}


class Zero(keras.Model):
    """Answers silence, so that the loss is the level of the batch."""

    def call(self, inputs):
        return 0.0 * inputs["audio"]


class Levels(keras.callbacks.Callback):
    """Notes the loss of every batch, from Keras' running mean."""

    def __init__(self):
        super().__init__()
        self.levels = []

    def on_train_batch_end(self, batch, logs=None):
        before = sum(self.levels[-batch:]) if batch else 0.0
        self.levels.append((batch + 1) * float(logs["loss"]) - before)


def levels(crops, epochs):
    return [
        np.abs(crops.batch(epoch, step)[1]).mean()
        for epoch in epochs
        for step in range(len(crops))
    ]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("steps", [2, 3, 6])
def test_fit_sees_every_epochs_batches_in_order(cache, steps):
    train = make(cache, steps=steps, epoch=3)
    validation = make(cache, "validation", fixed=True)
    model, seen = Zero(), Levels()
    model.compile(loss="mae", optimizer="sgd")
    options = {"callbacks": [seen], "shuffle": False, "verbose": 0}
    history = model.fit(train, validation_data=validation, epochs=2, **options).history
    model.fit(train, epochs=3, initial_epoch=2, **options)
    np.testing.assert_allclose(seen.levels, levels(train, (3, 4, 5)), rtol=1e-4)
    expected = [np.mean(levels(validation, [0]))] * 2
    np.testing.assert_allclose(history["val_loss"], expected, rtol=1e-5)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_names_the_clip_whose_features_are_damaged(cache, tmp_path, value):
    shutil.copytree(cache.directory, tmp_path / "cache")
    number = int(cache.indices("train")[3])
    clip = cache.clips[number]
    path = tmp_path / "cache" / "mel.float32"
    features = np.fromfile(path, "<f4").reshape(-1, cache.mel.n_mels)
    features[clip.offset, 7] = value
    features.tofile(path)
    crops = make(FeatureCache(tmp_path / "cache"), batch_size=32, frames=80, steps=20)
    with pytest.raises(ValueError, match=rf"finite.*Received: .*clip='{clip.name}'"):
        list(crops)


def test_refuses(cache, clips, mel, tmp_path):
    for name, value in {"batch_size": 0, "frames": 0, "steps": 0, "seed": -1}.items():
        with pytest.raises(ValueError, match=f"Received: .*{name}={value}"):
            make(cache, **{name: value})
    with pytest.raises(ValueError, match="split='dev'"):
        make(cache, "dev")
    with pytest.raises(IndexError, match="index=6"):
        make(cache)[6]
    only = [clip for clip in clips if clip.name == "part/0"]
    prepare(only, tmp_path / "cache", mel, progress=False)
    small = FeatureCache(tmp_path / "cache")
    missing = "train" if small.clips[0].split != "train" else "test"
    with pytest.raises(ValueError, match=f"a clip in this split.*'{missing}'"):
        make(small, missing)
