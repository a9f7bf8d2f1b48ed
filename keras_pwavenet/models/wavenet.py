"""The teacher: an autoregressive WaveNet."""

import math

import keras
from keras import ops

from keras_pwavenet.layers import (
    CausalConv1D,
    ConditioningUpsampler,
    MixtureHead,
    WaveNetStack,
)
from keras_pwavenet.models.checked import ChecksArrays
from keras_pwavenet.models.conditioning import (
    as_conditioning,
    as_speaker,
    check_lengths,
)
from keras_pwavenet.models.sampling import sample
from keras_pwavenet.presets import PresetMixin


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class WaveNet(ChecksArrays, PresetMixin, keras.Model):
    """Autoregressive WaveNet with a mixture of logistics for each sample.

    The distribution of the sample at t depends on the samples before t and on the
    conditioning. `compile` it with `MixtureLogisticNLL` and call `fit` with audio as
    target.

    Args:
        conditioning_channels: channels of the conditioning, e.g. mel bands.
        hop_length: samples for each conditioning frame.
        num_layers: residual blocks.
        num_cycles: dilation cycles.
        residual_channels: channels of the residual path.
        skip_channels: channels of the skip path and the layers before the output.
        kernel_size: taps of the dilated convolutions.
        gate_channels: tanh units of a block, and as many sigmoid units; default
            `residual_channels`.
        mixtures: logistics in the mixture of each sample.
        upsample_channels: channels of the upsampled conditioning.
        upsample_factors: stages of the conditioning upsampler. Their product divides
            `hop_length`; each upsampled step is held for the rest.
        num_speakers: 0 for a single voice, else the size of the speaker embedding
            table.
        log_scale_floor: lower bound of the mixture's log-scales.
        name: name of the model.
        dtype: dtype policy of the layers; what must be float32 stays so.

    Call arguments:
        inputs: dict of `audio` `(batch, samples)` in [-1, 1], `conditioning`
            `(batch, frames, conditioning_channels)` with
            `samples == frames * hop_length`, and with several speakers `speaker`
            `(batch,)`, integers.

    Returns:
        `(batch, samples, 3 * mixtures)`, float32: logits, locations and log-scales of
        each sample's mixture (see `keras_pwavenet.logistic.split_mixture`).

    Raises:
        ValueError: if the upsampling factors do not divide `hop_length`; when called,
            if `samples != frames * hop_length`.

    Reference:
        Parallel WaveNet (van den Oord et al., 2017), section 2.
    """

    target = "audio"

    def __init__(
        self,
        conditioning_channels: int = 80,
        hop_length: int = 160,
        num_layers: int = 20,
        num_cycles: int = 2,
        residual_channels: int = 64,
        skip_channels: int = 64,
        kernel_size: int = 3,
        gate_channels: int | None = None,
        mixtures: int = 10,
        upsample_channels: int = 64,
        upsample_factors=(5,),
        num_speakers: int = 0,
        log_scale_floor: float = -9.0,
        name: str | None = None,
        dtype=None,
    ):
        dtype = keras.dtype_policies.get(dtype)
        if hop_length % math.prod(upsample_factors):
            raise ValueError(
                "Expected the product of `upsample_factors` to divide `hop_length`. "
                f"Received: upsample_factors={tuple(upsample_factors)}, "
                f"hop_length={hop_length}"
            )

        # === Layers ===
        upsampler = ConditioningUpsampler(
            upsample_channels, upsample_factors, dtype=dtype, name="upsampler"
        )
        input_conv = CausalConv1D(
            residual_channels, kernel_size, dtype=dtype, name="input_conv"
        )
        stack = WaveNetStack(
            num_layers,
            num_cycles,
            residual_channels,
            skip_channels,
            kernel_size,
            gate_channels,
            dtype=dtype,
            name="stack",
        )
        head = MixtureHead(
            skip_channels, mixtures, log_scale_floor, dtype=dtype, name="head"
        )
        speaker_embedding = None

        # === Functional model ===
        inputs = {
            "audio": keras.Input((None,), dtype="float32", name="audio"),
            "conditioning": keras.Input(
                (None, conditioning_channels), dtype="float32", name="conditioning"
            ),
        }
        voice = None
        if num_speakers:
            inputs["speaker"] = keras.Input((), dtype="int32", name="speaker")
            speaker_embedding = keras.layers.Embedding(
                num_speakers, upsample_channels, dtype=dtype, name="speaker_embedding"
            )
            voice = speaker_embedding(inputs["speaker"])
        conditioning = upsampler(inputs["conditioning"])
        earlier = ops.pad(inputs["audio"], [[0, 0], [1, 0]])[:, :-1]
        hidden = stack(input_conv(earlier[..., None]), conditioning, voice)
        super().__init__(inputs=inputs, outputs=head(hidden), name=name)
        self.autocast = False
        self.upsampler = upsampler
        self.input_conv = input_conv
        self.stack = stack
        self.head = head
        self.speaker_embedding = speaker_embedding

        # === Config ===
        self.conditioning_channels = conditioning_channels
        self.hop_length = hop_length
        self.num_layers = num_layers
        self.num_cycles = num_cycles
        self.residual_channels = residual_channels
        self.skip_channels = skip_channels
        self.kernel_size = kernel_size
        self.gate_channels = gate_channels or residual_channels
        self.mixtures = mixtures
        self.upsample_channels = upsample_channels
        self.upsample_factors = tuple(upsample_factors)
        self.num_speakers = num_speakers
        self.log_scale_floor = log_scale_floor
        self.policy = dtype

    def call(self, inputs, training=None, mask=None):
        check_lengths(inputs, "audio", self.hop_length)
        return super().call(inputs, training=training, mask=mask)

    def generate(self, conditioning, seed=None, speaker=None):
        """Speaks sample by sample, with cached activations.

        Args:
            conditioning: `(batch, frames, conditioning_channels)`.
            seed: integer for the same audio each time, or None for a new draw.
            speaker: `(batch,)` integers, with several speakers.

        Returns:
            Audio `(batch, frames * hop_length)` in [-1, 1], float32 numpy array.

        Raises:
            ValueError: if the conditioning has another rank or number of channels, no
                frames, or NaN or infinite numbers, or the speakers are not the
                model's.
        """
        conditioning = as_conditioning(conditioning, self.conditioning_channels)
        speaker = as_speaker(speaker, self.num_speakers, conditioning.shape[0])
        return sample(self, conditioning, seed, speaker)

    def get_config(self):
        return {
            "conditioning_channels": self.conditioning_channels,
            "hop_length": self.hop_length,
            "num_layers": self.num_layers,
            "num_cycles": self.num_cycles,
            "residual_channels": self.residual_channels,
            "skip_channels": self.skip_channels,
            "kernel_size": self.kernel_size,
            "gate_channels": self.gate_channels,
            "mixtures": self.mixtures,
            "upsample_channels": self.upsample_channels,
            "upsample_factors": self.upsample_factors,
            "num_speakers": self.num_speakers,
            "log_scale_floor": self.log_scale_floor,
            "name": self.name,
            "dtype": keras.dtype_policies.serialize(self.policy),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)
