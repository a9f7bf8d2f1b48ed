"""The student: a parallel WaveNet made of inverse autoregressive flows."""

import math
from collections.abc import Sequence

import keras
from keras import ops

from keras_pwavenet.backend.draws_onward import check_draws
from keras_pwavenet.factors import TEMPERATURES, check_factor
from keras_pwavenet.layers import (
    ConditioningUpsampler,
    HarmonicSource,
    InverseAutoregressiveFlow,
    SpectralEnvelope,
    SynthesisFilter,
)
from keras_pwavenet.layers.upsampler import fitting_factors
from keras_pwavenet.logistic import sample_logistic
from keras_pwavenet.models.clips import speak_clips
from keras_pwavenet.models.conditioning import (
    as_conditioning,
    as_length,
    as_pitch,
    as_speaker,
    check_lengths,
    frames_present,
)
from keras_pwavenet.models.plain import plain_numbers
from keras_pwavenet.models.source_filter import (
    FollowedPitch,
    FollowsPitch,
    pitch_input,
    settings,
    with_settings,
)
from keras_pwavenet.models.speaking_parts import SpeakingParts
from keras_pwavenet.models.stated import IN_PARALLEL, Stated
from keras_pwavenet.models.streaming import Streams
from keras_pwavenet.presets import PresetMixin


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class ParallelWaveNet(
    FollowsPitch, SpeakingParts, Streams, Stated, PresetMixin, keras.Model
):
    """Parallel WaveNet: turns logistic noise into audio, all samples at once.

    A chain of inverse autoregressive flows, each a WaveNet without skip connections,
    shares one conditioning upsampler. Given the earlier noise, every sample is exactly
    logistic. Train it with `Distiller`; speak with `generate`, or bit by bit with
    `stream`.

    Given the `preprocessor` whose mel it is conditioned on, the flows make an
    excitation, to which a synthesis filter that it computes from the mel gives the
    spectral envelope: one more flow, linear and without weights. Given a
    `pitch_predictor` too, the flows hear a harmonic source at the pitch.

    Args:
        conditioning_channels: Channels of the conditioning, e.g. mel bands; None for
            the preprocessor's, or 80.
        hop_length: Samples for each conditioning frame; None for the preprocessor's, or
            160.
        flow_layers: Residual blocks of each flow.
        layers_per_cycle: Blocks in a dilation cycle.
        residual_channels: Channels of the flows' networks.
        kernel_size: Taps of the dilated convolutions.
        block_size: Samples that the flows handle together; 1 is the paper's flow.
        upsample_channels: Channels of the upsampled conditioning.
        upsample_factors: Stages of the conditioning upsampler; by default one of 5,
            or of the next smaller factor that fits.
        num_speakers: 0 for a single speaker, else the size of the speaker embedding
            table.
        initial_scale: Scale of the output's logistic before training; by default 0.05,
            with a filter 0.5 in units of its gain.
        preprocessor: The `LogMelSpectrogram` that makes the conditioning, or the
            `LinguisticFeatures`, or its settings; None for conditioning of any kind.
        predictor_order: Taps of the synthesis filter; 0 for none, as in the paper. By
            default 8 and one for each kHz of the preprocessor's rate, or 0 without a
            mel.
        pitch_predictor: A trained `PitchPredictor`, or its settings; it is frozen. None
            for flows without a harmonic source.
        name: Name of the model.
        dtype: Dtype policy of the layers; what must be float32 stays so.

    Call arguments:
        inputs: Dict of `noise` `(batch, samples)`, drawn from Logistic(0, 1),
            `conditioning` `(batch, frames, conditioning_channels)` with
            `samples == frames * hop_length`, and with several speakers `speaker`
            `(batch,)`, integers. With a pitch predictor there may also be `pitch`
            `(batch, frames)` in Hz, 0 where there is none and negative where it is to
            be predicted; `pitch_scale` `(batch,)`, a factor on it; and `phase`
            `(batch,)`, the fundamental's before the first sample, in cycles.

    Returns:
        A dict of `audio`, and of `loc` and `log_scale`, the location and log-scale of
        each sample's logistic given the earlier noise. All `(batch, samples)`, float32,
        with `audio == loc + exp(log_scale) * noise`.

    Raises:
        ValueError: If block size and upsampling factors do not divide `hop_length`
            together, a flow's layers do not make whole cycles, or what is to come from
            the mel lacks its preprocessor; when called, if
            `samples != frames * hop_length`.

    Example:
        voice = ParallelWaveNet.from_preset("en_female")
        mel = voice.preprocessor(audio)
        spoken = voice.generate(mel[None], seed=0)

    Reference:
        Parallel WaveNet (van den Oord et al., 2017), section 3.
    """

    speaks = IN_PARALLEL
    pitch_inputs = ("pitch", "pitch_scale", "phase")

    @plain_numbers
    def __init__(
        self,
        conditioning_channels: int | None = None,
        hop_length: int | None = None,
        flow_layers: Sequence[int] = (7, 7, 7, 7),
        layers_per_cycle: int = 7,
        residual_channels: int = 64,
        kernel_size: int = 3,
        block_size: int = 8,
        upsample_channels: int = 64,
        upsample_factors: Sequence[int] | None = None,
        num_speakers: int = 0,
        initial_scale: float | None = None,
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
        if initial_scale is None:
            initial_scale = 0.5 if predictor_order else 0.05
        if upsample_factors is None:
            upsample_factors = fitting_factors(hop_length, block_size)
        if block_size < 1 or hop_length % (block_size * math.prod(upsample_factors)):
            raise ValueError(
                "Expected a positive `block_size` that divides `hop_length` together "
                "with the product of `upsample_factors`. "
                f"Received: block_size={block_size}, "
                f"upsample_factors={tuple(upsample_factors)}, hop_length={hop_length}"
            )
        if any(layers % layers_per_cycle for layers in flow_layers):
            raise ValueError(
                "Expected `flow_layers` to be multiples of `layers_per_cycle`. "
                f"Received: flow_layers={tuple(flow_layers)}, "
                f"layers_per_cycle={layers_per_cycle}"
            )

        # === Layers ===
        parts = SpeakingParts()
        parts.upsampler = ConditioningUpsampler(
            upsample_channels, upsample_factors, dtype=dtype, name="upsampler"
        )
        parts.flows = [
            InverseAutoregressiveFlow(
                block_size,
                layers,
                layers // layers_per_cycle,
                residual_channels,
                kernel_size,
                initial_log_scale=math.log(initial_scale) / len(flow_layers),
                dtype=dtype,
                name=f"flow_{index}",
            )
            for index, layers in enumerate(flow_layers)
        ]
        parts.speaker_embedding = parts.followed_pitch = parts.source = None
        parts.envelope = parts.synthesis = None
        if num_speakers:
            parts.speaker_embedding = keras.layers.Embedding(
                num_speakers, upsample_channels, dtype=dtype, name="speaker_embedding"
            )
        if pitch_predictor is not None:
            parts.followed_pitch = FollowedPitch(pitch_predictor, name="followed_pitch")
            rate = preprocessor.sample_rate
            parts.source = HarmonicSource(hop_length, rate, name="source")
        if predictor_order:
            parts.envelope = SpectralEnvelope(
                preprocessor, predictor_order, name="envelope"
            )
            parts.synthesis = SynthesisFilter(hop_length, name="synthesis")

        # === Functional model ===
        inputs = {
            "noise": keras.Input((None,), dtype="float32", name="noise"),
            "conditioning": keras.Input(
                (None, conditioning_channels), dtype="float32", name="conditioning"
            ),
        }
        if num_speakers:
            inputs["speaker"] = keras.Input((), dtype="int32", name="speaker")
        source = None
        if pitch_predictor is not None:
            inputs |= {name: pitch_input(name) for name in self.pitch_inputs}
            pitch = parts.follow(
                inputs["conditioning"], inputs["pitch"], inputs["pitch_scale"]
            )
            source = parts.source(pitch, inputs["phase"])
        heard, speaker = parts.hear(inputs["conditioning"]), inputs.get("speaker")
        audio, log_scale = parts.speak(inputs["noise"], heard, speaker, source)
        loc = audio - ops.exp(log_scale) * inputs["noise"]
        outputs = {"audio": audio, "loc": loc, "log_scale": log_scale}
        super().__init__(inputs=inputs, outputs=outputs, name=name)
        self.autocast = False
        self.preprocessor = preprocessor
        self.pitch_predictor = pitch_predictor
        for name, part in vars(parts).items():
            setattr(self, name, part)

        # === Config ===
        self.conditioning_channels = conditioning_channels
        self.hop_length = hop_length
        self.flow_layers = tuple(flow_layers)
        self.layers_per_cycle = layers_per_cycle
        self.residual_channels = residual_channels
        self.kernel_size = kernel_size
        self.block_size = block_size
        self.upsample_channels = upsample_channels
        self.upsample_factors = tuple(upsample_factors)
        self.num_speakers = num_speakers
        self.initial_scale = initial_scale
        self.predictor_order = predictor_order
        self.policy = dtype

    def call(self, inputs, training=None, mask=None):
        check_lengths(inputs, "noise", self)
        return super().call(inputs, training=training, mask=mask)

    def generate(
        self,
        conditioning,
        seed=None,
        temperature: float = 1.0,
        speaker=None,
        pitch=None,
        pitch_scale: float = 1.0,
        length=None,
    ):
        """Speaks: draws noise and turns it into audio.

        Args:
            conditioning: `(batch, frames, conditioning_channels)`.
            seed: Integer for the same audio each time, up to 2**63 - 1, on JAX to
                2**32 - 1; a `keras.random.SeedGenerator`; or None for a new draw.
            temperature: Factor on the noise, up to 10; 0 gives the most likely audio.
            speaker: `(batch,)` integers, with several speakers.
            pitch: `(batch, frames)` in Hz, 0 where there is none; by default the pitch
                predictor's.
            pitch_scale: Factor on the pitch; the envelope stays, so that 2 is an octave
                up in the same voice.
            length: `(batch,)` integers, the frames of each clip in a padded batch. A
                clip's audio is then the one it has alone, given the same noise,
                whatever the padding holds, and 0 after its end.

        Returns:
            Audio `(batch, frames * hop_length)` in [-1, 1], float32.

        Raises:
            ValueError: If the conditioning has another shape, no frames, or numbers
                that no audio has, speakers or lengths are not its, seed or temperature
                are out of range, or the pitch is not one that it can follow.
        """
        length = as_length(length, conditioning)
        conditioning = as_conditioning(
            conditioning, self.conditioning_channels, self.preprocessor, length
        )
        batch, frames, _ = conditioning.shape
        speaker = as_speaker(speaker, self.num_speakers, batch)
        check_factor("temperature", temperature, TEMPERATURES)
        check_draws(seed)
        if seed is None:
            seed = keras.random.SeedGenerator()
        noise = sample_logistic((batch, frames * self.hop_length), seed)
        follows = self.pitch_predictor is not None
        pitch = as_pitch(pitch, conditioning, follows, pitch_scale, length)
        if length is None:
            length = ops.full((batch,), frames, dtype="int32")
        present = frames_present(conditioning, length)
        inputs = {"conditioning": conditioning, "present": present, "length": length}
        if follows:
            scales = ops.full((batch,), pitch_scale, dtype="float32")
            inputs |= {"pitch": pitch, "pitch_scale": scales}
        heard = self._compiled["hear"](inputs)
        audio = speak_clips(self, temperature * noise, heard, present, speaker)
        return ops.stop_gradient(ops.clip(audio, -1.0, 1.0))

    def get_config(self):
        return {
            "conditioning_channels": self.conditioning_channels,
            "hop_length": self.hop_length,
            "flow_layers": self.flow_layers,
            "layers_per_cycle": self.layers_per_cycle,
            "residual_channels": self.residual_channels,
            "kernel_size": self.kernel_size,
            "block_size": self.block_size,
            "upsample_channels": self.upsample_channels,
            "upsample_factors": self.upsample_factors,
            "num_speakers": self.num_speakers,
            "initial_scale": self.initial_scale,
            "predictor_order": self.predictor_order,
            **settings(self.preprocessor, self.pitch_predictor),
            "name": self.name,
            "dtype": keras.dtype_policies.serialize(self.policy),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        # Configurations that do not name the filter were written before it.
        return cls(**{"predictor_order": 0, **config})
