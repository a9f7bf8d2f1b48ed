"""What teacher and student share of source and filter: settings and inputs."""

import numbers

import keras
from keras import ops

from keras_pwavenet.audio.mel import LogMelSpectrogram
from keras_pwavenet.models.pitch_predictor import PitchPredictor
from keras_pwavenet.models.scale import ChecksNumbers
from keras_pwavenet.text.linguistic import LinguisticFeatures


class FollowsPitch(ChecksNumbers):
    """A model that may be told the pitch, and else hears it in its conditioning.

    A mixin before `keras.Model`, which checks numbers. Where the inputs lack `pitch`,
    `pitch_scale` or `phase`, they become -1, 1 and 0.
    """

    def __call__(self, inputs, *arguments, **options):
        return super().__call__(self._completed(inputs), *arguments, **options)

    def call(self, inputs, training=None, mask=None):
        # Keras enters here, not through `__call__`, where JAX trains and predicts.
        inputs = self._completed(inputs)
        return super().call(inputs, training=training, mask=mask)

    def _completed(self, inputs):
        if self.pitch_predictor is None or inputs.keys() >= set(self.pitch_inputs):
            return inputs
        return _completed(inputs, self.pitch_inputs)


def _completed(inputs, names):
    inputs = {name: ops.convert_to_tensor(value) for name, value in inputs.items()}
    frames = ops.zeros_like(inputs["conditioning"][..., 0], dtype="float32")
    defaults = {
        "pitch": frames - 1.0,
        "pitch_scale": frames[:, 0] + 1.0,
        "phase": frames[:, 0],
    }
    return {**{name: defaults[name] for name in names}, **inputs}


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class FollowedPitch(keras.layers.Layer):
    """The pitch that was given, or where it is negative a predictor's.

    Args:
        predictor: The `PitchPredictor`; it never hears that it is in training.
        **kwargs: `name` and other arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: Conditioning `(batch, frames, channels)`.
        pitch: `(batch, frames)` in Hz, 0 unvoiced, negative where it is not given.
        present: `(batch, frames)` booleans, which frames are no padding, or None.

    Returns:
        `(batch, frames)` in Hz, 0 unvoiced, float32.
    """

    def __init__(self, predictor, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32", "trainable": False})
        self.predictor = predictor
        self.built = True

    def call(self, inputs, pitch, present=None):
        return ops.where(pitch < 0, self.predictor.pitch(inputs, present), pitch)

    def compute_output_spec(self, inputs, pitch, present=None):
        return keras.KerasTensor(pitch.shape, "float32")


def with_settings(preprocessor, pitch_predictor, channels, hop_length, order):
    """Settles what a model's arguments leave open.

    Args:
        preprocessor: What makes the conditioning, a `LogMelSpectrogram` or
            `LinguisticFeatures`, its settings or None.
        pitch_predictor: A `PitchPredictor`, its settings or None.
        channels: Channels of the conditioning, or None for the preprocessor's.
        hop_length: Samples a frame, or None for the preprocessor's.
        order: Of the linear predictor, or None.

    Returns:
        The preprocessor or None, the predictor or None, channels, hop and order: by
        default 8 and one for each kHz of the sample rate, 0 without a mel.

    Raises:
        ValueError: If these do not fit together.
    """
    if isinstance(preprocessor, dict):
        linguistic = "symbols" in preprocessor
        kind = LinguisticFeatures if linguistic else LogMelSpectrogram
        preprocessor = kind(**preprocessor)
    has_mel = preprocessor is not None and not isinstance(
        preprocessor, LinguisticFeatures
    )
    if isinstance(pitch_predictor, dict):
        pitch_predictor = PitchPredictor(**pitch_predictor)
    if order is None:
        order = 8 + round(preprocessor.sample_rate / 1000) if has_mel else 0
    if not isinstance(order, numbers.Integral) or order < 0:
        raise ValueError(
            "Expected `predictor_order` to be an integer, 0 or more. "
            f"Received: predictor_order={order}"
        )
    if not has_mel and (order or pitch_predictor is not None):
        raise ValueError(
            "Expected a `preprocessor`, whose mel the linear predictor and the pitch "
            f"come from, or neither of them. Received: preprocessor={preprocessor}, "
            f"predictor_order={order}, pitch_predictor={pitch_predictor}"
        )
    for name, value, own in (
        ("conditioning_channels", channels, getattr(preprocessor, "channels", 80)),
        ("hop_length", hop_length, getattr(preprocessor, "hop_length", 160)),
    ):
        if preprocessor is not None and value not in (None, own):
            raise ValueError(
                f"Expected `{name}` of the preprocessor, {own}, or None. "
                f"Received: {name}={value}"
            )
    channels = channels or getattr(preprocessor, "channels", 80)
    hop_length = hop_length or getattr(preprocessor, "hop_length", 160)
    if pitch_predictor is not None:
        if pitch_predictor.conditioning_channels != channels:
            raise ValueError(
                f"Expected a `pitch_predictor` that hears {channels} channels. "
                "Received: pitch_predictor.conditioning_channels="
                f"{pitch_predictor.conditioning_channels}"
            )
        pitch_predictor.trainable = False
    return preprocessor, pitch_predictor, channels, hop_length, order


def settings(preprocessor, pitch_predictor):
    """Both as plain dictionaries for a configuration, None where there is none."""
    return {
        "preprocessor": preprocessor and preprocessor.get_config(),
        "pitch_predictor": pitch_predictor and pitch_predictor.get_config(),
    }


def pitch_input(name):
    """A symbolic input: `pitch` a value a frame, `pitch_scale` and `phase` a clip."""
    shape = (None,) if name == "pitch" else ()
    return keras.Input(shape, dtype="float32", name=name)
