"""Checks on what models are called with."""

import numpy as np
from keras import ops

from keras_pwavenet.audio.mel_range import check_numbers, check_range
from keras_pwavenet.factors import HIGHEST_PITCH, PITCH_SCALES, check_factor


def as_length(length, conditioning):
    """Converts the clips' lengths in a padded batch to an int32 tensor and checks them.

    Args:
        length: `(batch,)` integers, the frames of each clip, any array; None where
            nothing is padding.
        conditioning: `(batch, frames, channels)`, any array.

    Returns:
        The int32 tensor, or None.

    Raises:
        ValueError: If they are not one integer a clip, from 1 to the frames.
    """
    if length is None:
        return None
    shape, known = tuple(np.shape(conditioning)), known_values(length)
    good = len(shape) == 3 and tuple(np.shape(length)) == shape[:1]
    if good and known is not None:
        good = known.dtype.kind in "iu" and np.all((known > 0) & (known <= shape[1]))
    if not good:
        raise ValueError(
            "Expected `length` of shape (batch,) with integers from 1 to the frames of "
            "`conditioning`, (batch, frames, channels). Received: "
            f"length={length}, conditioning.shape={shape}"
        )
    return ops.convert_to_tensor(length, dtype="int32")


def held(values, length):
    """Holds what each clip of a padded batch ends in, up to the batch's end.

    So padding may hold anything, and what is computed there is finite. A pitch that is
    held has the effect on its clip that the clip's end has.

    Args:
        values: `(batch, frames)` or `(batch, frames, channels)`.
        length: `(batch,)`, as `as_length` gives it.

    Returns:
        The values; as they are for None.
    """
    if length is None:
        return values
    frames = ops.arange(ops.shape(values)[1], dtype="int32")
    own = ops.minimum(frames[None], length[:, None] - 1)
    if len(values.shape) == 3:
        own = own[..., None]
    return ops.take_along_axis(values, own, axis=1)


def frames_present(values, length):
    """Which frames of a padded batch are their clip's.

    Args:
        values: `(batch, frames, ...)`.
        length: `(batch,)`, as `as_length` gives it.

    Returns:
        Booleans `(batch, frames)`; None for None.
    """
    if length is None:
        return None
    frames = ops.arange(ops.shape(values)[1], dtype="int32")
    return ops.less(frames[None], ops.cast(length, "int32")[:, None])


def as_conditioning(conditioning, channels: int, preprocessor=None, length=None):
    """Converts conditioning to a float32 tensor and checks it.

    Args:
        conditioning: `(batch, frames, channels)`, any array.
        channels: The channels that the model takes.
        preprocessor: The `LogMelSpectrogram` that should have made it, if known.
        length: As `as_length` gives it; what lies after a clip's end does not count.

    Returns:
        The float32 tensor, held after each clip's end.

    Raises:
        ValueError: If the rank or the number of channels is another, there is no clip
            or no frame, it holds no real numbers, NaN or infinite ones, or such as no
            audio has.
    """
    check_numbers("conditioning", conditioning)
    conditioning = ops.convert_to_tensor(conditioning, dtype="float32")
    shape = tuple(conditioning.shape)
    if len(shape) != 3 or shape[-1] != channels or 0 in shape:
        raise ValueError(
            f"Expected `conditioning` of shape (batch, frames, {channels}) with at "
            f"least one clip and one frame. Received: conditioning.shape={shape}"
        )
    conditioning = held(conditioning, length)
    known = known_values(conditioning)
    check_finite("conditioning", known)
    if known is not None:
        value_range = getattr(preprocessor, "value_range", None)
        check_range("conditioning", known, value_range)
    return conditioning


def as_speaker(speaker, num_speakers: int, clips: int):
    """Converts speakers' numbers to an int32 tensor and checks them.

    Args:
        speaker: `(clips,)` integers, any array; None for a model of one speaker.
        num_speakers: The speakers that the model has; 0 if it does not tell them apart.
        clips: The batch's clips.

    Returns:
        The int32 tensor, or None for a model of one speaker.

    Raises:
        ValueError: If speakers are missing or not wanted, are not one integer a clip,
            or are out of range.
    """
    if not num_speakers:
        if speaker is not None:
            raise ValueError(
                "Expected no `speaker`, as the model has one speaker. "
                f"Received: speaker={speaker}"
            )
        return None
    known = known_values(speaker)
    if known is None:
        good = tuple(speaker.shape) == (clips,)
    else:
        good = known.shape == (clips,) and known.dtype.kind in "iu"
        good = good and np.all((known >= 0) & (known < num_speakers))
    if not good:
        raise ValueError(
            f"Expected `speaker` of shape ({clips},) with integers from 0 to "
            f"{num_speakers - 1}. Received: speaker={speaker}"
        )
    return ops.convert_to_tensor(speaker, dtype="int32")


