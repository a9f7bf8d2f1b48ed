"""Durations found anew, with what a trained model knows of each symbol's context."""

from collections.abc import Sequence

import numpy as np
import tqdm

from keras_pwavenet.data.monotonic import monotonic_alignment
from keras_pwavenet.data.segmentation import (
    PARTS,
    Segments,
    chain,
    features,
    learned_from,
    of_symbols,
)

_SHRINKAGE = 500.0  # frames' worth of the covariance of all parts
_RIDGE = 10.0  # against means that follow a single frame


def refine(
    mels: Sequence[np.ndarray],
    symbols: Sequence[Sequence[str]],
    encoded: Sequence[np.ndarray],
    segments: Sequence[Segments],
    speakers: Sequence[int] | None = None,
    learned: Sequence[bool] | None = None,
    iterations: int = 4,
    progress: bool = True,
) -> list[Segments]:
    """Finds how many frames each symbol holds, given what a model encodes it as.

    As `segment`, but the mean of each half of a phone is not the same everywhere: it
    is linear in what the encoder says of the symbol among its neighbours, and fitted
    by least squares to the alignment before.

    Args:
        mels: Log-mel features of each recording, (frames, bands).
        symbols: Symbols of each recording.
        encoded: What the model encodes them as, (symbols, channels).
        segments: What `segment` found.
        speakers: Each recording's speaker, whose mean cepstra are subtracted.
        learned: As for `segment`.
        iterations: How many turns.
        progress: Whether to show a progress bar, on a terminal.

    Returns:
        As `segment`.
    """
    own = learned_from(learned, len(mels))
    inputs = features(mels, speakers or [0] * len(mels), own)
    number = {"": 0}
    chains = [chain(sequence, number) for sequence in symbols]
    designs = [
        _design(states, owners, np.asarray(hidden, "float64"))
        for (states, _, owners), hidden in zip(chains, encoded, strict=True)
    ]
    durations = [
        _of_states(found, owners)
        for found, (_, _, owners) in zip(segments, chains, strict=True)
    ]
    for turn in tqdm.trange(
        iterations, unit="turn", disable=None if progress else True
    ):
        weights = _fit(*_those(own, designs, inputs, durations))
        means = [design @ weights for design in designs]
        factors = _whitening(
            *_those(own, means, inputs, durations, chains), len(number) * PARTS
        )
        for place in own if turn < iterations - 1 else range(len(mels)):
            states, optional, _ = chains[place]
            found = _scores(inputs[place], means[place], *factors, states)
            durations[place] = monotonic_alignment(found, optional)
    return [
        of_symbols(found, owners, sequence)
        for found, (_, _, owners), sequence in zip(
            durations, chains, symbols, strict=True
        )
    ]


def _those(places, *sequences):
    return [[sequence[place] for place in places] for sequence in sequences]


def _design(states, owners, hidden):
    """The encoded symbol in the columns of the state's part; silence has its own."""
    width = hidden.shape[1] + 1
    hidden = np.pad(hidden, ((0, 0), (0, 1)), constant_values=1.0)
    design = np.zeros((len(states), PARTS * width + 1))
    for row, state, owner in zip(design, states, owners, strict=True):
        if state == 0:
            row[-1] = 1.0
        else:
            part = state % PARTS
            row[part * width : (part + 1) * width] = hidden[owner]
    return design


def _of_states(segments, owners):
    """Frames of each state: those of a symbol shared by its parts."""
    before, frames, after = segments
    frames = [*frames, after]
    durations = np.zeros(len(owners), "int64")
    durations[0] = before
    for owner, count in enumerate(frames):
        places = np.flatnonzero(owners == owner)
        if len(places):
            durations[places] = (count + np.arange(len(places))) // len(places)
        else:
            durations[-1] += count
    return durations


def _fit(designs, inputs, durations):
    size = designs[0].shape[1]
    square, product = _RIDGE * np.eye(size), np.zeros((size, inputs[0].shape[1]))
    for design, x, frames in zip(designs, inputs, durations, strict=True):
        square += (design * frames[:, None]).T @ design
        ends = np.cumsum(frames)
        totals = np.cumsum(np.pad(x, ((1, 0), (0, 0))), axis=0)
        product += design.T @ (totals[ends] - totals[ends - frames])
    return np.linalg.solve(square, product)


def _whitening(means, inputs, durations, chains, count):
    """For each state what whitens its residuals, and the logarithm of its volume."""
    size = inputs[0].shape[1]
    sums, numbers = np.zeros((count, size, size)), np.zeros(count)
    for mean, x, frames, (states, _, _) in zip(
        means, inputs, durations, chains, strict=True
    ):
        residuals = x - np.repeat(mean, frames, axis=0)
        labels = np.repeat(states, frames)
        for state in np.unique(labels):
            mine = residuals[labels == state]
            sums[state] += mine.T @ mine
            numbers[state] += len(mine)
    pooled = sums.sum(axis=0) / numbers.sum() + 1e-6 * np.eye(size)
    shared = numbers[:, None, None] + _SHRINKAGE
    factors = np.linalg.inv(np.linalg.cholesky((sums + _SHRINKAGE * pooled) / shared))
    volumes = np.log(np.einsum("sii->si", factors)).sum(axis=1)
    return factors.astype("float32"), volumes


def _scores(x, mean, factors, volumes, states):
    own = factors[states]
    whitened = np.matmul(x.astype("float32"), own.transpose(0, 2, 1))
    centres = np.einsum("sij,sj->si", own, mean.astype("float32"))
    distance = np.square(whitened - centres[:, None]).sum(axis=-1)
    return (volumes[states][:, None] - 0.5 * distance).T
