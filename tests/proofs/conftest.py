"""Tiny models, and their densities by definition rather than by formula.

The reference asks the models for audio and mixtures only. It finds the law of each
sample by trying noise: everything from that sample on is masked, so that what depends
on more than the past shows. Densities are float64 numpy. It uses nothing of
`keras_pwavenet.logistic`, the losses, or the student's `loc` and `log_scale`.

Every proof is a function. One test calls it as things are; others first plant a mistake
in the package and expect the proof to fail.
"""

import functools
import importlib
import types

import keras
import numpy as np
import pytest
from keras import ops

from keras_pwavenet import Distiller, logistic
from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.backend.inference import for_inference
from keras_pwavenet.losses import ContrastiveLoss, DistillationKL
from keras_pwavenet.models import ParallelWaveNet, PitchPredictor, WaveNet

ROWS = 2048  # clips at once on JAX, which compiles anew for each number
SHARED = {
    "conditioning_channels": 2,
    "residual_channels": 3,
    "kernel_size": 2,
    "upsample_channels": 2,
    "upsample_factors": (1,),
}


def make(block_size, hop=None, frames=1, kind="plain", **options):
    """A distiller and the conditioning of one clip; all weights are random.

    The student has two flows, of one layer and of two; the teacher two layers and two
    logistics. A clip has at least two blocks, unless `hop` says otherwise.

    Of the kind "filter", the student's last flow is a synthesis filter, and the teacher
    works around the same linear predictor and sees the residual one period ago. With
    "source", the student hears a harmonic source, too.
    """
    hop = hop or max(4, 2 * block_size)
    signal = {}
    if kind != "plain":
        mel = LogMelSpectrogram(
            1000, 16, hop, 16, n_mels=2, floor=1e-2, offset=0.0, scale=1.0
        )
        signal = {"preprocessor": mel, "predictor_order": 2}
    student = ParallelWaveNet(
        **SHARED,
        **signal,
        pitch_predictor=hears_pitch() if kind == "source" else None,
        hop_length=hop,
        flow_layers=(1, 2),
        layers_per_cycle=1,
        block_size=block_size,
        initial_scale=0.4,
    )
    teacher = WaveNet(
        **SHARED,
        **signal,
        pitch_predictor=hears_pitch() if signal else None,
        hop_length=hop,
        num_layers=2,
        num_cycles=1,
        skip_channels=3,
        mixtures=2,
    )
    randomize(student, 0.6 / block_size**0.4, seed=1)
    randomize(teacher, 1.5, seed=51)
    rng = np.random.default_rng(3)
    return distil(teacher, student, rng.normal(size=(1, frames, 2)), **options)


def hears_pitch():
    """A predictor whose periods lie within a clip of eight samples."""
    return PitchPredictor(2, channels=3, bins=9, lowest=150.0, highest=250.0)


def randomize(model, scale, seed):
    rng = np.random.default_rng(seed)
    model.set_weights([scale * rng.normal(size=w.shape) for w in model.weights])


def distil(teacher, student, conditioning, inner_samples=8, contrastive=0.0, seed=1):
    """A distiller by the KL that knows its conditioning and number of samples."""
    losses = [DistillationKL(inner_samples), ContrastiveLoss(inner_samples)]
    distiller = Distiller(teacher, student, losses, [1.0, contrastive], seed)
    distiller.conditioning = conditioning.astype("float32")
    distiller.samples = conditioning.shape[1] * student.hop_length
    return distiller


def call(model, **inputs):
    """Runs a model on as many clips as the inputs have; numpy in and out."""
    clips = max(len(value) for value in inputs.values())
    at_once = ROWS if keras.backend.backend() == "jax" else clips
    inputs = {
        name: np.broadcast_to(value, (clips, *value.shape[1:])).astype("float32")
        for name, value in inputs.items()
    }
    function, found = without_gradient(compiled(model)), []
    for first in range(0, clips, at_once):
        parts = {k: value[first : first + at_once] for k, value in inputs.items()}
        # Where rows are missing, they are repeated.
        parts = {k: np.resize(x, (at_once, *x.shape[1:])) for k, x in parts.items()}
        outputs = function(keras.tree.map_structure(ops.convert_to_tensor, parts))
        found.append(keras.tree.map_structure(ops.convert_to_numpy, outputs))
    return keras.tree.map_structure(lambda *x: np.concatenate(x)[:clips], *found)


