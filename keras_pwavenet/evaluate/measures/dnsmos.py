"""DNSMOS, opinions of speech, noise and both (package speechmos)."""

import numpy as np

from keras_pwavenet.evaluate.measures.judge import RATE, Clip, Judge, Values
from keras_pwavenet.evaluate.measures.measure import Measure


def _measure(clip: Clip) -> Values:
    import speechmos.dnsmos

    _, audio = clip.at_16_khz()
    opinion = speechmos.dnsmos.run(np.clip(audio, -1, 1), RATE)
    return {
        "dnsmos": float(opinion["ovrl_mos"]),
        "dnsmos_signal": float(opinion["sig_mos"]),
        "dnsmos_background": float(opinion["bak_mos"]),
        "dnsmos_p808": float(opinion["p808_mos"]),
    }


JUDGE = Judge(
    "dnsmos",
    _measure,
    (
        Measure(
            *("dnsmos", "DNSMOS", ".2f", "higher", "overall opinion, 1 to 5"),
            beside_player=True,
            tells=5,
        ),
        Measure("dnsmos_signal", "DNSMOS, signal", ".2f", "higher", "of the speech"),
        Measure(
            "dnsmos_background", "DNSMOS, background", ".2f", "higher", "of the noise"
        ),
        Measure(
            "dnsmos_p808", "DNSMOS, P.808", ".2f", "higher", "overall, a second model"
        ),
    ),
    modules=("speechmos", "librosa", "onnxruntime"),
    settings="2",
)
