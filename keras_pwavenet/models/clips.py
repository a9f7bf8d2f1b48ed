"""Batches of clips, padded to the longest where their lengths differ."""

import numpy as np
from keras import ops

from keras_pwavenet.audio.mel_range import check_numbers
from keras_pwavenet.layers.upsampler import zero_absent
from keras_pwavenet.models.conditioning import held


def hear_clips(student, inputs: dict) -> dict:
    """What speaking needs of clips, at the rate of frames.

    Args:
        student: The `ParallelWaveNet`.
        inputs: A dict of `conditioning` `(batch, frames, channels)`, finite everywhere;
            `present` `(batch, frames)` booleans, which frames are the clip's; `length`
            `(batch,)` integers, how many these are; and with a pitch predictor `pitch`
            `(batch, frames)` in Hz, negative where it is to be predicted, and
            `pitch_scale` `(batch,)`.

    Returns:
        What `student.hear` gives, and with a pitch predictor the `pitch` to follow.
    """
    conditioning, present = inputs["conditioning"], inputs["present"]
    heard = student.hear(conditioning, present)
    if student.source is not None:
        pitch = student.follow(
            conditioning, inputs["pitch"], inputs["pitch_scale"], present
        )
        heard["pitch"] = held(pitch, inputs["length"])
    return heard


def speak_clips(student, noise, heard: dict, present, speaker=None):
    """What a student says of each clip alone, and zeros after its end.

    Args:
        student: The `ParallelWaveNet`.
        noise: `(batch, frames * hop_length)`.
        heard: What `hear_clips` gave.
        present: As for `hear_clips`.
        speaker: `(batch,)` integers, with several speakers.

    Returns:
        Audio `(batch, frames * hop_length)`.
    """
    source = None
    if student.source is not None:
        pitch = heard["pitch"]
        source = student.source(pitch, ops.zeros_like(pitch[:, 0]))
    audio, _ = student.speak(noise, heard, speaker, source)
    present = ops.repeat(present, student.hop_length, axis=1)
    return zero_absent(audio[..., None], present)[..., 0]


def one_clip(name: str, values, shape: tuple):
    """The batch of one clip.

    Args:
        name: Of the argument.
        values: Of the clip, any array.
        shape: Its shape; None for the frames, if any number of one or more will do.

    Returns:
        A numpy array with an axis more.

    Raises:
        ValueError: If they are no numbers or the shape is another.
    """
    check_numbers(name, values)
    values = np.asarray(values)
    fits = len(values.shape) == len(shape) and all(
        found == size or (size is None and found)
        for found, size in zip(values.shape, shape, strict=True)
    )
    if not fits:
        wanted = str(shape).replace("None", "frames")
        least = " with at least one frame" if None in shape else ""
        raise ValueError(
            f"Expected `{name}` of shape {wanted}{least}. "
            f"Received: {name}.shape={values.shape}"
        )
    return values[None]