def as_pitch(pitch, conditioning, follows: bool, scale: float = 1.0, length=None):
    """Converts a pitch to a float32 tensor and checks it.

    Args:
        pitch: `(batch, frames)` in Hz, 0 where there is none, any array; None where the
            model is to predict it.
        conditioning: `(batch, frames, channels)`.
        follows: Whether the model follows a pitch.
        scale: Factor on it.
        length: As in `as_conditioning`.

    Returns:
        The float32 tensor, -1 in every frame for None; None if the model follows none.

    Raises:
        ValueError: If the model follows none but one is given or scaled, the pitch has
            another shape or numbers out of [0, 2000] Hz, or the scale is not within
            [0.1, 10].
    """
    if not follows:
        if pitch is not None or scale != 1.0:
            raise ValueError(
                "Expected no `pitch` and a `pitch_scale` of 1, as the model has no "
                f"pitch predictor. Received: pitch={pitch}, pitch_scale={scale}"
            )
        return None
    check_factor("pitch_scale", scale, PITCH_SCALES)
    shape = tuple(conditioning.shape)[:2]
    if pitch is None:
        return ops.full(shape, -1.0, dtype="float32")
    check_numbers("pitch", pitch)
    pitch = ops.convert_to_tensor(pitch, dtype="float32")
    if tuple(pitch.shape) != shape:
        raise ValueError(
            f"Expected `pitch` of shape {shape}, a number of Hz for each frame of the "
            f"conditioning. Received: pitch.shape={tuple(pitch.shape)}"
        )
    pitch = held(pitch, length)
    known = known_values(pitch)
    if known is not None and not ((known >= 0) & (known <= HIGHEST_PITCH)).all():
        raise ValueError(
            f"Expected `pitch` in Hz, from 0 (unvoiced) to {HIGHEST_PITCH:g}. "
            f"Received: numbers from {known.min()} to {known.max()}"
        )
    return pitch


def check_lengths(inputs, waveform: str, model) -> None:
    """Refuses a waveform of integers, or of another shape than its conditioning's.

    Without the check, conditioning of another hop would be held for longer or shorter
    in silence. Lengths that are unknown while a function is traced are not checked.

    Args:
        inputs: A model's inputs.
        waveform: Name of the waveform, `(batch, samples)`.
        model: The model, which states its hop and its channels.

    Raises:
        ValueError: If the number of clips differs, `samples != frames * hop_length`,
            there is no clip, no frame, or an axis too many or too few, as of stereo,
            the conditioning has other channels, or the waveform is of integers.
    """
    kind = getattr(inputs[waveform], "dtype", "float32")
    if "float" not in str(kind):
        raise ValueError(
            f"Expected `{waveform}` of floats; divide 16-bit integers by 32768. "
            f"Received: {waveform}.dtype={kind}"
        )
    hop, channels = model.hop_length, model.conditioning_channels
    found = tuple(inputs[waveform].shape)
    conditioning = tuple(inputs["conditioning"].shape)
    clips, frames = (*conditioning, None, None)[:2]
    wanted = (clips, None if frames is None else frames * hop)
    if (
        0 in conditioning
        or not _agree(conditioning, (None, None, channels))
        or not _agree(found, wanted)
    ):
        raise ValueError(
            f"Expected `{waveform}` of shape (batch, frames * {hop}) for "
            f"`conditioning` of shape (batch, frames, {channels}), with at least one "
            f"clip and one frame. Received: {waveform}.shape={found}, "
            f"conditioning.shape={conditioning}"
        )


def check_target(target, audio) -> None:
    """Refuses a target that is missing or of another shape than the generated audio.

    Args:
        target: The recorded audio, or None.
        audio: The generated audio.

    Raises:
        ValueError: If there is no target or its shape is another.
    """
    found = None if target is None else tuple(target.shape)
    if found is None or not _agree(found, tuple(audio.shape)):
        raise ValueError(
            "Expected the recorded audio as target, of the shape of the inputs' "
            f"`audio`, {tuple(audio.shape)}. Received: target.shape={found}"
        )


def _agree(shape, other) -> bool:
    """Whether two shapes can be the same, as far as they are known."""
    return len(shape) == len(other) and all(
        None in pair or pair[0] == pair[1] for pair in zip(shape, other, strict=True)
    )


def check_finite(name: str, values) -> None:
    """Refuses NaN and infinite numbers, by the clips that have them; takes None."""
    if values is None or np.isfinite(values).all():
        return
    spoilt = ~np.isfinite(values).reshape(len(values), -1).all(axis=1)
    raise ValueError(
        f"Expected `{name}` of finite numbers. Received: {name} with NaN or infinite "
        f"numbers in clips {np.flatnonzero(spoilt)[:5].tolist()} of {len(values)}"
    )


def known_values(values):
    """The values as a numpy array; None where a trace or a process knows none of it."""
    try:
        return ops.convert_to_numpy(values)
    except (NotImplementedError, RuntimeError, TypeError):
        return None
