"""The judges and measures that there are."""

import importlib

from keras_pwavenet.evaluate.measures import JUDGES
from keras_pwavenet.evaluate.measures.judge import Judge
from keras_pwavenet.evaluate.measures.measure import SUM, Measure

NOT_FINITE = Measure(
    "not_finite", "NaN or infinite samples", "d", "lower", over_clips=SUM
)


def default_judges(block_size: int = 8) -> list[Judge]:
    """Returns every judge there is, installed or not.

    Args:
        block_size: Samples that the student makes together: where to look for tones.
    """
    modules = [
        importlib.import_module(f"keras_pwavenet.evaluate.measures.{name}")
        for name in JUDGES
    ]
    return [
        module.judge(block_size) if hasattr(module, "judge") else module.JUDGE
        for module in modules
    ]


MEASURES = (
    *(measure for judge in default_judges() for measure in judge.measures),
    NOT_FINITE,
)


def measure_of(value: str) -> Measure:
    """Returns the measure of this key, or that a judge's value of this name becomes.

    One of a name that is not known is the mean over the clips.
    """
    for measure in MEASURES:
        if measure.key == value:
            return measure
    for measure in MEASURES:
        if measure.makes_of(value):
            return measure
    return Measure(value, value, ".3g")


def table_order(value: str) -> tuple[int, float]:
    """Sorts keys of measures and names of values as the tables do."""
    measure = measure_of(value)
    if measure not in MEASURES:
        return len(MEASURES), 0.0
    place = 0.0 if value == measure.key else measure.place(value)
    return MEASURES.index(measure), place
