"""Loss on the constant tones of a student that works in blocks."""

import keras
import numpy as np
from keras import ops

from keras_pwavenet.losses.checked import AudioLoss, check_number

_FLOOR = 1e-10  # power of a sample: that of rounding to 16 bit
_CHANCE = 2.0  # times the mean: in noise one ratio of seven is above it


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class BlockToneLoss(AudioLoss):
    """How far constant tones at multiples of the block rate stand out.

    A block flow can keep a small mean of its own for each place in the block, heard as
    tones at multiples of sample_rate / block_size. At each such frequency the power of
    the tone that goes through the whole crop (of the means of the places, blocks
    weighed by a Hann window) is divided by what a sound without a tone would have
    there, of the recording's power spectrum. The loss is the mean of
    log(1 + max(ratio - 2, 0)). In noise the ratio is exponential around 1 and seldom
    above 2, so that what is there by chance hardly counts.

    Args:
        block_size: Samples in a block, 2 or more.
        reduction: As in `keras.losses.Loss`.
        name: Name of the loss.
        dtype: As in `keras.losses.Loss`.

    Attributes:
        compares: "audio".

    Call arguments:
        y_true: Recorded audio `(batch, samples)`, a multiple of `block_size` samples.
        y_pred: Generated audio of the same shape.

    Raises:
        ValueError: If the block size is no integer of 2 or more; on a call, if the
            samples are no multiple of it.
    """

    def __init__(
        self,
        block_size: int = 8,
        reduction="sum_over_batch_size",
        name="tone",
        dtype=None,
    ):
        check_number("block_size", block_size, low=2, whole=True)
        super().__init__(reduction, name, dtype)
        self.block_size = block_size

    def call(self, y_true, y_pred):
        tone = ops.sum(ops.square(self._tones(y_pred)), axis=1)
        ratio = tone / (self._power(y_true) + _FLOOR)
        return ops.mean(ops.log1p(ops.relu(ratio - _CHANCE)), axis=-1)

    def check(self, y_true, y_pred):
        super().check(y_true, y_pred)
        samples = tuple(y_true.shape)[1] if hasattr(y_true, "shape") else 0
        if samples and samples % self.block_size:
            raise ValueError(
                f"Expected audio of a multiple of {self.block_size} samples. "
                f"Received: y_true.shape={tuple(y_true.shape)}"
            )

    def _tones(self, audio):
        """Constant tones; noise of power p has the mean square p: `(batch, 2, k)`."""
        blocks = self._blocks(audio)
        count = ops.cast(ops.shape(blocks)[1], "float32")
        places = (ops.arange(ops.shape(blocks)[1], dtype="float32") + 0.5) / count
        window = ops.square(ops.sin(np.pi * places))[:, None]
        window = window / ops.sqrt(self.block_size * ops.sum(ops.square(window)))
        means = ops.sum(blocks * window, axis=1, keepdims=True)
        return ops.einsum("bij,cjk->bck", means, _waves(self.block_size, 1))

    def _power(self, audio):
        """Mean power around the tones' frequencies, as of white noise: `(batch, k)`."""
        blocks = ops.pad(self._blocks(audio), [[0, 0], [1, 1], [0, 0]])
        frames = ops.concatenate([blocks[:, :-1], blocks[:, 1:]], axis=-1)
        window = np.sin(np.pi * (np.arange(frames.shape[-1]) + 0.5) / frames.shape[-1])
        window = np.square(window).astype("float32")
        window /= np.sqrt(np.sum(np.square(window)))
        waves = _waves(self.block_size, 2) * window[:, None]
        spectra = ops.einsum("bij,cjk->bick", frames, waves)
        return ops.mean(ops.sum(ops.square(spectra), axis=2), axis=1)

    def _blocks(self, audio):
        return ops.reshape(audio, (ops.shape(audio)[0], -1, self.block_size))

    def get_config(self):
        return {**super().get_config(), "block_size": self.block_size}


def _waves(block_size, blocks):
    """Cosine and sine at the multiples of the block rate: `(2, samples, k)`."""
    number = np.arange(1, block_size // 2 + 1)
    phase = np.arange(blocks * block_size)[:, None] * number * 2 * np.pi / block_size
    return np.stack([np.cos(phase), np.sin(phase)]).astype("float32")
