"""ViSQOL's speech mode with the polynomial mapping (package visqol-python)."""

import functools
from typing import Any

import numpy as np

from keras_pwavenet.evaluate.measures.judge import RATE, Clip, Judge, Values
from keras_pwavenet.evaluate.measures.measure import Measure


def _measure(clip: Clip) -> Values:
    recording, audio = (np.asarray(wave, "float64") for wave in clip.at_16_khz())
    try:
        with np.errstate(invalid="ignore"):
            result = _model().measure_from_arrays(recording, audio, RATE)
    except (IndexError, ValueError):  # no speech to compare, or too little
        return {"visqol": None}
    return {"visqol": float(result.moslqo)}


@functools.cache
def _model() -> Any:
    from visqol import VisqolApi

    api = VisqolApi()
    api.create(mode="speech", use_lattice_model=False)
    return api


JUDGE = Judge(
    "visqol",
    _measure,
    (
        Measure(
            *("visqol", "ViSQOL", ".2f", "higher"),
            "likeness to the recording, 1 to 5",
            beside_player=True,
            tells=4,
        ),
    ),
    modules=("visqol",),
    distributions=(("visqol", "visqol-python"),),
)
