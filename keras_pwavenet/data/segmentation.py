"""Durations of symbols in recordings, learned from these recordings alone."""

from collections.abc import Callable, Sequence

import numpy as np
import scipy.fft
import tqdm

from keras_pwavenet.data.monotonic import monotonic_alignment
from keras_pwavenet.text.inventory import PAUSES, SPACE, unstressed

_CEPSTRA = 14
_REACH = 2  # frames on each side that deltas look at
PARTS = 2  # of a phone, each with a Gaussian of its own
_SHRINKAGE = 60.0  # frames' worth of the covariance of all parts
_SHORTEST_PAUSE = 4  # frames: what is shorter between words is a stop's closure
_SILENCE = ""

# Frames of silence before the first symbol, of each symbol, and after the last.
Segments = tuple[int, np.ndarray, int]


def segment(
    mels: Sequence[np.ndarray],
    symbols: Sequence[Sequence[str]],
    speakers: Sequence[int] | None = None,
    learned: Sequence[bool] | None = None,
    iterations: int = 14,
    progress: bool = True,
) -> list[Segments]:
    """Finds how many frames each symbol of each recording holds.

    Segmental k-means, from equal durations on: each half of a phone has a Gaussian of
    cepstra and their slopes, whatever its stress, and all pauses share one; the
    Gaussians are estimated from an alignment, and the best monotonic alignment found
    under them, in turns. Nothing of a language is known beforehand.

    Args:
        mels: Log-mel features of each recording, (frames, bands).
        symbols: Symbols of each recording.
        speakers: Each recording's speaker, whose mean cepstra are subtracted.
        learned: Which recordings Gaussians and speakers' means are estimated from,
            booleans; the others are only aligned under them. All by default.
        iterations: How many turns.
        progress: Whether to show a progress bar, on a terminal.

    Returns:
        For each recording frames of silence before the first symbol, frames of each
        symbol, int64 (symbols,), and frames of silence after the last. Pauses and gaps
        between words may have none, all others have 2 or more.

    Raises:
        ValueError: If there is nothing to segment or to learn from, or a recording is
            shorter than its phones.
    """
    if not mels or len(mels) != len(symbols):
        raise ValueError(
            "Expected as many sequences of symbols as recordings, one or more. "
            f"Received: {len(mels)} recordings, {len(symbols)} sequences"
        )
    own = learned_from(learned, len(mels))
    inputs = features(mels, speakers or [0] * len(mels), own)
    number: dict[str, int] = {_SILENCE: 0}
    chains = [chain(sequence, number) for sequence in symbols]
    durations = [
        _begin(mel, states, optional)
        for mel, (states, optional, _) in zip(mels, chains, strict=True)
    ]
    bar = tqdm.trange(iterations, unit="turn", disable=None if progress else True)
    for turn in bar:
        score = _gaussians(
            *([each[place] for place in own] for each in (inputs, chains, durations)),
            len(number) * PARTS,
        )
        for place in own if turn < iterations - 1 else range(len(mels)):
            states, optional, _ = chains[place]
            found = score(inputs[place])[:, states]
            durations[place] = monotonic_alignment(found, optional)
    return [
        of_symbols(found, owners, sequence)
        for found, (_, _, owners), sequence in zip(
            durations, chains, symbols, strict=True
        )
    ]


def learned_from(learned: Sequence[bool] | None, count: int) -> list[int]:
    """Places of the recordings that are learned from, of so many.

    Raises:
        ValueError: If there is none.
    """
    own = list(range(count)) if learned is None else np.flatnonzero(learned).tolist()
    if not own:
        raise ValueError(
            f"Expected a recording or more to learn from. Received: {learned=}"
        )
    return own


