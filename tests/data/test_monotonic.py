import itertools

import numpy as np
import pytest

from keras_pwavenet.data.monotonic import monotonic_alignment


def brute_force(scores, optional):
    """Best sum of scores over all durations that there are."""
    frames, tokens = scores.shape
    best = -np.inf
    for durations in itertools.product(range(frames + 1), repeat=tokens):
        fits = all(d or o for d, o in zip(durations, optional, strict=True))
        if sum(durations) == frames and fits:
            path = np.repeat(np.arange(tokens), durations)
            best = max(best, scores[np.arange(frames), path].sum())
    return best


@pytest.mark.parametrize("seed", range(40))
def test_is_the_best_of_all_ways(seed):
    random = np.random.default_rng(seed)
    frames, tokens = random.integers(1, 7), random.integers(1, 5)
    optional = random.random(tokens) < 0.4
    if frames < (~optional).sum():
        frames = int((~optional).sum())
    scores = random.normal(size=(frames, tokens))
    durations = monotonic_alignment(scores, optional)
    assert durations.sum() == frames
    assert np.all((durations > 0) | optional)
    path = np.repeat(np.arange(tokens), durations)
    found = scores[np.arange(frames), path].sum()
    assert found == pytest.approx(brute_force(scores, optional))


def test_finds_the_durations_that_frames_were_made_with():
    random = np.random.default_rng(0)
    means = random.normal(size=(30, 8))
    wanted = random.integers(1, 12, size=30)
    wanted[[0, 7, 29]] = 0
    frames = np.repeat(means, wanted, axis=0)
    frames = frames + 0.1 * random.normal(size=frames.shape)
    scores = -np.square(frames[:, None] - means).sum(axis=-1)
    np.testing.assert_array_equal(monotonic_alignment(scores, wanted == 0), wanted)


def test_impossible_scores_are_avoided():
    scores = np.array([[0.0, 0.0], [-np.inf, 0.0], [-np.inf, -5.0]])
    np.testing.assert_array_equal(monotonic_alignment(scores), [1, 2])


@pytest.mark.parametrize(
    "scores, optional",
    [
        (np.zeros(3), None),
        (np.zeros((0, 2)), None),
        (np.zeros((2, 3)), None),
        (np.full((3, 2), np.nan), None),
        (np.zeros((3, 2)), np.zeros(3, bool)),
        (np.zeros((3, 2)), np.zeros(2)),
    ],
)
def test_refuses(scores, optional):
    with pytest.raises(ValueError, match="Received"):
        monotonic_alignment(scores, optional)
