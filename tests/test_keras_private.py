"""What is used of Keras although it is private: all of it, and that it is still there.

Where a new Keras fails here, look at the reason, and whether there is a public way now.
"""

import importlib
import inspect
import pkgutil

import keras
import numpy as np
import pytest

import keras_pwavenet
from keras_pwavenet.training.averaged_adam import AveragedAdam

# Methods that are overridden: their parameters, and why.
OVERRIDDEN = {
    ("AveragedAdam", "_update_model_variables_moving_average"): (
        ["trainable_variables"],
        "the averages' momentum grows; Keras takes a constant alone",
    ),
    ("AveragedAdam", "_clip_gradients"): (
        ["grads"],
        "gradients are summed over TensorFlow's replicas before they are clipped",
    ),
}
if keras.backend.backend() == "tensorflow":
    OVERRIDDEN["AveragedAdam", "_all_reduce_sum_gradients"] = (
        ["grads_and_vars"],
        "they are summed already",
    )
# Attributes that are read: the owner, and why.
READ = {
    "_model_variables_moving_average": (
        lambda: built(keras.optimizers.Adam(use_ema=True)),
        "the averages",
    ),
    "_symbolic_build": (keras.Model, "makes metrics that a checkpoint has numbers of"),
    "_iterations": (keras.optimizers.Adam, "steps, also those that accumulate"),
    "_model": (keras.callbacks.Callback, "`model` would make JAX write its state back"),
}


def built(optimizer):
    optimizer.build([keras.Variable(np.ones(2, "float32"))])
    return optimizer


def own_classes():
    """Every class of the package that has one of Keras among its bases."""
    for found in pkgutil.walk_packages(keras_pwavenet.__path__, "keras_pwavenet."):
        if found.name.endswith("__main__"):
            continue
        module = importlib.import_module(found.name)
        for value in vars(module).values():
            if isinstance(value, type) and value.__module__ == found.name:
                bases = [b for b in value.__mro__ if b.__module__.startswith("keras.")]
                if bases:
                    yield value, bases


def test_no_other_private_method_is_overridden():
    overridden = {
        (own.__name__, name)
        for own, bases in own_classes()
        for name in vars(own)
        if name.startswith("_")
        and not name.startswith(("__", "_abc_", "_tf_"))
        and any(name in vars(base) for base in bases)
    }
    assert overridden == set(OVERRIDDEN)


@pytest.mark.parametrize(("owner", "name"), OVERRIDDEN)
def test_keras_still_has_the_method(owner, name):
    wanted, reason = OVERRIDDEN[owner, name]
    method = getattr(keras.optimizers.Optimizer, name, None)
    here = f"{owner}.{name} in Keras {keras.__version__} ({reason})"
    assert method is not None, f"{here} is gone"
    found = list(inspect.signature(method).parameters)[1:]
    assert found == wanted, f"{here} has other parameters"


@pytest.mark.parametrize("name", READ)
def test_keras_still_has_the_attribute(name):
    make, reason = READ[name]
    assert hasattr(make(), name), f"Keras {keras.__version__}: {name} is gone: {reason}"


def test_keras_still_calls_the_methods():
    called = []

    class Watched(AveragedAdam):
        def _clip_gradients(self, gradients):
            called.append("_clip_gradients")
            return super()._clip_gradients(gradients)

        def _update_model_variables_moving_average(self, trainable_variables):
            called.append("_update_model_variables_moving_average")
            super()._update_model_variables_moving_average(trainable_variables)

    variable = keras.Variable(np.ones(2, "float32"))
    optimizer = Watched(clipnorm=1.0)
    optimizer.apply([keras.ops.ones(2)], [variable])
    assert called == ["_clip_gradients", "_update_model_variables_moving_average"]
    average = keras.ops.convert_to_numpy(optimizer._model_variables_moving_average[0])
    np.testing.assert_allclose(average, keras.ops.convert_to_numpy(variable))
