"""Which clips of an evaluation to listen to."""

from collections.abc import Sequence

import numpy as np

from keras_pwavenet.evaluate.copies import Result
from keras_pwavenet.evaluate.measures import MEASURES, Measure
from keras_pwavenet.evaluate.report.summary import on_common_clips

_TELLING = sorted(
    (measure for measure in MEASURES if measure.tells),
    key=lambda measure: measure.tells,
    reverse=True,
)


def choose_clips(
    results: Sequence[Result], system: str, count: int = 8, seed: int = 0
) -> list[tuple[str, str]]:
    """Chooses the worst clips of a system, and others at random.

    Half are the worst by the measure that `tells` most among those that there are:
    PESQ, DistillMOS, DNSMOS, ViSQOL, STOI and so on. A quarter is drawn from the clips
    that every system has spoken, the rest from all.

    Args:
        results: What `copy_synthesis` returned.
        system: Whose clips.
        count: How many clips.
        seed: What the others are drawn from.

    Returns:
        (name of the clip, why it is there), at most `count`.

    Raises:
        ValueError: If the system has no results, or `count` is negative.
    """
    spoken = {
        result.clip: result.values for result in results if result.system == system
    }
    if not spoken or count < 0:
        raise ValueError(
            "Expected a system with results and a count of 0 or more. "
            f"Received: system={system!r}, count={count}"
        )
    chosen: dict[str, str] = {}
    telling = [
        measure
        for measure in _TELLING
        if any(values.get(measure.key) is not None for values in spoken.values())
    ]
    if telling:
        measure = telling[0]
        judged = {
            clip: values[measure.key]
            for clip, values in spoken.items()
            if values.get(measure.key) is not None
        }
        worst = sorted(judged, key=lambda clip: _badness(measure, judged[clip]))[::-1]
        for clip in worst[: (count + 1) // 2]:
            value = measure.text(judged[clip])
            chosen[clip] = f"among the worst of {system} by {measure.title}: {value}"
    random = np.random.default_rng(seed)
    common = {result.clip for result in on_common_clips(results)}
    if len(common) < len(spoken):
        left = [clip for clip in spoken if clip in common and clip not in chosen]
        for clip in random.permutation(left)[: count // 4]:
            chosen[str(clip)] = "drawn from the clips that every system has spoken"
    left = [clip for clip in spoken if clip not in chosen]
    for clip in random.permutation(left)[: count - len(chosen)]:
        chosen[str(clip)] = "drawn at random"
    return list(chosen.items())[:count]


def _badness(measure: Measure, value: float) -> float:
    if measure.better == "higher":
        return -value
    return abs(value) if measure.better == "nearer 0" else value
