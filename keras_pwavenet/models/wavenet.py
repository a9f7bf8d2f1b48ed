"""The teacher: an autoregressive WaveNet."""

import math
from collections.abc import Sequence

import keras
from keras import ops

from keras_pwavenet.backend import CompiledStep
from keras_pwavenet.layers import (
    CausalConv1D,
    ConditioningUpsampler,
    LinearPredictor,
    MixtureHead,
    SpectralEnvelope,
    WaveNetStack,
)
from keras_pwavenet.layers.linear_predictor import PERIOD_FIRST
from keras_pwavenet.layers.upsampler import fitting_factors
from keras_pwavenet.models.conditioning import check_lengths
from keras_pwavenet.models.drawing import DrawsSamples
from keras_pwavenet.models.plain import plain_numbers
from keras_pwavenet.models.prepared import PreparesTraining
from keras_pwavenet.models.source_filter import (
    FollowedPitch,
    FollowsPitch,
    pitch_input,
    settings,
    with_settings,
)
from keras_pwavenet.models.stated import Stated
from keras_pwavenet.presets import PresetMixin


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class WaveNet(
    FollowsPitch,
    DrawsSamples,
    CompiledStep,
    PreparesTraining,
    Stated,
    PresetMixin,
    keras.Model,
):
    """Autoregressive WaveNet with a mixture of logistics for each sample.

    The distribution of the sample at t depends on the samples before t and on the
    conditioning. `compile` it with `MixtureLogisticNLL` and call `fit` with audio as
    target.

    Given the `preprocessor` whose mel it is conditioned on, the network works around a
    linear predictor that it computes from the mel: locations and scales of the mixtures
    are relative to the prediction, in units of what the predictor leaves over. Given a
    `pitch_predictor` too, it sees what was left over one pitch period ago.

    Args:
        conditioning_channels: Channels of the conditioning, e.g. mel bands; None for
            the preprocessor's, or 80.
        hop_length: Samples for each conditioning frame; None for the preprocessor's, or
            160.
        num_layers: Residual blocks.
        num_cycles: Dilation cycles.
        residual_channels: Channels of the residual path.
        skip_channels: Channels of the skip path and the layers before the output.
        kernel_size: Taps of the dilated convolutions.
        gate_channels: Tanh units of a block, and as many sigmoid units; default
            `residual_channels`.
        mixtures: Logistics in the mixture of each sample.
        upsample_channels: Channels of the upsampled conditioning.
        upsample_factors: Stages of the conditioning upsampler. Their product divides
            `hop_length`; each upsampled step is held for the rest. By default one of
            5, or of the next smaller factor that fits.
        num_speakers: 0 for a single speaker, else the size of the speaker embedding
            table.
        log_scale_floor: Lower bound of the mixture's log-scales, with a predictor in
            units of its gain.
        preprocessor: The `LogMelSpectrogram` that makes the conditioning, or the
            `LinguisticFeatures`, or its settings; None for conditioning of any kind.
        predictor_order: Taps of the linear predictor; 0 for none, as in the paper. By
            default 8 and one for each kHz of the preprocessor's rate, or 0 without a
            mel.
        pitch_predictor: A trained `PitchPredictor`, or its settings; it is frozen. None
            for a network that does not know the pitch.
        name: Name of the model.
        dtype: Dtype policy of the layers; what must be float32 stays so.

    Call arguments:
        inputs: Dict of `audio` `(batch, samples)` in [-1, 1], `conditioning`
            `(batch, frames, conditioning_channels)` with
            `samples == frames * hop_length`, and with several speakers `speaker`
            `(batch,)`, integers. With a pitch predictor `pitch` `(batch, frames)` may
            be given, in Hz, 0 where there is none.

    Returns:
        `(batch, samples, 3 * mixtures)`, float32: logits, locations and log-scales of
        each sample's mixture (see `keras_pwavenet.logistic.split_mixture`).

    Raises:
        ValueError: If the upsampling factors do not divide `hop_length`, or what is to
            come from the mel lacks its preprocessor; when called, if
            `samples != frames * hop_length`.

    Reference:
        Parallel WaveNet (van den Oord et al., 2017), section 2.
    """

    pitch_inputs = ("pitch",)

    @plain_numbers
    def __init__(
        self,
        conditioning_channels: int | None = None,
        hop_length: int | None = None,
        num_layers: int = 20,
        num_cycles: int = 2,
        residual_channels: int = 64,
        skip_channels: int = 64,
        kernel_size: int = 3,
        gate_channels: int | None = None,
        mixtures: int = 10,
        upsample_channels: int = 64,
        upsample_factors: Sequence[int] | None = None,
        num_speakers: int = 0,
        log_scale_floor: float = -9.0,
        preprocessor=None,
        predictor_order: int | None = None,
        pitch_predictor=None,
        name: str | None = None,
        dtype=None,
    ):
        dtype = keras.dtype_policies.get(dtype)
        (
            preprocessor,
            pitch_predictor,
            conditioning_channels,
            hop_length,
            predictor_order,
        ) = with_settings(
            preprocessor,
            pitch_predictor,
            conditioning_channels,
            hop_length,
            predictor_order,
        )
        if upsample_factors is None:
            upsample_factors = fitting_factors(hop_length)
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
            skip_channels,
            mixtures,
            log_scale_floor,
            around_prediction=predictor_order > 0,
            dtype=dtype,
            name="head",
        )
        speaker_embedding = None

        # === Functional model ===
        inputs = {
            "audio": keras.Input((None,), dtype="float32", name="audio"),
            "conditioning": keras.Input(
                (None, conditioning_channels), dtype="float32", name="conditioning"
            ),
        }
        vector = None
        if num_speakers:
            inputs["speaker"] = keras.Input((), dtype="int32", name="speaker")
            speaker_embedding = keras.layers.Embedding(
                num_speakers, upsample_channels, dtype=dtype, name="speaker_embedding"
            )
            vector = speaker_embedding(inputs["speaker"])
        pitch = None
        if pitch_predictor is not None:
            inputs["pitch"] = pitch_input("pitch")
            pitch = FollowedPitch(pitch_predictor, name="followed_pitch")(
                inputs["conditioning"], inputs["pitch"]
            )
        conditioning = upsampler(inputs["conditioning"])
        if predictor_order:
            envelope = SpectralEnvelope(preprocessor, predictor_order, name="envelope")
            rate = preprocessor.sample_rate
            predictor = LinearPredictor(hop_length, rate, name="predictor")
            *around, seen = predictor(
                inputs["audio"], *envelope(inputs["conditioning"]), pitch
            )
        else:
            around = []
            seen = ops.pad(inputs["audio"], [[0, 0], [1, 0]])[:, :-1, None]
        hidden = stack(input_conv(seen), conditioning, vector)
        super().__init__(inputs=inputs, outputs=head(hidden, *around), name=name)
        self.autocast = False
        self.preprocessor = preprocessor
        self.pitch_predictor = pitch_predictor
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
        self.predictor_order = predictor_order
        self.policy = dtype

    def call(self, inputs, training=None, mask=None):
        check_lengths(inputs, "audio", self)
        return super().call(inputs, training=training, mask=mask)

    @property
    def context(self):
        around = self.upsampler.reach
        # The input convolution sees samples before the present one only.
        samples = self.stack.receptive_field + self.kernel_size
        samples += self.predictor_order
        if self.pitch_predictor is not None:
            around = max(around, 1)  # the pitch is interpolated between neighbours
            rate = self.preprocessor.sample_rate
            samples += math.ceil(rate / self.pitch_predictor.lowest) - PERIOD_FIRST
        return math.ceil(samples / self.hop_length) + around, around

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
            "predictor_order": self.predictor_order,
            **settings(self.preprocessor, self.pitch_predictor),
            "name": self.name,
            "dtype": keras.dtype_policies.serialize(self.policy),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        # Configurations that do not name the predictor were written before it.
        return cls(**{"predictor_order": 0, **config})
