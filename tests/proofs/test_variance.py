"""Stratified inner samples: unbiased, and 16 do what takes 128 independent ones.

Proved, for one sample and several pairs of student and teacher: the gradients of
`DistillationKL` with respect to the student's log-scale and location average to those
of the divergence by quadrature; and with 16 strata their standard deviation is at most
a tenth above that of 128 independent draws, and mostly below it. Paper, section 3.1.

    python -m pytest tests/proofs -k variance -s

prints the table of standard deviations in Markdown, in units of the teacher's scale sT.
"""

import numpy as np
import pytest
from keras import ops

from keras_pwavenet.losses import DistillationKL

# Student's scale, its offset, the teacher's locations; in units of the teacher's scale.
CASES = {
    "s = sT": (1.0, 0.0, [0.0]),
    "s = 5 sT": (5.0, 0.0, [0.0]),
    "s = 20 sT": (20.0, 0.0, [0.0]),
    "s = sT, offset 3 sT": (1.0, 3.0, [0.0]),
    "two modes at ±10 sT, s = 5 sT": (5.0, 0.0, [-10.0, 10.0]),
}
QUANTITIES = ("d/dlog s", "d/dµ")
DRAWS = 4096


def exact(log_scale, loc, modes):
    """Gradient of the divergence by quadrature of the score, in float64."""
    width = 0.002
    z = np.arange(-40, 40, width)[:, None]
    law = 1 / (4 * np.cosh(z / 2) ** 2)
    x = loc + np.exp(log_scale) * z
    parts = 1 / (4 * np.cosh(np.minimum(np.abs(x - modes), 600) / 2) ** 2)
    slopes = -np.tanh((x - modes) / 2)
    score = (parts * slopes).sum(1, keepdims=True) / parts.sum(1, keepdims=True)
    along = np.concatenate([np.exp(log_scale) * z, np.ones_like(z)], axis=1)
    return -(law * score * along).sum(0) * width - [1, 0]


def gradients(gradient, case, inner_samples, draws=DRAWS):
    """Independent gradients `(draws, 2)` for log-scale and location."""
    scale, loc, modes = case
    modes = np.array(modes)
    teacher = np.concatenate([0 * modes, modes, 0 * modes]).astype("float32")
    teacher = ops.broadcast_to(ops.convert_to_tensor(teacher), (1, draws, len(teacher)))
    rng = np.random.default_rng(inner_samples)
    uniform = rng.uniform(1e-7, 1 - 1e-7, size=(1, draws, inner_samples))
    uniform = ops.convert_to_tensor(uniform, "float32")
    start = np.repeat([[np.log(scale)], [loc]], draws, axis=1)

    def loss(parts, teacher, uniform):
        student = {"log_scale": parts[:1], "loc": parts[1:], "uniform": uniform}
        return draws * DistillationKL(inner_samples)(teacher, student)

    found = gradient(loss, start.astype("float32"), teacher, uniform)
    return found.T.astype("float64")


def prove_variance(tiny, gradient, case):
    """The standard deviations: of 1, 16, 128 independent draws, of 8, 16 strata."""
    scale, loc, modes = case
    expected = exact(np.log(scale), loc, np.array(modes))
    one = gradients(gradient, case, 1, 128 * DRAWS)
    independent = {count: one.reshape(-1, count, 2).mean(1) for count in (1, 16, 128)}
    stratified = {count: gradients(gradient, case, count) for count in (8, 16)}
    for found in (*independent.values(), *stratified.values()):
        tiny.check(found, expected, precision=0.05 * max(abs(expected).max(), 1))
    deviations = [
        found.std(0) for found in (*independent.values(), *stratified.values())
    ]
    ratio = deviations[4] / deviations[2]
    assert np.all(ratio < 1.1), f"16 strata scatter {ratio} times as much as 128 draws"
    return expected, np.array(deviations)


def prove_scatter(tiny, clips=2**12):
    """What the distiller draws scatters as little, for clips of one sample."""
    distiller = tiny.make(1, hop=1, inner_samples=16)
    audio = tiny.audio_of(distiller, tiny.draw(clips, 1))
    one = tiny.teacher_log_prob(distiller, audio).std()
    ratio = tiny.distiller_loss(distiller, clips).std() / (one / np.sqrt(128))
    assert ratio < 1.1, f"16 strata scatter {ratio} times as much as 128 draws"


def test_variance_of_stratified_and_independent_inner_samples(tiny, gradient):
    head = ["case", "quantity", "true", *(f"{k} independent" for k in (1, 16, 128))]
    head += [f"{k} stratified" for k in (8, 16)]
    lines = [head, ["---"] * len(head)]
    for name, case in CASES.items():
        expected, deviations = prove_variance(tiny, gradient, case)
        for index, quantity in enumerate(QUANTITIES):
            row = [expected[index], *deviations[:, index]]
            lines.append(
                [name, quantity, *(f"{np.round(x, 6) + 0.0:.3g}" for x in row)]
            )
    print()
    for line in lines:
        print("|", " | ".join(line), "|")


def test_variance_of_the_distiller(tiny):
    prove_scatter(tiny)


def draw_independently(monkeypatch):
    def independent(self, loc, log_scale, uniform):
        noise = ops.log(uniform) - ops.log1p(-uniform)
        return loc[..., None] + ops.exp(log_scale)[..., None] * noise

    monkeypatch.setattr(DistillationKL, "inner_values", independent)


def test_variance_of_independent_draws_is_found_out(tiny, gradient, monkeypatch):
    draw_independently(monkeypatch)
    with pytest.raises(AssertionError, match="times as much as 128 draws"):
        prove_variance(tiny, gradient, CASES["s = sT"])
    with pytest.raises(AssertionError, match="times as much as 128 draws"):
        prove_scatter(tiny)


def test_variance_of_scoring_the_audio_itself_is_found_out(tiny, monkeypatch):
    """Reusing the noise of the very sample costs no bias, but the variance."""
    draw_independently(monkeypatch)
    tiny.reuse_noise(monkeypatch, lag=0)
    distiller = tiny.make(1, hop=2)
    expected = tiny.exact_kl(distiller)
    tiny.check(tiny.distiller_loss(distiller, 2**15), expected, 0.01 * expected)
    with pytest.raises(AssertionError, match="times as much as 128 draws"):
        prove_scatter(tiny)