def compiled(model):
    """The model; on JAX its function, compiled once for each shape of the inputs."""
    if keras.backend.backend() != "jax":
        return model
    if not hasattr(model, "compiled_for_proofs"):
        model.compiled_for_proofs = for_inference(model, model)
    return model.compiled_for_proofs


def without_gradient(function):
    """The function; on torch without the graph, which takes memory."""
    if keras.backend.backend() != "torch":
        return function
    import torch

    return torch.no_grad()(function)


def outputs_of(distiller, noise):
    return call(distiller.student, noise=noise, conditioning=distiller.conditioning)


def audio_of(distiller, noise):
    return outputs_of(distiller, noise)["audio"].astype("float64")


def past(sequence, t):
    return np.where(np.arange(sequence.shape[1]) < t, sequence, 0.0)


def rows(sequence, t):
    """What differs in the past of sample t: all rows look alike to the first sample."""
    return sequence if t else sequence[:1]


def law(distiller, noise, t):
    """Location and scale of sample t given the noise before it: two trials of z_t."""
    tried = past(noise, t)
    at_zero = audio_of(distiller, tried)[:, t]
    tried[:, t] = 1.0
    scale = audio_of(distiller, tried)[:, t] - at_zero
    assert (scale > 0).all(), "audio falls where its noise rises: no such density"
    return at_zero, scale


def logistic_log_prob(x, loc, scale):
    z = np.abs(x - loc) / scale
    return -z - 2 * np.log1p(np.exp(-z)) - np.log(scale)


def student_log_prob(distiller, noise):
    """log p_S of the audio made of each row of noise, in nats, by the chain rule."""
    audio = audio_of(distiller, noise)
    laws = [law(distiller, rows(noise, t), t) for t in range(noise.shape[1])]
    return sum(
        logistic_log_prob(audio[:, t], loc, scale)
        for t, (loc, scale) in enumerate(laws)
    )


def teacher_log_prob(distiller, audio, conditioning=None):
    """log p_T of each row of audio, in nats, by the chain rule."""
    if conditioning is None:
        conditioning = distiller.conditioning
    total = 0.0
    for t in range(audio.shape[1]):
        inputs = {"audio": past(rows(audio, t), t), "conditioning": conditioning}
        mixture = call(distiller.teacher, **inputs)[:, t]
        logits, loc, log_scale = np.split(mixture.astype("float64"), 3, axis=-1)
        parts = logistic_log_prob(audio[:, t, None], loc, np.exp(log_scale))
        weights = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
        total = total + np.logaddexp.reduce(weights + parts, axis=-1)
    return total


def log_ratio(distiller, noise, told=None):
    """log p_S - log p_T of the audio made of each row of noise, nats per sample.

    `told` is the teacher's conditioning, where it is not the student's.
    """
    teacher = teacher_log_prob(distiller, audio_of(distiller, noise), told)
    return (student_log_prob(distiller, noise) - teacher) / noise.shape[1]


def draw(clips, samples, seed=0):
    """Logistic noise `(clips, samples)`, float32 numbers as the models see them."""
    return np.random.default_rng(seed).logistic(size=(clips, samples)).astype("float32")


