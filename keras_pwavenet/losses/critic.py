"""A critic that tells recorded spectra from generated ones."""

import keras
import numpy as np
from keras import ops

from keras_pwavenet.losses.checked import check_number

_TAPS = ((3, 5), (3, 5), (3, 5), (3, 3), (3, 3))  # frames, bins
_STRIDES = ((1, 2), (2, 2), (2, 2), (1, 1), (1, 1))
_SLOPE = 0.2  # of the leaky ReLU
# Of the first weights' variance: less than keeps the size of what they are given, so
# that Adam turns them sooner.
_GAIN = 1 / 3


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class PatchCritic(keras.layers.Layer):
    """Scores each patch of spectra: 1 for a recorded one, 0 for a generated one.

    Five convolutions over frames and bins, which are told where in the spectrum they
    are. The norm of each channel's taps is a weight of its own.

    Args:
        planes: What there is to see of each frame and bin.
        channels: Channels of the first convolution; those after have up to twice as
            many.
        **kwargs: `name`, `dtype` and other arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: `(batch, frames, bins, planes)`, of about unit size.
        frozen: Whether gradients pass to the inputs alone, and not to the weights.

    Returns:
        List of the convolutions' outputs, float32; the last one holds the scores,
        `(batch, patches, patches, 1)`.

    Raises:
        ValueError: If a number is no integer of 1 or more.

    Reference:
        pix2pix (Isola et al., 2017), section 3.2.2, for patches; LSGAN (Mao et al.,
        2017) for scores of 0 and 1; weight normalisation (Salimans and Kingma, 2016).
    """

    learns = True  # where other models that losses hold are frozen

    def __init__(self, planes: int = 1, channels: int = 32, **kwargs):
        super().__init__(**kwargs)
        check_number("planes", planes, low=1, whole=True)
        check_number("channels", channels, low=1, whole=True)
        self.planes = planes
        self.channels = channels
        widths = [1 + planes, channels, 3 * channels // 2, 2 * channels, 2 * channels]
        self.kernels, self.norms, self.biases = [], [], []
        for place, (taps, inputs) in enumerate(zip(_TAPS, widths, strict=True)):
            outputs = 1 if place == len(_TAPS) - 1 else widths[place + 1]
            self.kernels.append(
                self.add_weight(
                    name=f"kernel_{place}",
                    shape=(*taps, inputs, outputs),
                    initializer=keras.initializers.VarianceScaling(_GAIN),
                )
            )
            norms = self.add_weight(name=f"norms_{place}", shape=(outputs,))
            norms.assign(_norms(self.kernels[-1]))
            self.norms.append(norms)
            self.biases.append(
                self.add_weight(
                    name=f"bias_{place}", shape=(outputs,), initializer="zeros"
                )
            )
        self.built = True

    def call(self, inputs, frozen=False):
        places = np.linspace(-1.0, 1.0, inputs.shape[2])[:, None]
        where = ops.zeros_like(inputs[..., :1])
        where = where + ops.convert_to_tensor(places, dtype=where.dtype)
        hidden, found = ops.concatenate([inputs, where], axis=-1), []
        weights = zip(self.kernels, self.norms, self.biases, _STRIDES, strict=True)
        for kernel, norms, bias, strides in weights:
            if found:
                hidden = ops.leaky_relu(hidden, _SLOPE)
            kernel = kernel * (norms / _norms(kernel))
            if frozen:
                kernel, bias = ops.stop_gradient(kernel), ops.stop_gradient(bias)
            hidden = ops.conv(hidden, kernel, strides, "same") + bias
            found.append(ops.cast(hidden, "float32"))
        return found

    def get_config(self):
        return {
            **super().get_config(),
            "planes": self.planes,
            "channels": self.channels,
        }


def _norms(kernel):
    """The Euclidean norm of each output channel's taps."""
    return ops.sqrt(ops.sum(ops.square(kernel), axis=(0, 1, 2)))


def criticised(critic, recorded, generated):
    """What a critic and what it criticises have to lose, from the same spectra.

    Args:
        critic: The `PatchCritic`.
        recorded: As the critic takes it.
        generated: Of the same shape.

    Returns:
        Three tensors `(batch,)`: the squared error of the critic's scores, whose
        gradients reach the critic alone; how far the generated spectra are from a score
        of 1, squared, and the mean distance of the critic's hidden layers between the
        two, whose gradients reach `generated` alone.

    Reference:
        LSGAN (Mao et al., 2017), section 3.2; MelGAN (Kumar et al., 2019), section 2.3,
        for the distance of hidden layers.
    """
    *true_layers, true = critic(recorded)
    *_, found = critic(ops.stop_gradient(generated))
    learning = _mean(ops.square(true - 1.0)) + _mean(ops.square(found))
    *layers, scores = critic(generated, frozen=True)
    pairs = zip(layers, true_layers, strict=True)
    distances = [_mean(ops.abs(one - ops.stop_gradient(two))) for one, two in pairs]
    return learning, _mean(ops.square(scores - 1.0)), sum(distances) / len(distances)


def _mean(values):
    return ops.mean(values, axis=(1, 2, 3))
