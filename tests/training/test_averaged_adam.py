import keras
import numpy as np
import pytest

from keras_pwavenet.training import optimizer


def model(**options):
    layer = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    model = keras.Sequential([keras.Input((3,)), layer])
    options = {"halve_every": 4, "ema": 0.8, **options}
    model.compile(optimizer(0.1, **options), "mse")
    return model


def data():
    random = np.random.default_rng(0)
    return random.normal(size=(4, 3)), random.normal(size=(4, 1))


@pytest.mark.parametrize("steps", [1, 2, 60])
def test_the_average_forgets_the_start_and_reaches_its_momentum(steps):
    trained, (x, y) = model(), data()
    expected = np.full((3, 1), 1e9)  # forgotten at the first step
    for step in range(steps):
        trained.train_on_batch(x, y)
        momentum = min(0.8, step / (step + 9))
        expected = momentum * expected + (1 - momentum) * trained.get_weights()[0]
    trained.optimizer.finalize_variable_values(trained.trainable_variables)
    np.testing.assert_allclose(trained.get_weights()[0], expected, rtol=1e-5)


def test_accumulated_steps_are_one_of_the_whole_batch_and_averaged_once():
    once, often = model(halve_every=10**9), model(halve_every=10**9, accumulate=2)
    x, y = data()
    for _ in range(3):
        before = often.get_weights()[0]
        often.train_on_batch(x[:2], y[:2])
        np.testing.assert_array_equal(often.get_weights()[0], before)
        often.train_on_batch(x[2:], y[2:])
        once.train_on_batch(x, y)
        np.testing.assert_allclose(*(m.get_weights()[0] for m in (often, once)), 1e-5)
    for each in (often, once):
        each.optimizer.finalize_variable_values(each.trainable_variables)
    average, expected = often.get_weights()[0], once.get_weights()[0]
    np.testing.assert_allclose(average, expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("learning_rate", -1.0),
        ("learning_rate", float("nan")),
        ("halve_every", 0),
        ("ema", 1.0),
        ("clip", 0.0),
        ("accumulate", 0),
        ("betas", (0.9, 1.0)),
    ],
)
def test_refuses_numbers_out_of_range(name, value):
    with pytest.raises(ValueError, match=f"Expected `{name}`.*Received: {name}="):
        optimizer(**{name: value})


def test_the_learning_rate_halves():
    trained, (x, y) = model(), data()
    rates = []
    for _ in range(8):
        rates.append(float(keras.ops.convert_to_numpy(trained.optimizer.learning_rate)))
        trained.train_on_batch(x, y)
    assert rates[4] == pytest.approx(rates[0] / 2)


def test_serialises():
    first = optimizer(ema=0.9)
    config = keras.optimizers.serialize(first)
    second = keras.optimizers.deserialize(config)
    assert type(second) is type(first)
    assert second.get_config() == first.get_config()
