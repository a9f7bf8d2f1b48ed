"""Random pieces of a prepared corpus, as batches to train on."""

import numpy as np

from keras_pwavenet.data.cache import FeatureCache
from keras_pwavenet.data.numbered_batches import NumberedBatches


class RandomCrops(NumberedBatches):
    """Batches of random crops; batch `i` of epoch `e` depends on `(seed, e, i)` only.

    So a training run that was killed goes on with the very batches it would have
    seen: give the number of the epoch it is in as `epoch`. Call `fit` with
    `shuffle=False`; otherwise Keras shuffles the order within each epoch.

    Clips are drawn in proportion to their length, crops start on a frame. A clip
    shorter than a crop is followed by digital silence, and its features by those of
    silence.

    Args:
        cache: The prepared corpus.
        split: "train", "validation" or "test".
        batch_size: Crops a batch.
        frames: Length of a crop, in frames.
        steps: Batches of a whole epoch.
        seed: Which random sequence, not negative.
        epoch: Number of the first epoch.
        speakers: Whether to give each crop's speaker number as `"speaker"`.
        fixed: Whether every epoch gives the batches of `epoch`, as validation wants.
        target: "audio", or "phones" of the aligned clips of a corpus, or "pitch" of one
            whose pitch was followed.
        first: Number of the first batch of an epoch, for the rest of one.

    Raises:
        ValueError: If the split is empty or a number is out of range.

    Item:
        `(inputs, audio)`: `inputs["audio"]` and the target `audio` are float32
        (batch, frames * hop_length), `inputs["conditioning"]` is float32
        (batch, frames, channels), `inputs["speaker"]` int32 (batch,). With the phones
        as target `(inputs, phones, known)`: the phones int32 and whether they are known
        float32, both (batch, frames). With the pitch `(conditioning, pitch)`: the
        conditioning alone and the pitch in Hz float32 (batch, frames).
    """

    def __init__(
        self,
        cache: FeatureCache,
        split: str,
        batch_size: int,
        frames: int,
        steps: int,
        seed: int = 0,
        epoch: int = 0,
        speakers: bool = False,
        fixed: bool = False,
        target: str = "audio",
        first: int = 0,
    ) -> None:
        super().__init__(steps, epoch, first, fixed)
        if min(batch_size, frames) < 1 or seed < 0:
            raise ValueError(
                "Expected positive `batch_size` and `frames`, and `seed` not negative. "
                f"Received: batch_size={batch_size}, frames={frames}, seed={seed}"
            )
        if target not in ("audio", "phones", "pitch"):
            raise ValueError(
                "Expected `target` to be 'audio', 'phones' or 'pitch'. Received: "
                f"target={target!r}"
            )
        self.cache = cache
        self.target = target
        self.split = split
        self.batch_size = batch_size
        self.frames = frames
        self.seed = seed
        self.speakers = speakers
        self._clips = cache.indices(split)
        if target == "phones":
            known = [(cache.phones(i) >= 0).any() for i in self._clips]
            self._clips = self._clips[np.asarray(known, "bool")]
        if not len(self._clips):
            raise ValueError(
                "Expected a corpus with a clip in this split. Received: "
                f"split={split!r}, directory={str(cache.directory)!r}"
            )
        self._lengths = np.array([cache.clips[i].frames for i in self._clips])
        self._ends = np.cumsum(self._lengths)
        self._silence = cache.preprocessor.silence
        self._speaker_ids = cache.speaker_ids()

    def batch(self, epoch: int, step: int) -> tuple:
        """Returns one batch, whatever the epoch the dataset is in."""
        hop = self.cache.mel.hop_length
        audio = np.zeros((self.batch_size, self.frames * hop), "float32")
        conditioning = np.empty(
            (self.batch_size, self.frames, len(self._silence)), "float32"
        )
        conditioning[:] = self._silence
        speaker = np.empty(self.batch_size, "int32")
        phones = np.zeros((self.batch_size, self.frames), "int32")  # silence
        pitch = np.zeros((self.batch_size, self.frames), "float32")
        random = np.random.default_rng([self.seed, epoch, step])
        for row in range(self.batch_size):
            place = random.integers(self._ends[-1])
            number = np.searchsorted(self._ends, place, side="right")
            clip, length = int(self._clips[number]), int(self._lengths[number])
            start = int(random.integers(max(0, length - self.frames) + 1))
            frames = min(self.frames, length)
            audio[row, : frames * hop] = self.cache.audio(
                clip, start * hop, frames * hop
            )
            conditioning[row, :frames] = self.cache.conditioning(clip, start, frames)
            speaker[row] = self._speaker_ids[clip]
            if self.target == "phones":
                phones[row, :frames] = self.cache.phones(clip, start, frames)
            if self.target == "pitch":
                pitch[row, :frames] = self.cache.pitch(clip, start, frames)
        if self.target == "pitch":
            return conditioning, pitch
        inputs = {"audio": audio, "conditioning": conditioning}
        if self.speakers:
            inputs["speaker"] = speaker
        if self.target == "phones":
            known = phones >= 0
            return inputs, np.maximum(phones, 0), known.astype("float32")
        return inputs, audio
