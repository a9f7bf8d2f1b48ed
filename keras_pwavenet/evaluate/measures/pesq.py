"""PESQ of wide-band speech (package pesq)."""

from keras_pwavenet.evaluate.measures.judge import RATE, Clip, Judge, Values
from keras_pwavenet.evaluate.measures.measure import Measure


def _measure(clip: Clip) -> Values:
    import pesq

    recording, audio = clip.at_16_khz()
    try:
        return {"pesq": float(pesq.pesq(RATE, recording, audio, "wb"))}
    except pesq.PesqError:  # it found no utterance
        return {"pesq": None}


JUDGE = Judge(
    "pesq",
    _measure,
    (
        Measure(
            *("pesq", "PESQ", ".2f", "higher"),
            "likeness to the recording, to 4.64",
            beside_player=True,
            tells=7,
        ),
    ),
    modules=("pesq",),
)
