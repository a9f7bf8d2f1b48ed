"""Fundamental frequency and voicing from conditioning alone."""

import keras
import numpy as np
from keras import ops

from keras_pwavenet.audio.mel import LogMelSpectrogram
from keras_pwavenet.layers.upsampler import zero_absent
from keras_pwavenet.models.plain import plain_numbers
from keras_pwavenet.models.replicas import draw_rows
from keras_pwavenet.models.scale import ChecksNumbers
from keras_pwavenet.models.stated import Stated
from keras_pwavenet.presets import PresetMixin

NEAR = 4  # bins to each side of the likeliest that the pitch is averaged over
LEVEL_DEVIATION = 0.075  # 0.3 nats, in the unit of the features


def log_bins(bins: int, lowest: float, highest: float) -> np.ndarray:
    """Centres of the bins: logarithms of frequencies, evenly spaced.

    Args:
        bins: How many.
        lowest: The first bin's frequency in Hz.
        highest: The last bin's.

    Returns:
        float32 `(bins,)`.
    """
    return np.linspace(np.log(lowest), np.log(highest), bins).astype("float32")


def decode_pitch(logits, lowest: float, highest: float):
    """The pitch that logits of bins and voicing stand for.

    The expectation of log-F0 under the softmax of the likeliest bin and the four to
    each side of it, where the voicing's logit is positive.

    Args:
        logits: `(batch, frames, bins + 1)`: of the bins, then of voicing.
        lowest: The first bin's frequency in Hz.
        highest: The last bin's.

    Returns:
        `(batch, frames)` in Hz, 0 where unvoiced, float32.
    """
    logits = ops.cast(logits, "float32")
    bins = logits.shape[-1] - 1
    values, voicing = logits[..., :bins], logits[..., bins]
    places = ops.convert_to_tensor(np.arange(bins, dtype="float32"))
    step = np.log(highest / lowest) / (bins - 1)
    # Not ops.argmax: on TensorFlow it becomes operations that LiteRT does not have.
    lower = ops.cast(values < ops.max(values, axis=-1, keepdims=True), "float32")
    likeliest = ops.min(1e9 * lower + places, axis=-1, keepdims=True)
    away = ops.subtract(places, likeliest)
    far = ops.cast(ops.abs(away) > NEAR, "float32")
    shares = ops.softmax(values - 1e9 * far, axis=-1)
    # From the likeliest bin on, so that sums of large logarithms cost no digits.
    exact = ops.exp(ops.sum(shares * away, axis=-1) * step)
    centres = ops.convert_to_tensor(np.exp(log_bins(bins, lowest, highest)))
    centre = ops.sum(ops.where(ops.equal(away, 0.0), centres, 0.0), axis=-1)
    pitch = centre * exact
    return pitch * ops.cast(voicing > 0, "float32")


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class PitchPredictor(ChecksNumbers, Stated, PresetMixin, keras.Model):
    """Tells the fundamental frequency and voicing of each frame of conditioning.

    A few convolutions over frames; those after the first add to what they get. In
    training each clip is heard at a random level, so that the level tells nothing.

    Args:
        conditioning_channels: Channels of the conditioning.
        channels: Channels of the convolutions.
        kernel_size: Frames that a convolution spans, odd.
        num_layers: Convolutions.
        bins: Bins of log-F0, evenly spaced.
        lowest: The first bin's frequency in Hz.
        highest: The last bin's frequency in Hz.
        preprocessor: The `LogMelSpectrogram` that makes the conditioning, or its
            settings, if known.
        name: Name of the model.
        dtype: Dtype policy of the convolutions; logits and pitch are float32.

    Call arguments:
        conditioning: `(batch, frames, conditioning_channels)`.
        present: `(batch, frames)` booleans, which frames are the clip's and which are
            padding, or None. A clip's own logits are then those that it gets alone.

    Returns:
        Logits `(batch, frames, bins + 1)`, of the bins and then of voicing, float32.

    Raises:
        ValueError: If a number of the constructor is out of range, or the conditioning
            has another shape.
    """

    target = "pitch"

    @plain_numbers
    def __init__(
        self,
        conditioning_channels: int = 80,
        channels: int = 96,
        kernel_size: int = 5,
        num_layers: int = 3,
        bins: int = 160,
        lowest: float = 50.0,
        highest: float = 600.0,
        preprocessor: LogMelSpectrogram | dict | None = None,
        name: str | None = None,
        dtype=None,
    ):
        dtype = keras.dtype_policies.get(dtype)
        if not 0 < lowest < highest or kernel_size % 2 == 0 or bins < 2:
            raise ValueError(
                "Expected 0 < lowest < highest, an odd kernel_size and two bins or "
                f"more. Received: lowest={lowest}, highest={highest}, "
                f"kernel_size={kernel_size}, bins={bins}"
            )
        super().__init__(name=name)
        self.autocast = False
        self.conditioning_channels = conditioning_channels
        self.channels = channels
        self.kernel_size = kernel_size
        self.num_layers = num_layers
        self.bins = bins
        self.lowest = lowest
        self.highest = highest
        if isinstance(preprocessor, dict):
            preprocessor = LogMelSpectrogram(**preprocessor)
        self.preprocessor = preprocessor
        self.policy = dtype

        self.seed_generator = keras.random.SeedGenerator()
        self.convolutions = [
            keras.layers.Conv1D(
                channels,
                kernel_size,
                padding="same",
                activation="silu",
                dtype=dtype,
                name=f"convolution_{index}",
            )
            for index in range(num_layers)
        ]
        self.logits = keras.layers.Dense(bins + 1, dtype="float32", name="logits")
        width = conditioning_channels
        for convolution in self.convolutions:
            convolution.build((None, None, width))
            width = channels
        self.logits.build((None, None, width))
        self.built = True

    @property
    def context(self):
        around = self.num_layers * (self.kernel_size // 2)
        return around, around

    def call(self, conditioning, present=None, training=None):
        hidden = ops.convert_to_tensor(conditioning, dtype="float32")
        found = tuple(hidden.shape)
        if len(found) != 3 or found[-1] != self.conditioning_channels:
            raise ValueError(
                "Expected `conditioning` of shape (batch, frames, "
                f"{self.conditioning_channels}). Received: conditioning.shape={found}"
            )
        if training:
            shape = (ops.shape(hidden)[0], 1, 1)
            hidden = hidden + draw_rows(_level, shape, self.seed_generator)
        for index, convolution in enumerate(self.convolutions):
            hidden = zero_absent(hidden, present)
            found = ops.cast(convolution(hidden), "float32")
            hidden = hidden + found if index else found
        return self.logits(hidden)

    def pitch(self, conditioning, present=None):
        """Fundamental frequency of conditioning.

        Args:
            conditioning: `(batch, frames, conditioning_channels)`, symbolic or not.
            present: As when it is called.

        Returns:
            `(batch, frames)` in Hz, 0 where unvoiced, float32.
        """
        logits = self(conditioning, present, training=False)
        return decode_pitch(logits, self.lowest, self.highest)

    def get_config(self):
        return {
            "conditioning_channels": self.conditioning_channels,
            "channels": self.channels,
            "kernel_size": self.kernel_size,
            "num_layers": self.num_layers,
            "bins": self.bins,
            "lowest": self.lowest,
            "highest": self.highest,
            "preprocessor": self.preprocessor and self.preprocessor.get_config(),
            "name": self.name,
            "dtype": keras.dtype_policies.serialize(self.policy),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)


def _level(shape, seed):
    return keras.random.normal(
        shape, stddev=LEVEL_DEVIATION, dtype="float32", seed=seed
    )
