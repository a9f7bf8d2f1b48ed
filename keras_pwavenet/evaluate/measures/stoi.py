"""STOI, how intelligible speech is (package pystoi)."""

import warnings

from keras_pwavenet.evaluate.measures.judge import Clip, Judge, Values
from keras_pwavenet.evaluate.measures.measure import Measure


def _measure(clip: Clip) -> Values:
    import pystoi

    with warnings.catch_warnings():
        # Too little speech for one of its segments: it warns and returns 1e-5.
        warnings.simplefilter("error", RuntimeWarning)
        try:
            value = pystoi.stoi(clip.recording, clip.audio, clip.sample_rate)
        except RuntimeWarning:
            return {"stoi": None}
    return {"stoi": float(value)}


JUDGE = Judge(
    "stoi",
    _measure,
    (
        Measure(
            *("stoi", "STOI", ".3f", "higher", "intelligibility, 0 to 1"),
            beside_player=True,
            tells=3,
        ),
    ),
    modules=("pystoi",),
)
