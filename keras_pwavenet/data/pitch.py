"""Pitch following: which fundamental frequency each frame of a prepared corpus has."""

import numpy as np
import tqdm

from keras_pwavenet.data.cache import PITCH_DTYPE, PITCH_FILE, FeatureCache
from keras_pwavenet.files import write_bytes

LOWEST, HIGHEST = 50.0, 600.0  # Hz
_STEP = 0.005  # seconds between two values of a track
_ABOVE_HUM = 65.0  # Hz: where a clip's median is looked for, above mains hum
_BELOW, _ABOVE = 0.55, 2.5  # of a clip's median: its own range


def follow_pitch(cache: FeatureCache, progress: bool = True) -> float:
    """Finds the pitch of every frame and writes it into the cache's folder.

    Args:
        cache: A prepared corpus.
        progress: Whether to show a progress bar, on a terminal.

    Returns:
        Share of the frames that are voiced.

    Raises:
        ImportError: If pyworld is not installed.
    """
    _pyworld()
    mel = cache.mel
    found = [
        frame_pitch(cache.audio(number), mel.sample_rate, mel.hop_length)
        for number in tqdm.trange(
            len(cache), unit="clip", disable=None if progress else True
        )
    ]
    pitch = np.concatenate(found).astype(PITCH_DTYPE)
    write_bytes(cache.directory / PITCH_FILE, pitch.tobytes())
    return float(np.mean(pitch > 0))


def frame_pitch(audio: np.ndarray, sample_rate: int, hop_length: int) -> np.ndarray:
    """Follows the pitch with WORLD's Dio and StoneMask (package pyworld).

    A first, rough track gives the clip's median, and that the range of the second,
    which keeps out most errors of an octave, and the hum of mains. A clip without any
    pitch from 65 Hz on counts as unvoiced. Harvest, which the evaluation hears with,
    takes thirty times as long and calls most of a pause voiced.

    Args:
        audio: Waveform (frames * hop_length,).
        sample_rate: Samples a second.
        hop_length: Samples in a frame.

    Returns:
        float64 (frames,): Hz at the frames' centres, from 50 to 600, 0 where unvoiced.

    Raises:
        ImportError: If pyworld is not installed.
    """
    pyworld = _pyworld()
    audio = np.asarray(audio, "float64")
    period = 1000 * _STEP
    rough, times = pyworld.dio(
        audio, sample_rate, _ABOVE_HUM, HIGHEST, frame_period=period, speed=4
    )
    if rough.any():
        median = np.median(rough[rough > 0])
        lowest, highest = max(LOWEST, _BELOW * median), min(HIGHEST, _ABOVE * median)
        rough, times = pyworld.dio(
            audio, sample_rate, lowest, highest, frame_period=period
        )
    track = pyworld.stonemask(audio, rough, times, sample_rate)
    track = np.where(track > 0, np.clip(track, LOWEST, HIGHEST), 0.0)
    centres = (np.arange(len(audio) // hop_length) + 0.5) * hop_length / sample_rate
    return _at(track, centres / _STEP)


def _at(track, places):
    """A track at places between its values: linear, voiced as the nearest value is."""
    last = len(track) - 1
    below = np.minimum(places.astype(int), last)
    low, high = track[below], track[np.minimum(below + 1, last)]
    share = places - below
    nearest = np.where(share < 0.5, low, high)
    between = (1 - share) * low + share * high
    return np.where((low > 0) & (high > 0), between, nearest)


def _pyworld():
    try:
        import pyworld
    except ImportError as error:
        raise ImportError(
            "Pitch following needs pyworld: pip install pyworld 'setuptools<82'"
        ) from error
    return pyworld
