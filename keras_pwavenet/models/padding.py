"""Batches of clips of different length, padded to the longest."""

from keras import ops

from keras_pwavenet.layers.upsampler import zero_absent
from keras_pwavenet.models.conditioning import frames_present, held


def speak_padded(
    student, noise, conditioning, length, speaker=None, pitch=None, pitch_scale=None
):
    """What a student says of each clip alone, and zeros after its end.

    Args:
        student: The `ParallelWaveNet`.
        noise: `(batch, frames * hop_length)`.
        conditioning: `(batch, frames, channels)`, finite everywhere.
        length: `(batch,)` integers, frames of each clip.
        speaker: `(batch,)` integers, with several speakers.
        pitch: `(batch, frames)` in Hz, negative where it is to be predicted, with a
            pitch predictor.
        pitch_scale: `(batch,)`, with it.

    Returns:
        Audio `(batch, frames * hop_length)`.
    """
    present = frames_present(conditioning, length)
    source = None
    if pitch is not None:
        pitch = student.follow(conditioning, pitch, pitch_scale, present)
        pitch = held(pitch, length)
        source = student.source(pitch, ops.zeros_like(pitch[:, 0]))
    heard = student.hear(conditioning, present)
    audio, _ = student.speak(noise, heard, speaker, source)
    present = ops.repeat(present, student.hop_length, axis=1)
    return zero_absent(audio[..., None], present)[..., 0]
