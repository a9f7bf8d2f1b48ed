"""Loss on the constant tones of a student that works in blocks."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class BlockToneLoss(keras.losses.Loss):
    """Amplitude of constant tones at multiples of the block rate.

    A block flow can keep a small mean of its own for each place in the block, heard as
    tones at multiples of sample_rate / block_size. The loss is the root mean square,
    over the places, of the mean over the blocks. Speech is not coherent with the
    blocks and hardly counts.

    Args:
        block_size: Samples in a block, 2 or more.
        reduction: As in `keras.losses.Loss`.
        name: Name of the loss.
        dtype: As in `keras.losses.Loss`.

    Attributes:
        compares: "audio".

    Call arguments:
        y_true: Recorded audio `(batch, samples)`, not used.
        y_pred: Generated audio `(batch, samples)`, a multiple of `block_size` samples.
    """

    compares = "audio"

    def __init__(
        self,
        block_size: int = 8,
        reduction="sum_over_batch_size",
        name="tone",
        dtype=None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype or "float32")
        self.block_size = block_size

    def call(self, y_true, y_pred):
        blocks = ops.reshape(y_pred, (ops.shape(y_pred)[0], -1, self.block_size))
        means = ops.mean(blocks, axis=1)
        return ops.sqrt(ops.mean(ops.square(means), axis=-1) + 1e-12)

    def get_config(self):
        return {**super().get_config(), "block_size": self.block_size}
