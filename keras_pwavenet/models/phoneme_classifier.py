"""A phoneme classifier on raw audio, whose features the perceptual loss compares."""

import keras
from keras import ops

from keras_pwavenet.audio.mel import LogMelSpectrogram
from keras_pwavenet.layers import CausalConv1D, GatedResidualBlock
from keras_pwavenet.models.plain import plain_numbers
from keras_pwavenet.models.prepared import PreparesTraining
from keras_pwavenet.models.stated import Stated
from keras_pwavenet.presets import PresetMixin
from keras_pwavenet.text import PHONES


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class PhonemeClassifier(PreparesTraining, Stated, PresetMixin, keras.Model):
    """Tells which phone each frame of raw audio holds.

    A WaveNet over blocks of samples, without conditioning. Its skip outputs are summed,
    averaged over each frame and classified. The network is causal and answers for a
    frame after hearing `lookahead` more.

    Args:
        classes: Phones told apart, by default those of `keras_pwavenet.text.PHONES`.
        hop_length: Samples in a frame.
        block_size: Samples that one step of the network takes.
        num_layers: Residual blocks.
        num_cycles: Dilation cycles.
        residual_channels: Channels of the residual and skip paths.
        kernel_size: Taps of the dilated convolutions.
        lookahead: Frames heard after the one classified.
        dropout: Share of the frames' features that are dropped in training.
        preprocessor: The `LogMelSpectrogram` of the corpus, whose rate and hop the
            audio has, or its settings, if known.
        name: Name of the model.
        dtype: Dtype policy of the layers; logits and features are float32.

    Call arguments:
        inputs: Dict of `audio` `(batch, samples)` in [-1, 1], with whole frames.

    Returns:
        Logits `(batch, samples / hop_length, classes)`, float32.

    Raises:
        ValueError: If `block_size` does not divide `hop_length`.

    Reference:
        Parallel WaveNet (van den Oord et al., 2017), section 4.2, which leaves the
        network open.
    """

    target = "phones"

    @plain_numbers
    def __init__(
        self,
        classes: int = len(PHONES),
        hop_length: int = 160,
        block_size: int = 16,
        num_layers: int = 12,
        num_cycles: int = 2,
        residual_channels: int = 96,
        kernel_size: int = 3,
        lookahead: int = 8,
        dropout: float = 0.2,
        preprocessor: LogMelSpectrogram | dict | None = None,
        name: str | None = None,
        dtype=None,
    ):
        dtype = keras.dtype_policies.get(dtype)
        if hop_length % block_size or num_layers % num_cycles:
            raise ValueError(
                "Expected `block_size` to divide `hop_length` and `num_cycles` to "
                f"divide `num_layers`. Received: block_size={block_size}, "
                f"hop_length={hop_length}, num_cycles={num_cycles}, "
                f"num_layers={num_layers}"
            )
        super().__init__(name=name)
        self.autocast = False
        self.classes = classes
        self.hop_length = hop_length
        self.block_size = block_size
        self.num_layers = num_layers
        self.num_cycles = num_cycles
        self.residual_channels = residual_channels
        self.kernel_size = kernel_size
        self.lookahead = lookahead
        self.dropout_rate = dropout
        if isinstance(preprocessor, dict):
            preprocessor = LogMelSpectrogram(**preprocessor)
        self.preprocessor = preprocessor
        self.policy = dtype

        self.input_conv = CausalConv1D(
            residual_channels, kernel_size, dtype=dtype, name="input_conv"
        )
        self.blocks = [
            GatedResidualBlock(
                residual_channels,
                residual_channels,
                kernel_size,
                dilation_rate=2 ** (index % (num_layers // num_cycles)),
                dtype=dtype,
                name=f"block_{index}",
            )
            for index in range(num_layers)
        ]
        self.dropout = keras.layers.Dropout(dropout, dtype="float32", name="dropout")
        self.hidden = keras.layers.Dense(
            residual_channels, activation="relu", dtype="float32", name="hidden"
        )
        self.logits = keras.layers.Dense(classes, dtype="float32", name="logits")
        self.input_conv.build((None, None, block_size))
        for block in self.blocks:
            block.build((None, None, residual_channels))
        self.hidden.build((None, None, residual_channels))
        self.logits.build((None, None, residual_channels))
        self.built = True

    def call(self, inputs, training=None):
        audio = ops.convert_to_tensor(inputs["audio"])
        late = self.lookahead
        audio = ops.pad(audio, [[0, 0], [0, late * self.hop_length]])
        skips = sum(self._skips(audio)) * self.num_layers**-0.5
        steps = self.hop_length // self.block_size
        shape = (ops.shape(audio)[0], -1, steps, self.residual_channels)
        frames = ops.mean(ops.reshape(skips, shape), axis=2)[:, late:]
        hidden = self.hidden(self.dropout(ops.relu(frames), training=training))
        return self.logits(hidden)

    @property
    def context(self):
        layers = [self.input_conv, *(block.conv for block in self.blocks)]
        blocks = sum(layer.receptive_field - 1 for layer in layers)
        past = -(-blocks * self.block_size // self.hop_length)
        return max(0, past - self.lookahead), self.lookahead

    def features(self, audio):
        """What the network hears: the outputs of its blocks.

        Args:
            audio: `(batch, samples)` in [-1, 1], with whole blocks of samples.

        Returns:
            For each block `(batch, samples / block_size, residual_channels)`, float32.
        """
        return self._skips(audio)

    def _skips(self, audio):
        shape = (ops.shape(audio)[0], -1, self.block_size)
        hidden = ops.reshape(audio, shape)
        hidden = self.input_conv(ops.cast(hidden, self.input_conv.compute_dtype))
        skips = []
        for block in self.blocks:
            hidden, skip = block(hidden)
            skips.append(ops.cast(skip, "float32"))
        return skips

    def get_config(self):
        return {
            "classes": self.classes,
            "hop_length": self.hop_length,
            "block_size": self.block_size,
            "num_layers": self.num_layers,
            "num_cycles": self.num_cycles,
            "residual_channels": self.residual_channels,
            "kernel_size": self.kernel_size,
            "lookahead": self.lookahead,
            "dropout": self.dropout_rate,
            "preprocessor": self.preprocessor and self.preprocessor.get_config(),
            "name": self.name,
            "dtype": keras.dtype_policies.serialize(self.policy),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)
