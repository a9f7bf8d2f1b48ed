"""A recording spoken again: audio to features to audio."""

import keras
import numpy as np
import tqdm

from keras_pwavenet.audio import LogMelSpectrogram, resample
from keras_pwavenet.audio.pcm import check_scale
from keras_pwavenet.audio.resampling import HIGHEST_RATE, LOWEST_RATE
from keras_pwavenet.models.clips import one_clip
from keras_pwavenet.models.conditioning import as_pitch
from keras_pwavenet.models.stated import IN_PARALLEL, speaks

PIECE = 512  # frames


def resynthesize(
    model: keras.Model,
    audio: np.ndarray,
    sample_rate: int,
    seed: int | None = None,
    temperature: float = 1.0,
    speaker: int = 0,
    progress: bool = False,
    pitch: np.ndarray | None = None,
    pitch_scale: float = 1.0,
) -> np.ndarray:
    """Speaks a recording again with a model, from its log-mel features.

    A student works through the recording piece by piece in bounded memory, as
    `ParallelWaveNet.stream` does, so that the result is the one of `generate` on the
    whole.

    Args:
        model: A `ParallelWaveNet` or a `WaveNet` (which takes minutes for a second)
            on a log-mel, with its `preprocessor`, as `from_preset` gives it.
        audio: Waveform (samples,) in [-1, 1], at least one sample.
        sample_rate: Of the waveform, in Hz; it may differ from the model's.
        seed: The same number, up to 2**32 - 1, gives the same audio; None gives a new
            draw.
        temperature: Factor on the noise; for a student only.
        speaker: The speaker's number, for models of several speakers.
        progress: Whether to show a progress bar, on a terminal.
        pitch: Fundamental frequency (frames,) in Hz for each frame of the features, 0
            where there is none; by default the model's pitch predictor hears it.
        pitch_scale: Factor on the pitch; for a student with a pitch predictor only.

    Returns:
        float32 (samples,) in [-1, 1], as long as `audio` and at its sample rate.

    Raises:
        ValueError: If the audio is not (samples,), holds integers, NaN or infinite
            numbers, or numbers far outside [-1, 1], its rate is no recording's, the
            model cannot speak or hears no log-mel, seed or temperature are out of
            range, temperature or pitch scale are given for a teacher, the speaker is
            unknown, or the pitch is not one that the model can follow.
    """
    if not speaks(model):
        raise ValueError(
            "Expected a model that speaks, a ParallelWaveNet or a WaveNet. "
            f"Received: model={type(model).__name__}"
        )
    if not isinstance(model.preprocessor, LogMelSpectrogram):
        raise ValueError(
            "Expected a model with a preprocessor that makes a log-mel of audio. "
            f"Received: model={model.name}, preprocessor={model.preprocessor}"
        )
    if not 0 <= speaker < max(1, model.num_speakers):
        raise ValueError(
            f"Expected a speaker from 0 to {max(1, model.num_speakers) - 1}. "
            f"Received: speaker={speaker}"
        )
    audio = np.asarray(audio)
    check_scale(audio)
    if not LOWEST_RATE <= sample_rate <= HIGHEST_RATE:
        raise ValueError(
            f"Expected `sample_rate` from {LOWEST_RATE} to {HIGHEST_RATE} Hz. "
            f"Received: sample_rate={sample_rate}"
        )
    mel = model.preprocessor
    source = resample(audio, sample_rate, mel.sample_rate)
    conditioning = mel(source)[None]
    if pitch is not None:
        pitch = one_clip("pitch", pitch, conditioning.shape[1:2])
    if model.speaks == IN_PARALLEL:
        spoken = _speak_pieces(
            model,
            conditioning,
            *(progress, pitch),
            seed=seed,
            temperature=temperature,
            speaker=speaker if model.num_speakers else None,
            pitch_scale=pitch_scale,
        )
    elif (temperature, pitch_scale) != (1.0, 1.0):
        raise ValueError(
            "Expected `temperature` and `pitch_scale` 1.0: only a ParallelWaveNet "
            f"knows them. Received: temperature={temperature}, "
            f"pitch_scale={pitch_scale}, model={type(model).__name__}"
        )
    else:
        number = np.array([speaker]) if model.num_speakers else None
        spoken = model.generate(
            conditioning, seed=seed, speaker=number, pitch=pitch, progress=progress
        )
        spoken = keras.ops.convert_to_numpy(spoken)[0]
    spoken = resample(spoken[: len(source)], mel.sample_rate, sample_rate)
    spoken = spoken[: len(audio)]
    return np.clip(np.pad(spoken, (0, len(audio) - len(spoken))), -1.0, 1.0)


def _speak_pieces(student, conditioning, progress, pitch, **options):
    """`generate` for a batch of one, piece by piece."""
    follows, scale = student.pitch_predictor is not None, options["pitch_scale"]
    as_pitch(pitch, conditioning, follows, scale)  # of all frames, not of a piece
    stream = student.stream(**options, pitch_given=pitch is not None)
    spoken = []
    for start in tqdm.trange(
        0,
        conditioning.shape[1],
        PIECE,
        unit="piece",
        disable=None if progress else True,
    ):
        piece = slice(start, start + PIECE)
        own = None if pitch is None else pitch[0, piece]
        spoken.append(stream.feed(conditioning[0, piece], own))
    return np.concatenate([*spoken, stream.finish()])