def features(mels, speakers, own) -> list[np.ndarray]:
    """Cepstra without their speaker's mean, and slopes over five and three frames.

    The means are those of the speakers' recordings in the places `own`.
    """
    cepstra = [
        scipy.fft.dct(mel.astype("float64"), norm="ortho")[:, :_CEPSTRA] for mel in mels
    ]
    of_speaker: dict[int, list[np.ndarray]] = {}
    for place in own:
        of_speaker.setdefault(speakers[place], []).append(cepstra[place])
    means = {s: np.concatenate(found).mean(axis=0) for s, found in of_speaker.items()}
    usual = np.mean(list(means.values()), axis=0)
    found = []
    for speaker, x in zip(speakers, cepstra, strict=True):
        padded = np.pad(
            x - means.get(speaker, usual), ((_REACH, _REACH), (0, 0)), mode="edge"
        )
        wide = padded[2 * _REACH :] - padded[: -2 * _REACH]
        narrow = padded[_REACH + 1 :][: len(x)] - padded[_REACH - 1 :][: len(x)]
        here = padded[_REACH:-_REACH]
        found.append(np.concatenate([here, wide, narrow], axis=1))
    return found


def chain(symbols, number):
    """States of a recording, which of them are optional, and whose they are."""
    states, optional, owners = [0], [True], [-1]
    for place, symbol in enumerate(symbols):
        if symbol in PAUSES or symbol == SPACE:
            states.append(0)
            optional.append(True)
            owners.append(place)
            continue
        state = number.setdefault(unstressed(symbol), len(number))
        for part in range(PARTS):
            states.append(state * PARTS + part)
            optional.append(False)
            owners.append(place)
    if not symbols or symbols[-1] not in PAUSES:
        states.append(0)
        optional.append(True)
        owners.append(len(symbols))
    return np.asarray(states), np.asarray(optional), np.asarray(owners)


def _begin(mel, states, optional):
    """Silence where it is quiet at the ends, and equal durations between."""
    level = mel.mean(axis=1)
    low, high = np.quantile(level, [0.02, 0.9])
    loud = np.flatnonzero(level >= low + 0.3 * (high - low))
    first, last = loud[0], loud[-1] + 1
    count = int((~optional).sum())
    if len(mel) < count:
        raise ValueError(
            f"Expected a frame or more for each of {count} halves of phones. "
            f"Received: {len(mel)} frames"
        )
    if last - first < count:
        first, last = 0, len(mel)
    durations = np.zeros(len(states), "int64")
    edges = np.round(np.linspace(first, last, count + 1)).astype("int64")
    durations[~optional] = np.diff(edges)
    durations[0] += first
    durations[-1] += len(mel) - last
    return durations


def _gaussians(inputs, chains, durations, count) -> Callable:
    """Log-likelihoods of frames under the Gaussian of each state."""
    labels = np.concatenate(
        [
            np.repeat(states, found)
            for (states, _, _), found in zip(chains, durations, strict=True)
        ]
    )
    frames = np.concatenate(inputs)
    size = frames.shape[1]
    means, sums, numbers = np.zeros((count, size)), [], np.zeros(count)
    for state in range(count):
        mine = frames[labels == state]
        numbers[state] = len(mine)
        if len(mine):
            means[state] = mine.mean(axis=0)
        sums.append((mine - means[state]).T @ (mine - means[state]))
    pooled = np.sum(sums, axis=0) / len(frames)
    factors, constants = [], np.zeros(count)
    for state in range(count):
        covariance = (sums[state] + _SHRINKAGE * pooled) / (
            numbers[state] + _SHRINKAGE
        ) + 1e-6 * np.eye(size)
        factor = np.linalg.inv(np.linalg.cholesky(covariance))
        factors.append(factor)
        constants[state] = np.log(np.diag(factor)).sum()
    factors = np.stack(factors)
    shifts = np.einsum("sij,sj->si", factors, means)
    stacked = factors.reshape(count * size, size).T.astype("float32")

    def score(x):
        whitened = (x.astype("float32") @ stacked).reshape(len(x), count, size)
        distance = np.square(whitened - shifts.astype("float32")).sum(axis=-1)
        return constants - 0.5 * distance

    return score


def of_symbols(durations, owners, symbols) -> Segments:
    """From frames of states to those of symbols; no pause is shorter than anyone's."""
    found = np.zeros(len(symbols) + 2, "int64")
    np.add.at(found, owners + 1, durations)
    before, after = int(found[0]), int(found[-1])
    found = found[1:-1]
    for place, symbol in enumerate(symbols[:-1]):
        if symbol == SPACE and 0 < found[place] < _SHORTEST_PAUSE:
            found[place + 1] += found[place]
            found[place] = 0
    return before, found, after
