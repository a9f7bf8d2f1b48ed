"""PLCMOS, an opinion of gaps and bursts (package speechmos)."""

import numpy as np

from keras_pwavenet.evaluate.measures.judge import RATE, Clip, Judge, Values
from keras_pwavenet.evaluate.measures.measure import Measure


def _measure(clip: Clip) -> Values:
    return {"plcmos": _opinion(clip.at_16_khz()[1])}


def _opinion(audio: np.ndarray) -> float:
    """The mean over 15 listeners; the same listeners for every waveform."""
    import speechmos.plcmos

    state = np.random.get_state()
    np.random.seed(0)  # its listeners are drawn at random
    try:
        opinion = speechmos.plcmos.run(np.clip(audio, -1, 1), RATE)
    finally:
        np.random.set_state(state)
    return float(opinion["plcmos"])


JUDGE = Judge(
    "plcmos",
    _measure,
    (
        Measure(
            *("plcmos", "PLCMOS", ".2f", "higher"),
            "opinion of gaps and bursts, 1 to 5",
            beside_player=True,
        ),
    ),
    modules=("speechmos", "onnxruntime"),
)
