import keras
import numpy as np
import pytest
from keras import ops

from keras_pwavenet import Distiller
from keras_pwavenet.logistic import sample_open_uniform
from keras_pwavenet.losses import (
    AdversarialLoss,
    BlockToneLoss,
    DistillationKL,
    MultiResolutionSTFTLoss,
    PerceptualLoss,
    PowerLoss,
)
from keras_pwavenet.models import WaveNet

TERMS = {
    "kl": 1.0,
    "contrastive": 0.3,
    "power": 0.5,
    "stft": 2.0,
    "tone": 3.0,
    "perceptual": 0.7,
}


# On TensorFlow, tracing takes longer than a few steps that are run eagerly.
EAGER = keras.backend.backend() == "tensorflow"


def make(small, terms=TERMS, seed=1, optimizer=None, shared=None, eager=EAGER):
    """A compiled distiller; terms are weights by name, or losses themselves."""
    models = small.teacher(**(shared or {})), small.student(**(shared or {}))
    losses, weights = list(terms), None
    if isinstance(terms, dict):
        weights = list(terms.values())
        losses = [
            PerceptualLoss(small.classifier()) if name == "perceptual" else name
            for name in terms
        ]
    distiller = Distiller(*models, losses, weights, seed)
    # XLA takes TensorFlow long to compile.
    jit = "auto" if keras.backend.backend() == "jax" else False
    optimizer = optimizer or keras.optimizers.Adam(1e-2)
    distiller.compile(optimizer, jit_compile=jit, run_eagerly=eager)
    return distiller


def data(small, **options):
    inputs = small.inputs("audio", batch=4, **options)
    return inputs, inputs["audio"]


def fit(distiller, inputs, audio, epochs=2):
    return distiller.fit(
        inputs, audio, batch_size=2, epochs=epochs, shuffle=False, verbose=0
    ).history


