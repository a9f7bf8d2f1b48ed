"""Loss on the constant tones of a student that works in blocks."""

import keras
import numpy as np
from keras import ops

_FLOOR = 1e-10  # power of a sample: that of rounding to 16 bit
_CHANCE = 2.0  # times the mean: in noise one ratio of seven is above it


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class BlockToneLoss(keras.losses.Loss):
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
        ValueError: If the block size is below 2.
    """

    compares = "audio"

    def __init__(
        self,
        block_size: int = 8,
        reduction="sum_over_batch_size",
        name="tone",
        dtype=None,
    ):
        if block_size < 2:
            raise ValueError(
                f"Expected `block_size` of 2 or more. Received: block_size={block_size}"
            )
        super().__init__(name=name, reduction=reduction, dtype=dtype or "float32")
        self.block_size = block_size

    def call(self, y_true, y_pred):
        tone = ops.sum(ops.square(self._tones(y_pred)), axis=1)
        ratio = tone / (self._power(y_true) + _FLOOR)
        return ops.mean(ops.log1p(ops.relu(ratio - _CHANCE)), axis=-1)

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
