"""A recording spoken again: audio to features to audio."""

import math

import keras
import numpy as np
import tqdm

from keras_pwavenet.audio import resample
from keras_pwavenet.audio.pcm import check_scale
from keras_pwavenet.audio.resampling import HIGHEST_RATE, LOWEST_RATE
from keras_pwavenet.logistic import sample_logistic
from keras_pwavenet.models.conditioning import as_pitch, check_temperature
from keras_pwavenet.models.stated import IN_PARALLEL, speaks
from keras_pwavenet.signal import frame_phase, piece_phase

PIECE_SECONDS = 5.0
PITCH_SECONDS = 600.0  # found at once: its last digits move pulses


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

    A student works through the recording piece by piece in bounded memory; the pieces
    overlap by all that a sample can depend on, so that the result is the one of
    `ParallelWaveNet.generate` on the whole.

    Args:
        model: A `ParallelWaveNet` or a `WaveNet` (which takes minutes for a second)
            with its `preprocessor`, as `from_preset` gives it.
        audio: Waveform (samples,) in [-1, 1], at least one sample.
        sample_rate: Of the waveform, in Hz; it may differ from the model's.
        seed: The same number gives the same audio; None gives a new draw.
        temperature: Factor on the noise; for a student only.
        speaker: The speaker's number, for models of several speakers.
        progress: Whether to show a progress bar.
        pitch: Fundamental frequency (frames,) in Hz for each frame of the features, 0
            where there is none; by default the model's pitch predictor hears it.
        pitch_scale: Factor on the pitch; for a student with a pitch predictor only.

    Returns:
        float32 (samples,) in [-1, 1], as long as `audio` and at its sample rate.

    Raises:
        ValueError: If the audio is not (samples,), holds integers, NaN or infinite
            numbers, or numbers far outside [-1, 1], its rate is no recording's, the
            model cannot speak or has no preprocessor, the temperature is out of range,
            temperature or pitch scale are given for a teacher, the speaker is unknown,
            or the pitch is not one that the model can follow.
    """
    if not speaks(model):
        raise ValueError(
            "Expected a model that speaks, a ParallelWaveNet or a WaveNet. "
            f"Received: model={type(model).__name__}"
        )
    if model.preprocessor is None:
        raise ValueError(
            "Expected a model with a preprocessor, which knows the mel settings. "
            f"Received: model={model.name}"
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
    number = np.array([speaker]) if model.num_speakers else None
    pitch = None if pitch is None else np.asarray(pitch)[None]
    if model.speaks == IN_PARALLEL:
        spoken = _speak_pieces(
            model,
            conditioning,
            *(seed, temperature, number, progress),
            *(pitch, pitch_scale),
        )
    elif (temperature, pitch_scale) != (1.0, 1.0):
        raise ValueError(
            "Expected `temperature` and `pitch_scale` 1.0: only a ParallelWaveNet "
            f"knows them. Received: temperature={temperature}, "
            f"pitch_scale={pitch_scale}, model={type(model).__name__}"
        )
    else:
        spoken = model.generate(
            conditioning, seed=seed, speaker=number, pitch=pitch, progress=progress
        )
        spoken = keras.ops.convert_to_numpy(spoken)[0]
    spoken = resample(spoken[: len(source)], mel.sample_rate, sample_rate)
    spoken = spoken[: len(audio)]
    return np.clip(np.pad(spoken, (0, len(audio) - len(spoken))), -1.0, 1.0)


def _speak_pieces(
    student, conditioning, seed, temperature, number, progress, pitch, pitch_scale
):
    """`generate` for a batch of one, in pieces of equal length."""
    check_temperature(temperature)
    hop, frames = student.hop_length, conditioning.shape[1]
    rate = student.preprocessor.sample_rate
    piece = math.ceil(PIECE_SECONDS * rate / hop)
    follows = student.pitch_predictor is not None
    known = as_pitch(pitch, conditioning, follows, pitch_scale)
    if follows:
        if pitch is None:
            at_once = math.ceil(PITCH_SECONDS * rate / hop)
            known = _predicted_pitch(student.pitch_predictor, conditioning, at_once)
        pitch = np.float32(pitch_scale) * keras.ops.convert_to_numpy(known)
        phases = keras.ops.convert_to_numpy(frame_phase(pitch, hop, rate))
    if seed is None:
        seed = keras.random.SeedGenerator()
    noise = keras.ops.convert_to_numpy(sample_logistic((1, frames * hop), seed))
    noise = np.float32(temperature) * noise
    before, after = student.context
    spoken = np.empty(frames * hop, "float32")
    for start in tqdm.trange(0, frames, piece, unit="piece", disable=not progress):
        stop = min(start + piece, frames)
        first, last = max(0, start - before), min(stop + after, frames)
        inputs = {
            "noise": noise[:, first * hop : last * hop],
            "conditioning": conditioning[:, first:last],
        }
        if number is not None:
            inputs["speaker"] = number
        if follows:
            own = pitch[:, first:last]
            phase = piece_phase(own, phases[:, first:last], hop, rate)
            inputs["pitch"] = own
            inputs["phase"] = keras.ops.convert_to_numpy(phase)
        audio = student.predict_on_batch(inputs)["audio"][0]
        spoken[start * hop : stop * hop] = audio[
            (start - first) * hop : (stop - first) * hop
        ]
    return np.clip(spoken, -1.0, 1.0)


def _predicted_pitch(predictor, conditioning, piece):
    """The predictor's pitch, found piece by piece."""
    found = []
    before, after = predictor.context
    for start in range(0, conditioning.shape[1], piece):
        first = max(0, start - before)
        stop = start + piece + after
        pitch = keras.ops.convert_to_numpy(predictor.pitch(conditioning[:, first:stop]))
        found.append(pitch[:, start - first :][:, :piece])
    return np.concatenate(found, axis=1)
