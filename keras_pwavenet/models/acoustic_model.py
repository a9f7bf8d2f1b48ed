"""An acoustic model: from symbols to durations, pitch and mel."""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from keras_pwavenet.audio.mel import LogMelSpectrogram
from keras_pwavenet.factors import USUAL_PITCH
from keras_pwavenet.layers import ResidualConv1D
from keras_pwavenet.models.mel_prediction import MelPrediction
from keras_pwavenet.models.plain import plain_numbers
from keras_pwavenet.models.stated import Stated
from keras_pwavenet.presets import PresetMixin
from keras_pwavenet.signal import harmonic_comb
from keras_pwavenet.text.durations import PLACES
from keras_pwavenet.text.inventory import STRESSES, unstressed

_COMBS = 2


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class AcousticModel(MelPrediction, Stated, PresetMixin, keras.Model):
    """Tells how long each symbol is, and the pitch and log-mel of each frame.

    All at once: convolutions over the symbols encode them and tell their durations;
    each is repeated for its frames; convolutions over the frames tell the pitch, and
    others, which hear the pitch and where its harmonics lie, the log-mel.

    Args:
        symbols: The inventory: phones with stress, the gap between words, pauses.
        preprocessor: The `LogMelSpectrogram` of the corpus, or its settings.
        channels: Channels of the encoder and of the mel's decoder.
        encoder_layers: Residual convolutions over symbols.
        decoder_layers: Residual convolutions over frames, to the mel.
        pitch_channels: Channels of the pitch's decoder.
        pitch_layers: Residual convolutions over frames, to the pitch.
        kernel_size: Taps of all convolutions, odd.
        num_speakers: Speakers told apart; 0 for one.
        dropout: Share dropped in training.
        name: Name of the model.
        dtype: Dtype policy of the convolutions; all else is float32.

    Call arguments:
        inputs: Dict of `symbols` `(batch, symbols)`, places in `symbols` plus 1, 0
            where there is none any more; `owners` `(batch, frames)`, the symbol of each
            frame; `places` `(batch, frames, 3)` as in
            `keras_pwavenet.text.durations.places`; `valid` `(batch, frames)`,
            1 where frames count; `pitch` `(batch, frames)` in Hz, 0 where unvoiced;
            and with speakers `speaker` `(batch,)`.

    Returns:
        Dict of `durations` `(batch, symbols)`, logarithms of 1 + frames; `pitch`
        `(batch, frames, 2)`, log-F0 and the logit of voicing; and `mel` `(batch,
        frames, bands)`, for the pitch that was given; float32.

    Raises:
        ValueError: If symbols are missing or twice the same.

    Reference:
        FastPitch (Łańcucki, 2021), for durations and pitch beside the mel.
    """

    target = "mel"

    @plain_numbers
    def __init__(
        self,
        symbols: Sequence[str],
        preprocessor,
        channels: int = 192,
        encoder_layers: int = 5,
        decoder_layers: int = 5,
        pitch_channels: int = 128,
        pitch_layers: int = 4,
        kernel_size: int = 5,
        num_speakers: int = 0,
        dropout: float = 0.1,
        name: str | None = None,
        dtype=None,
    ):
        dtype = keras.dtype_policies.get(dtype)
        symbols = tuple(symbols)
        if not symbols or len(set(symbols)) < len(symbols):
            raise ValueError(
                "Expected one symbol or more, each of them once. "
                f"Received: symbols={symbols}"
            )
        super().__init__(name=name)
        self.autocast = False
        self.symbols = symbols
        if isinstance(preprocessor, dict):
            preprocessor = LogMelSpectrogram(**preprocessor)
        self.preprocessor = preprocessor
        self.channels = channels
        self.encoder_layers = encoder_layers
        self.decoder_layers = decoder_layers
        self.pitch_channels = pitch_channels
        self.pitch_layers = pitch_layers
        self.kernel_size = kernel_size
        self.num_speakers = num_speakers
        self.dropout_rate = dropout
        self.policy = dtype
        self._numbers = {symbol: 1 + place for place, symbol in enumerate(symbols)}
        phones = list(dict.fromkeys(unstressed(symbol) for symbol in symbols))
        self._phones = np.array(
            [0, *(1 + phones.index(unstressed(s)) for s in symbols)]
        )
        self._stresses = np.array([0, *(1 + _stress(s) for s in symbols)])
        self._centres = preprocessor.centres.astype("float32")

        def stack(name, layers):
            return [
                ResidualConv1D(
                    kernel_size,
                    2 ** (index % 4),
                    dropout,
                    dtype=dtype,
                    name=f"{name}_{index}",
                )
                for index in range(layers)
            ]

        def dense(units, name):
            return keras.layers.Dense(units, dtype="float32", name=name)

        bands = preprocessor.n_mels

        def embedding(size, name):
            return keras.layers.Embedding(size, channels, dtype="float32", name=name)

        self.phone_embedding = embedding(1 + len(phones), "phone_embedding")
        self.stress_embedding = embedding(1 + len(STRESSES), "stress_embedding")
        self.speaker_embedding = None
        if num_speakers:
            self.speaker_embedding = embedding(num_speakers, "speaker_embedding")
        self.position = dense(channels, "position")
        self.encoder = stack("encoder", encoder_layers)
        self.duration_convs = stack("duration_conv", 2)
        self.duration = dense(1, "duration")
        self.pitch_input = dense(pitch_channels, "pitch_input")
        self.pitch_convs = stack("pitch_conv", pitch_layers)
        self.pitch_output = dense(2, "pitch_output")
        self.mel_input = dense(channels, "mel_input")
        self.mel_convs = stack("mel_conv", decoder_layers)
        self.mel_norm = keras.layers.LayerNormalization(
            epsilon=1e-5, dtype="float32", name="mel_norm"
        )
        self.mel_output = dense((1 + _COMBS) * bands, "mel_output")
        for layers, width in (
            ([self.phone_embedding, self.stress_embedding], None),
            ([self.speaker_embedding], None),
            ([self.position], 3),
            ([*self.encoder, *self.duration_convs, self.duration], channels),
            ([self.pitch_input], channels + PLACES),
            ([*self.pitch_convs, self.pitch_output], pitch_channels),
            ([self.mel_input], channels + PLACES + 2 + _COMBS * bands),
            ([*self.mel_convs, self.mel_norm, self.mel_output], channels),
        ):
            for layer in layers:
                if layer is not None:
                    layer.build((None, None, width) if width else None)
        self.built = True

    @property
    def conditioning_channels(self):
        return self.preprocessor.n_mels

    @property
    def hop_length(self):
        return self.preprocessor.hop_length

    @property
    def reach(self):
        """Frames before and after a frame that its mel depends on."""
        convolutions = [*self.pitch_convs, *self.mel_convs]
        return self.kernel_size // 2 * sum(c.dilation_rate for c in convolutions)

    def call(self, inputs, training=None):
        hidden, durations = self.encode(
            inputs["symbols"], inputs.get("speaker"), training
        )
        frames, valid = self.frames(hidden, inputs)
        pitch = ops.cast(inputs["pitch"], "float32")
        return {
            "durations": durations,
            "pitch": self.contour(frames, valid, training),
            "mel": self.mel(frames, pitch, valid, training),
        }

    def frames(self, hidden, inputs):
        """Repeats encoded symbols for their frames.

        Args:
            hidden: As `encode` gives it.
            inputs: As when it is called.

        Returns:
            What `contour` and `mel` take: `(batch, frames, channels + 3)`, and `valid`
            `(batch, frames, 1)`, float32.
        """
        owners = ops.expand_dims(ops.cast(inputs["owners"], "int32"), -1)
        places = ops.cast(inputs["places"], "float32")
        frames = ops.take_along_axis(hidden, owners, axis=1)
        valid = ops.expand_dims(ops.cast(inputs["valid"], "float32"), -1)
        return ops.concatenate([frames, places], axis=-1), valid

    def encode(self, symbols, speaker=None, training=None):
        """Encodes symbols and tells their durations.

        Args:
            symbols: As when it is called.
            speaker: `(batch,)`, or None without speakers.
            training: Whether to drop.

        Returns:
            `(batch, symbols, channels)`, and logarithms of 1 + frames `(batch,
            symbols)`, float32.
        """
        symbols = ops.cast(symbols, "int32")
        valid = ops.cast(ops.expand_dims(symbols, -1) > 0, "float32")
        phones = self.phone_embedding(ops.take(self._phones, symbols))
        stresses = self.stress_embedding(ops.take(self._stresses, symbols))
        hidden = phones + stresses + self.position(_positions(valid))
        if self.speaker_embedding is not None:
            hidden = hidden + ops.expand_dims(self.speaker_embedding(speaker), 1)
        hidden = _through(self.encoder, hidden, valid, training)
        found = _through(self.duration_convs, hidden, valid, training)
        return hidden, self.duration(found)[..., 0]

    def contour(self, frames, valid=None, training=None):
        """Tells log-F0 and the logit of voicing.

        Args:
            frames: What `regulate` makes of the encoded symbols, `(batch, frames,
                channels + 3)`.
            valid: `(batch, frames, 1)`, or None.
            training: Whether to drop.

        Returns:
            `(batch, frames, 2)`, float32.
        """
        hidden = self.pitch_input(frames)
        hidden = _through(self.pitch_convs, hidden, valid, training)
        found = self.pitch_output(hidden)
        return ops.add(found, np.array([np.log(USUAL_PITCH), 0.0], "float32"))

    def mel(self, frames, pitch, valid=None, training=None):
        """Tells the log-mel for a pitch.

        Args:
            frames: As for `contour`.
            pitch: `(batch, frames)` in Hz, 0 where unvoiced.
            valid: As for `contour`.
            training: Whether to drop.

        Returns:
            `(batch, frames, bands)` in the preprocessor's scale, float32.
        """
        combs = harmonic_comb(pitch, self._centres, range(1, 1 + _COMBS))
        voiced = ops.cast(pitch > 0, "float32")
        height = voiced * ops.log(ops.maximum(pitch, 1.0) / USUAL_PITCH)
        pitch = ops.stack([height, voiced], axis=-1)
        hidden = self.mel_input(ops.concatenate([frames, pitch, *combs], axis=-1))
        hidden = _through(self.mel_convs, hidden, valid, training)
        base, *depths = ops.split(
            self.mel_output(self.mel_norm(hidden)), 1 + _COMBS, axis=-1
        )
        return base + sum(d * c for d, c in zip(depths, combs, strict=True))

    def decode(self, frames, pitch_scale=1.0, valid=None):
        """Tells pitch and log-mel, of its own accord.

        Args:
            frames: As for `contour`.
            pitch_scale: Factor on the pitch, a number or `(batch, 1)`.
            valid: As for `contour`.

        Returns:
            The pitch `(batch, frames)` in Hz, 0 where unvoiced, and the log-mel
            `(batch, frames, bands)`.
        """
        found = self.contour(frames, valid)
        voiced = ops.cast(found[..., 1] > 0, "float32")
        pitch = voiced * ops.exp(found[..., 0]) * pitch_scale
        return pitch, self.mel(frames, pitch, valid)

    def get_config(self):
        return {
            "symbols": list(self.symbols),
            "preprocessor": self.preprocessor.get_config(),
            "channels": self.channels,
            "encoder_layers": self.encoder_layers,
            "decoder_layers": self.decoder_layers,
            "pitch_channels": self.pitch_channels,
            "pitch_layers": self.pitch_layers,
            "kernel_size": self.kernel_size,
            "num_speakers": self.num_speakers,
            "dropout": self.dropout_rate,
            "name": self.name,
            "dtype": keras.dtype_policies.serialize(self.policy),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)


def _stress(symbol):
    """Which stress a phone bears, -1 for none."""
    return STRESSES.index(symbol[0]) if symbol[0] in STRESSES else -1


def _through(layers, hidden, valid, training):
    for layer in layers:
        hidden = layer(hidden, valid=valid, training=training)
    return hidden


def _positions(valid):
    """Where each symbol lies in its sentence: from its beginning, its end, and both."""
    before = ops.cumsum(valid, axis=1) - valid
    after = ops.sum(valid, axis=1, keepdims=True) - 1 - before
    near = [ops.exp(-0.1 * before), ops.exp(-0.1 * ops.maximum(after, 0))]
    return ops.concatenate([*near, before / ops.maximum(before + after, 1)], axis=-1)
