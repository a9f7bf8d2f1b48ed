"""Systems compared clip by clip, with confidence intervals."""

import collections
import dataclasses
from collections.abc import Sequence

import numpy as np
import scipy.stats

from keras_pwavenet.evaluate.copies import Result
from keras_pwavenet.evaluate.measures import MEASURES, Measure, measure_of
from keras_pwavenet.evaluate.measures.measure import SHARE
from keras_pwavenet.evaluate.systems import GRIFFIN_LIM, NATURAL, TEACHER, WORLD

CONFIDENCE = 0.95

_RESAMPLES = 9999
_BASELINES = (NATURAL, GRIFFIN_LIM, WORLD)
_REFERENCES = (NATURAL, TEACHER, GRIFFIN_LIM, WORLD)


@dataclasses.dataclass(frozen=True)
class Difference:
    """One measure of one system against another, on the clips that both have.

    Attributes:
        system: The system.
        reference: What it is compared with.
        measure: Name of the measure.
        clips: On how many clips.
        difference: That of `system` minus that of `reference`.
        low: Lower end of the confidence interval; None under two clips.
        high: Its upper end.
    """

    system: str
    reference: str
    measure: str
    clips: int
    difference: float
    low: float | None
    high: float | None

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.low is not None and (self.low > 0 or self.high < 0)


def default_pairs(systems: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs systems with what they are measured by.

    Args:
        systems: Names of the systems.

    Returns:
        (system, reference): each with natural speech, the teacher, Griffin-Lim and
        WORLD as far as they are there; these baselines among themselves once.
    """
    references = [name for name in _REFERENCES if name in systems]
    return [
        (system, reference)
        for system in systems
        for reference in references
        if (
            reference in _BASELINES[: _BASELINES.index(system)]
            if system in _BASELINES
            else reference != system
        )
    ]


def paired_differences(
    results: Sequence[Result],
    pairs: Sequence[tuple[str, str]] | None = None,
    seed: int = 0,
) -> list[Difference]:
    """Compares systems with others clip by clip.

    A measure's difference is the mean over the clips that both systems have it for,
    with Student's interval of that mean (paired t, 95 %), which holds for the few clips
    of a slow system too, where resampling gives intervals that are too narrow. The
    word error rate is that of all words together; its interval is the percentile
    bootstrap over clips.

    Args:
        results: What `copy_synthesis` returned.
        pairs: (system, reference) names; by default those of `default_pairs`.
        seed: What the bootstrap draws from: equal seeds, equal intervals.

    Returns:
        Pair by pair, a `Difference` for each measure that both have and that is
        compared, of a clip as long as it wants; for each tone one of its own.

    Raises:
        ValueError: If a pair names a system without results.
    """
    clips: dict[str, dict[str, Result]] = collections.defaultdict(dict)
    for result in results:
        clips[result.system][result.clip] = result
    if pairs is None:
        pairs = default_pairs(list(clips))
    unknown = sorted({name for pair in pairs for name in pair} - set(clips))
    if unknown:
        raise ValueError(
            f"Expected `pairs` to name systems among {', '.join(clips)}. "
            f"Received: {', '.join(unknown)}"
        )
    differences = []
    for system, reference in pairs:
        both = [
            (clips[system][clip].values, clips[reference][clip].values, result.seconds)
            for clip, result in clips[system].items()
            if clip in clips[reference]
        ]
        found = {}
        for measure in MEASURES:
            if measure.over_clips == SHARE and (numbers := _share(both, measure, seed)):
                found[measure.key] = numbers
        for name in dict.fromkeys(name for here, _, _ in both for name in here):
            measure = measure_of(name)
            if measure.is_compared and measure.over_clips != SHARE:
                values = _differences(both, name, measure.from_seconds)
                if len(values):
                    found[name] = (len(values), *_mean(values))
        differences += [
            Difference(system, reference, name, *numbers)
            for name, numbers in found.items()
        ]
    return differences


def _differences(both: list, name: str, from_seconds: float) -> np.ndarray:
    values = [
        here[name] - there[name]
        for here, there, seconds in both
        if isinstance(here.get(name), int | float)
        and isinstance(there.get(name), int | float)
        and seconds >= from_seconds
    ]
    return np.asarray(values, "float64")


def _mean(values: np.ndarray) -> tuple[float, float | None, float | None]:
    mean, count = float(np.mean(values)), len(values)
    if count < 2:
        return mean, None, None
    reach = scipy.stats.t.ppf((1 + CONFIDENCE) / 2, count - 1)
    reach *= np.std(values, ddof=1) / np.sqrt(count)
    return mean, mean - float(reach), mean + float(reach)


def _share(both: list, measure: Measure, seed: int) -> tuple | None:
    part, whole = measure.values
    counts = np.asarray(
        [
            (here[part] - there[part], here[whole])
            for here, there, seconds in both
            if here.get(whole) and there.get(whole) and seconds >= measure.from_seconds
        ],
        "float64",
    )
    if not len(counts):
        return None

    def share(more, all_of_it, axis=-1):
        return np.sum(more, axis) / np.sum(all_of_it, axis)

    difference = float(share(*counts.T))
    if len(counts) < 2:
        return len(counts), difference, None, None
    interval = scipy.stats.bootstrap(
        tuple(counts.T),
        share,
        n_resamples=_RESAMPLES,
        vectorized=True,
        paired=True,
        confidence_level=CONFIDENCE,
        method="percentile",
        random_state=np.random.default_rng(seed),
    ).confidence_interval
    return len(counts), difference, float(interval.low), float(interval.high)