def test_fit_reports_every_term_and_leaves_the_teacher_alone(small):
    """In a graph; run eagerly on TensorFlow, it reports the same again."""
    distiller = make(small, eager=False)
    teacher = [w.copy() for w in distiller.teacher.get_weights()]
    student = [w.copy() for w in distiller.student.get_weights()]
    (held,) = distiller.held
    classifier = [w.copy() for w in held.get_weights()]
    history = fit(distiller, *data(small))
    for before, after in zip(teacher, distiller.teacher.get_weights(), strict=True):
        np.testing.assert_array_equal(after, before)
    for before, after in zip(classifier, held.get_weights(), strict=True):
        np.testing.assert_array_equal(after, before)
    for before, after in zip(student, distiller.student.get_weights(), strict=True):
        assert np.abs(after - before).max() > 0
    names = {"loss", *TERMS, "entropy", "level_db", "gradient_norm", "skipped_steps"}
    assert set(history) == names
    assert all(np.isfinite(values).all() for values in history.values())
    expected = sum(weight * np.array(history[name]) for name, weight in TERMS.items())
    np.testing.assert_allclose(history["loss"], expected, rtol=1e-4)

    again = fit(make(small), *data(small))
    for name in names:
        np.testing.assert_allclose(again[name], history[name], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("term", ["kl", "perceptual"])
def test_learns(small, term):
    inputs, audio = data(small, frames=60)
    history = fit(make(small, {term: 1.0}, seed=2), inputs, 3 * audio, epochs=4)
    assert history["loss"][-1] < 0.95 * history["loss"][0]


def test_evaluate_reports_terms_of_the_audio_it_drew(small):
    inputs, audio = data(small, speakers=3)
    shared = {"num_speakers": 3}
    found = make(small, shared=shared).evaluate(
        inputs, audio, batch_size=4, verbose=0, return_dict=True
    )
    again = make(small, shared=shared)
    outputs = again(inputs)  # the same seed, hence the same noise
    drawn = ops.convert_to_numpy(outputs["audio"])
    level = 10 * np.log10((drawn**2).mean() / (audio**2).mean())
    assert found["level_db"] == pytest.approx(level, abs=1e-3)
    entropy = ops.convert_to_numpy(outputs["log_scale"]).mean() + 2
    assert found["entropy"] == pytest.approx(entropy, abs=1e-4)
    for name, loss in {
        "power": PowerLoss(),
        "stft": MultiResolutionSTFTLoss(),
        "tone": BlockToneLoss(2),
        "perceptual": PerceptualLoss(again.held[0]),
    }.items():
        assert found[name] == pytest.approx(float(loss(audio, drawn)), rel=1e-3)
    inner = {
        "loc": outputs["loc"],
        "log_scale": outputs["log_scale"],
        "uniform": sample_open_uniform((*audio.shape, 8), again.seed_generator),
    }
    own = {name: inputs[name] for name in ("conditioning", "speaker")}
    other = {name: np.concatenate([v[-1:], v[:-1]]) for name, v in own.items()}
    for name, sign, told in (("kl", 1, own), ("contrastive", -1, other)):
        teacher = again.teacher({**told, "audio": drawn})
        expected = sign * float(DistillationKL(8)(teacher, inner))
        assert found[name] == pytest.approx(expected, rel=1e-3)
    expected = sum(weight * found[name] for name, weight in TERMS.items())
    assert found["loss"] == pytest.approx(expected, rel=1e-4)
    assert not {"gradient_norm", "skipped_steps"} & set(found)


def test_kl_is_zero_for_a_student_equal_to_its_teacher(small):
    """Zero weights: a student that is one logistic, and a teacher with its scale."""
    teacher = small.teacher(scale=0.0, mixtures=1)
    student = small.student(scale=0.0)
    inputs = small.inputs("noise", frames=1)
    log_scale = small.run(student, inputs)["log_scale"][0, 0]
    weights = teacher.get_weights()
    weights[-1] = np.array([0, 0, -9 + np.log(np.expm1(log_scale + 9))])
    teacher.set_weights(weights)
    found = small.run(teacher, small.inputs("audio", frames=1))[0, 0]
    np.testing.assert_allclose(found, [0, 0, log_scale], atol=1e-5)

    distiller = Distiller(teacher, student, ["kl"], seed=0)
    distiller.compile()
    inputs = small.inputs("audio", frames=400)
    found = distiller.evaluate(inputs, inputs["audio"], verbose=0, return_dict=True)
    # 6 400 samples, each with a standard deviation of 0.2 or so
    assert abs(found["kl"]) < 0.01
    assert found["entropy"] == pytest.approx(log_scale + 2, abs=1e-4)


def test_gradient_flows_through_the_teacher_to_the_audio(small, gradient, monkeypatch):
    distiller = make(small, ["kl"], shared={"scale": 0.8})
    inputs = small.inputs("noise", batch=1, frames=2)
    outputs = small.run(distiller.student, inputs)
    state = ops.convert_to_numpy(distiller.seed_generator.state.value)

    def loss(audio):
        distiller.seed_generator.state.assign(state)
        fixed = {name: ops.convert_to_tensor(outputs[name]) for name in outputs}
        y_pred = {**fixed, "audio": audio}
        # torch wants to see the audio used, also where its gradient is stopped
        return distiller.compute_loss(inputs, audio, y_pred) + 0.0 * ops.sum(audio)

    slope = gradient(loss, outputs["audio"])
    assert np.abs(slope).max() > 1e-3
    np.testing.assert_array_equal(slope[:, -1], 0)  # nothing comes after it
    step = 1e-2 * slope / np.abs(slope).max()
    up, down = (
        float(loss(ops.convert_to_tensor(outputs["audio"] + sign * step)))
        for sign in (1, -1)
    )
    assert (up - down) / 2 == pytest.approx((slope * step).sum(), rel=0.05)

    call = WaveNet.call

    def stopped(model, inputs, *arguments, **options):
        inputs = {name: ops.stop_gradient(value) for name, value in inputs.items()}
        return call(model, inputs, *arguments, **options)

    monkeypatch.setattr(WaveNet, "call", stopped)
    np.testing.assert_array_equal(gradient(loss, outputs["audio"]), 0)


def test_only_the_student_trains(small):
    distiller = make(small)
    assert {id(w) for w in distiller.trainable_variables} == {
        id(w) for w in distiller.student.trainable_variables
    }


def test_gradient_norm_is_that_before_clipping(small):
    """A step of plain descent moves the weights by the clipped gradient."""
    optimizer = keras.optimizers.SGD(1.0, global_clipnorm=1e-3)
    distiller = make(small, ["kl"], optimizer=optimizer)
    before = distiller.student.get_weights()
    inputs, audio = data(small)
    found = distiller.train_on_batch(inputs, audio, return_dict=True)
    pairs = zip(before, distiller.student.get_weights(), strict=True)
    moved = np.sqrt(sum(np.square(b - a).sum() for b, a in pairs))
    assert moved == pytest.approx(1e-3, rel=0.05)
    assert found["gradient_norm"] > 1e-2


@pytest.mark.parametrize(
    ("terms", "passes"),
    [
        ({"stft"}, []),
        ({"kl"}, ["teacher"]),
        ({"contrastive"}, ["teacher"]),
        ({"kl", "contrastive"}, ["teacher", "teacher"]),
        ({"perceptual"}, ["classifier", "classifier"]),
    ],
)
def test_losses_without_weight_are_not_computed(small, monkeypatch, terms, passes):
    seen = []

    def spy(name, method):
        def spied(*arguments, **options):
            seen.append(name)
            return method(*arguments, **options)

        return spied

    distiller = make(small, {name: float(name in terms) for name in TERMS})
    monkeypatch.setattr(WaveNet, "call", spy("teacher", WaveNet.call))
    (classifier,) = distiller.held
    monkeypatch.setattr(classifier, "features", spy("classifier", classifier.features))
    inputs, audio = data(small)
    outputs = distiller(inputs)
    distiller.compute_loss(inputs, ops.convert_to_tensor(audio), outputs)
    assert seen == passes
    names = {metric.name for metric in distiller.metrics}
    assert names == {"loss", *terms, "entropy", "level_db"} | {
        "gradient_norm",
        "skipped_steps",
    }


def test_speakers_and_mixed_precision(small):
    shared = {"num_speakers": 2, "dtype": "mixed_bfloat16"}
    distiller = make(small, ["kl"], shared=shared)
    history = fit(distiller, *data(small, speakers=2), epochs=1)
    assert all(np.isfinite(values).all() for values in history.values())


def test_saves_and_loads_the_whole_model(small, tmp_path):
    distiller = make(small)
    distiller.save(tmp_path / "distiller.keras")
    copy = keras.saving.load_model(tmp_path / "distiller.keras")
    assert copy.get_config() == distiller.get_config()
    pairs = zip(distiller.get_weights(), copy.get_weights(), strict=True)
    for expected, found in pairs:
        np.testing.assert_array_equal(found, expected)
    assert [weight for _, weight in copy.terms] == list(TERMS.values())
    assert not any(model.trainable for model in (*copy.held, copy.teacher))
    assert copy.terms[-1][0].classifier is copy.held[0]


def test_by_default_kl_and_stft(small):
    distiller = Distiller(small.teacher(), small.student())
    found = [(type(loss), weight) for loss, weight in distiller.terms]
    assert found == [(DistillationKL, 1.0), (MultiResolutionSTFTLoss, 10.0)]


def test_tones_are_those_of_the_students_blocks(small):
    distiller = Distiller(small.teacher(), small.student(block_size=4), ["tone"])
    assert distiller.terms[0][0].block_size == 4


def adversarial(small, **weights):
    loss = AdversarialLoss(((64, 16, 64), (32, 16, 32)), channels=2)
    losses = ["stft", loss]
    models = small.teacher(), small.student()
    distiller = Distiller(*models, losses, [weights["stft"], weights["adversarial"]], 1)
    optimizer = keras.optimizers.Adam(1e-2)
    distiller.compile(optimizer, jit_compile=False, run_eagerly=EAGER)
    return distiller, loss.critics


def test_critics_learn_beside_the_student_and_are_saved(small, tmp_path):
    distiller, critics = adversarial(small, stft=1.0, adversarial=1.0)
    before = [weight for critic in critics for weight in critic.get_weights()]
    student = distiller.student.get_weights()
    fit(distiller, *data(small, frames=16))
    after = [weight for critic in critics for weight in critic.get_weights()]
    assert all((a != b).any() for a, b in zip(before, after, strict=True))
    pairs = zip(student, distiller.student.get_weights(), strict=True)
    assert all((a != b).any() for a, b in pairs)
    distiller.save(tmp_path / "distiller.keras")
    loaded = keras.saving.load_model(tmp_path / "distiller.keras")
    found = [weight for critic in loaded.held for weight in critic.get_weights()]
    for one, other in zip(found, after, strict=True):
        np.testing.assert_array_equal(one, other)


def test_critics_of_a_loss_without_weight_are_not_trained(small):
    distiller, critics = adversarial(small, stft=1.0, adversarial=0.0)
    assert not any(critic.trainable_variables for critic in critics)
    history = fit(distiller, *data(small, frames=16), epochs=1)
    assert "adversarial" not in history
