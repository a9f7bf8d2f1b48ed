"""Monotonic alignment search: which frames belong to which token of a sequence."""

import numba
import numpy as np


def monotonic_alignment(
    scores: np.ndarray, optional: np.ndarray | None = None
) -> np.ndarray:
    """Finds the best way through all tokens, in order, from first to last frame.

    Every token holds one frame or more, but for optional ones, which may hold none.

    Args:
        scores: How well each frame fits each token, such as log-likelihoods,
            (frames, tokens).
        optional: Which tokens may be left out, bool (tokens,); none by default.

    Returns:
        Frames of each token, int64 (tokens,). Their sum is `frames`, and the sum of the
        scores on the way is the largest there is.

    Raises:
        ValueError: If the shapes do not fit, scores are NaN, or there are fewer frames
            than tokens that must hold one.

    Reference:
        Glow-TTS (Kim et al., 2020), section 3.2, for the search.
    """
    scores = np.asarray(scores, "float64")
    if scores.ndim != 2 or 0 in scores.shape or np.isnan(scores).any():
        raise ValueError(
            "Expected `scores` of shape (frames, tokens) without NaN. "
            f"Received: scores.shape={scores.shape}"
        )
    frames, tokens = scores.shape
    optional = np.zeros(tokens, bool) if optional is None else np.asarray(optional)
    if optional.shape != (tokens,) or optional.dtype != bool:
        raise ValueError(
            f"Expected `optional` to be {tokens} bools. Received: "
            f"optional.shape={optional.shape}, optional.dtype={optional.dtype}"
        )
    needed = max(1, int(np.sum(~optional)))
    if frames < needed:
        raise ValueError(
            f"Expected a frame or more for each of {needed} tokens. "
            f"Received: frames={frames}"
        )
    return _search(scores, optional)


@numba.njit
def _search(scores, optional):
    frames, tokens = scores.shape
    came_from = np.zeros((frames, tokens), np.int32)  # the token of the frame before
    best = np.full(tokens, -np.inf)
    for token in range(tokens):
        best[token] = scores[0, token]
        if not optional[token]:
            break
    for frame in range(1, frames):
        done, last = -np.inf, -1  # the best that is through with all tokens before
        for token in range(tokens):
            stay = best[token]
            came_from[frame, token] = token if stay >= done else last
            best[token] = max(stay, done) + scores[frame, token]
            if not optional[token] or stay >= done:
                done, last = stay, token
    end = tokens - 1
    for token in range(tokens - 1, -1, -1):
        if best[token] > best[end]:
            end = token
        if not optional[token]:
            break
    durations = np.zeros(tokens, np.int64)
    for frame in range(frames - 1, -1, -1):
        durations[end] += 1
        end = came_from[frame, end]
    return durations