def grid(samples, width=0.1, reach=19.0):
    """Nodes and weights of an integral over logistic noise, by the trapezoidal rule.

    It converges exponentially for the last sample, which only moves densities. The
    others go through rectifiers, whose kinks need a finer grid of the given width.
    """
    widths = [width] * (samples - 1) + [0.5]
    lines = [np.arange(-reach, reach + width / 2, width) for width in widths]
    weights = [
        width / (4 * np.cosh(line / 2) ** 2)
        for width, line in zip(widths, lines, strict=True)
    ]
    nodes = np.stack(np.meshgrid(*lines, indexing="ij"), axis=-1)
    weights = np.prod(np.meshgrid(*weights, indexing="ij"), axis=0)
    assert abs(weights.sum() - 1) < 1e-7
    return nodes.reshape(-1, samples).astype("float32"), weights.reshape(-1)


def exact_kl(distiller, told=None, width=0.1):
    """The divergence by quadrature, nats per sample; for one or two samples."""
    nodes, weights = grid(distiller.samples, width)
    return float(weights @ log_ratio(distiller, nodes, told))


def distiller_loss(run, distiller, clips):
    """What the distiller computes, for each of many clips: its own noise, its loss.

    Once for each distiller: compiled on JAX, it leaves the seeds as they were.
    """
    copies = clips // len(distiller.conditioning)
    inputs = {
        "audio": ops.zeros((clips, distiller.samples)),
        "conditioning": ops.tile(distiller.conditioning, (copies, 1, 1)),
    }
    for term, _ in distiller.terms:
        term.reduction = None

    def losses(inputs):
        return distiller.compute_loss(inputs, inputs["audio"], distiller(inputs))

    return run(without_gradient(losses), inputs).astype("float64")


def check(found, expected, precision, error_of_expected=0.0):
    """Asserts that draws of an estimate average to what is expected.

    Args:
        found: independent draws along the first axis.
        expected: their expectation.
        precision: largest standard error that proves anything.
        error_of_expected: standard error of `expected`.
    """
    error = np.hypot(found.std(axis=0) / np.sqrt(len(found)), error_of_expected)
    assert np.all(error < precision), f"too few draws: standard error {error}"
    away = np.abs(found.mean(axis=0) - expected) / error
    assert np.all(away < 3), (
        f"{found.mean(axis=0)} is {away} standard errors from {expected}"
    )


def unshift(monkeypatch, module):
    """Plants a mistake: the module pads behind, so that the present counts as past."""

    def pad(x, widths):
        return ops.pad(x, [pair[::-1] for pair in widths])

    def put_behind(values, steps, past=None):
        return ops.pad(values, [[0, 0], [0, steps], [0, 0]])

    module = importlib.import_module(f"keras_pwavenet.{module}")
    if hasattr(module, "put_before"):
        monkeypatch.setattr(module, "put_before", put_behind)
    else:
        changed = types.SimpleNamespace(**{**vars(ops), "pad": pad})
        monkeypatch.setattr(module, "ops", changed)


def reuse_noise(monkeypatch, lag):
    """Plants a mistake: the inner samples repeat the audio's noise `lag` before."""
    drawn = []

    def keep(shape, seed):
        drawn[:] = [logistic.sample_logistic(shape, seed)]
        return drawn[0]

    def repeat(shape, seed):
        noise = ops.sigmoid(ops.roll(drawn[0], lag, axis=1))
        return ops.broadcast_to(noise[..., None], shape)

    module = "keras_pwavenet.distillation.distiller"
    monkeypatch.setattr(f"{module}.sample_logistic", keep)
    monkeypatch.setattr(f"{module}.sample_open_uniform", repeat)


@pytest.fixture(scope="session")
def tiny(run):
    """Makers and references."""
    return types.SimpleNamespace(
        make=make,
        distil=distil,
        call=call,
        audio_of=audio_of,
        law=law,
        outputs_of=outputs_of,
        logistic_log_prob=logistic_log_prob,
        student_log_prob=student_log_prob,
        teacher_log_prob=teacher_log_prob,
        log_ratio=log_ratio,
        draw=draw,
        grid=grid,
        exact_kl=exact_kl,
        distiller_loss=functools.partial(distiller_loss, run),
        check=check,
        unshift=unshift,
        reuse_noise=reuse_noise,
    )
