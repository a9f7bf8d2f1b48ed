"""Systems that speak a recording again: references, vocoders, presets."""

import dataclasses
import hashlib
import os
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.presets import PresetMixin, resolve
from keras_pwavenet.version import __version__

NATURAL, TEACHER, STUDENT = "natural", "teacher", "student"
GRIFFIN_LIM, WORLD = "Griffin-Lim", "WORLD"

Vocoder = Callable[[np.ndarray, int], np.ndarray]

_GRIFFIN_LIM_ITERATIONS = 60


@dataclasses.dataclass(frozen=True)
class System:
    """Something that speaks clips again.

    Attributes:
        name: Name of its row in the table, also of its folder.
        speak: Function of the recordings (a list of (samples,)) and their features (a
            list of (frames, n_mels)) to a list of waveforms as long as the
            recordings.
        fingerprint: Tells this state of the system from others: results are kept as
            long as it stays the same.
        batch_size: How many clips to speak at once.
        shortest: Speak only so many clips, the shortest of a second or more; all if
            None. For systems too slow for the whole split.
        model: The model that speaks; None for systems that are none.
    """

    name: str
    speak: Callable[[list[np.ndarray], list[np.ndarray]], list[np.ndarray]]
    fingerprint: str
    batch_size: int = 1
    shortest: int | None = None
    model: keras.Model | None = None

    @classmethod
    def from_vocoder(
        cls, name: str, vocoder: Vocoder, fingerprint: str = "1"
    ) -> "System":
        """Makes a system of a function `(features, samples) -> waveform`.

        Args:
            name: Name of its row in the table.
            vocoder: Function of features (frames, n_mels) and a number of samples to
                a waveform of that length.
            fingerprint: Tells this state of the vocoder from others.
        """

        def speak(
            recordings: list[np.ndarray], features: list[np.ndarray]
        ) -> list[np.ndarray]:
            pairs = zip(recordings, features, strict=True)
            return [vocoder(mel, len(recording)) for recording, mel in pairs]

        return cls(name, speak, fingerprint)


def natural() -> System:
    """The recordings themselves: what the judges say of perfection."""
    return System(NATURAL, lambda recordings, features: recordings, "1")


def griffin_lim(mel: LogMelSpectrogram) -> System:
    """Mel features to linear magnitudes, phase by Griffin-Lim (package librosa).

    Args:
        mel: How the features were made.
    """
    import librosa

    def vocoder(features: np.ndarray, samples: int) -> np.ndarray:
        magnitudes = librosa.feature.inverse.mel_to_stft(
            mel.invert(features).T,
            sr=mel.sample_rate,
            n_fft=mel.n_fft,
            power=1.0,
            fmin=mel.fmin,
            fmax=mel.fmax,
        )
        padded = librosa.griffinlim(
            magnitudes,
            n_iter=_GRIFFIN_LIM_ITERATIONS,
            hop_length=mel.hop_length,
            win_length=mel.win_length,
            center=False,
            random_state=0,
        )
        left = (mel.n_fft - mel.hop_length) // 2
        return padded[left : left + samples]

    fingerprint = f"{librosa.__version__} {_GRIFFIN_LIM_ITERATIONS}"
    return System.from_vocoder(GRIFFIN_LIM, vocoder, fingerprint)


def world(sample_rate: int) -> System:
    """Analysis (Harvest, CheapTrick, D4C) and synthesis by WORLD (package pyworld).

    It hears the recording itself, not its features.

    Args:
        sample_rate: Samples a second of the recordings.
    """
    import pyworld

    def speak(
        recordings: list[np.ndarray], features: list[np.ndarray]
    ) -> list[np.ndarray]:
        spoken = []
        for recording in recordings:
            wave = recording.astype("float64")
            pitch, times = pyworld.harvest(wave, sample_rate)
            envelope = pyworld.cheaptrick(wave, pitch, times, sample_rate)
            aperiodicity = pyworld.d4c(wave, pitch, times, sample_rate)
            audio = pyworld.synthesize(pitch, envelope, aperiodicity, sample_rate)
            audio = audio[: len(recording)]
            spoken.append(np.pad(audio, (0, len(recording) - len(audio))))
        return spoken

    return System(WORLD, speak, f"{pyworld.__version__} harvest")


def from_preset(
    name: str,
    preset: str | os.PathLike,
    mel: LogMelSpectrogram,
    batch_size: int = 1,
    shortest: int | None = None,
    seed: int = 0,
    speaker: int = 0,
    **kwargs: Any,
) -> System:
    """A model with `generate(conditioning, seed)`, teacher or student.

    Args:
        name: Name of its row in the table.
        preset: Built-in name, folder or address of the preset.
        mel: The features it will be given.
        batch_size: How many clips to speak at once, the shorter ones followed by
            silence. A teacher speaks many at the price of one.
        shortest: Speak only so many clips, the shortest of a second or more.
        seed: What the model draws its noise from.
        speaker: Number of the speaker, for models of several.
        **kwargs: More arguments of the model's `generate`.

    Raises:
        ValueError: If the preset was made for other features, or does not know the
            speaker.
    """
    model = PresetMixin.from_preset(preset)
    speakers = model.num_speakers
    if not 0 <= speaker < max(1, speakers):
        raise ValueError(
            f"Expected a speaker from 0 to {max(1, speakers) - 1}. "
            f"Received: speaker={speaker}, preset={str(preset)!r}"
        )
    wanted = model.preprocessor
    if wanted is not None and wanted.get_config() != mel.get_config():
        raise ValueError(
            f"Expected a preset of the corpus' features, {mel}. "
            f"Received: preset={str(preset)!r} of {wanted}"
        )
    silence = mel.silence[None]

    def speak(
        recordings: list[np.ndarray], features: list[np.ndarray]
    ) -> list[np.ndarray]:
        frames = max(len(clip) for clip in features)
        conditioning = np.stack(
            [
                np.concatenate([clip, np.repeat(silence, frames - len(clip), axis=0)])
                for clip in features
            ]
        )
        own = {"speaker": np.full(len(features), speaker)} if speakers else {}
        audio = model.generate(conditioning, seed=seed, **own, **kwargs)
        audio = keras.ops.convert_to_numpy(audio)
        pairs = zip(audio, recordings, strict=True)
        return [row[: len(recording)] for row, recording in pairs]

    settings = [seed, batch_size, speaker, kwargs]
    fingerprint = _fingerprint_of(preset, settings)
    return System(name, speak, fingerprint, batch_size, shortest, model)


def shortest_clips(
    samples: Sequence[int], sample_rate: int, count: int | None
) -> list[int]:
    """Chooses the shortest clips of a second or more.

    Args:
        samples: Length of each clip.
        sample_rate: Samples a second.
        count: How many; None takes all clips, also those under a second.

    Returns:
        Their places in `samples`, the shortest clip first.
    """
    order = sorted(range(len(samples)), key=lambda place: samples[place])
    if count is None:
        return order
    return [place for place in order if samples[place] >= sample_rate][:count]


def _fingerprint_of(preset: str | os.PathLike, settings: list) -> str:
    """Hash of everything that decides what a preset says."""
    digest = hashlib.sha256(repr((__version__, settings)).encode())
    folder = resolve(preset)
    for file in ("config.json", "model.weights.h5"):
        digest.update((folder / file).read_bytes())
    return digest.hexdigest()
