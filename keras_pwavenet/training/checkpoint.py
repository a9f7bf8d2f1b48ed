"""Checkpoints from which a killed run goes on exactly."""

import json
import os
import time
import warnings
from collections.abc import Iterator
from typing import Any

import h5py
import keras
import numpy as np

from keras_pwavenet import files
from keras_pwavenet.files import home_path
from keras_pwavenet.presets.weights import weights_bytes
from keras_pwavenet.training.distribution import agree, chief_path

# Beside what Keras writes, the file holds this group; Keras does not look at it.
_GROUP = "keras_pwavenet"


class ResumableCheckpoint(keras.callbacks.Callback):
    """Saves the whole training state now and then, in one file.

    The file holds the weights, the states of random generators (which
    `Model.save_weights` leaves out), and the optimiser with its step count and
    averaged weights; in the middle of an epoch also the metrics so far, with which
    the epoch goes on. It is made in memory and written whole, so that a kill at any
    moment or a full disk leaves the last complete one.
    `keras.callbacks.BackupAndRestore` overwrites its two files in place and cannot
    promise that.

    Of several processes, which must all call it, the first one writes the file.

    Put it after the callbacks that may stop training.

    Args:
        path: The file, ending in `.weights.h5`.
        minutes: Time after which the next step saves; the end of training saves
            always.
        settings: What the run must have in common with the one that wrote the file,
            as JSON. Settings that the file does not know are not compared.

    Raises:
        ValueError: If the path has another ending.
        FloatingPointError: Instead of a save, if weights became NaN or infinite; the
            last checkpoint stays.
        OSError: Instead of a save, as on a full disk; the last checkpoint stays.

    Example:
        checkpoint = ResumableCheckpoint("run/checkpoint.weights.h5")
        steps = checkpoint.restore(model)
        # From the middle of an epoch, `data` is to give the rest of it.
        model.fit(data, initial_epoch=steps // 100, callbacks=[checkpoint])
    """

    def __init__(
        self,
        path: str | os.PathLike,
        minutes: float = 3.0,
        settings: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        if not str(path).endswith(".weights.h5"):
            raise ValueError(
                f"Expected `path` to end in '.weights.h5'. Received: path={path}"
            )
        self.path = home_path(path)
        self.minutes = minutes
        self.settings = settings or {}
        self.steps = 0
        self._saved_at = time.monotonic()
        self._saved_steps: int | None = None
        self._metrics: list[np.ndarray] = []

    def restore(self, model: keras.Model) -> int:
        """Loads the checkpoint into a compiled model, if there is one.

        Layers that are frozen, such as a distiller's teacher, stay as they are in
        `model`.

        Args:
            model: The model, compiled as it was when the checkpoint was written.

        Returns:
            The number of training steps done, skipped ones included; 0 if there is no
            checkpoint.

        Raises:
            ValueError: If the model is not compiled, the file is damaged or of another
                model, or it was written with other settings.
        """
        if getattr(model, "optimizer", None) is None:
            raise ValueError(f"Expected a compiled model. Received: model={model.name}")
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        if not self.path.exists():
            return 0
        frozen = [
            (weight, keras.ops.convert_to_numpy(weight))
            for layer in model.layers
            if not layer.trainable
            for weight in layer.weights
        ]
        try:
            settings, seeds, self._metrics, steps = self._read_extras()
            self._compare(settings)
            with warnings.catch_warnings():
                warnings.filterwarnings("error", "Skipping variable loading")
                model.load_weights(self.path)
            _assign_seeds(model, seeds)
        except _OtherSettingsError:
            raise
        except (KeyError, OSError, RuntimeError, UserWarning, ValueError) as error:
            raise ValueError(
                f"Expected a whole checkpoint of {model.name} and its optimiser. "
                f"Received: {self.path}, {error}"
            ) from error
        for weight, value in frozen:
            weight.assign(value)
        if steps is None:
            steps = keras.ops.convert_to_numpy(model.optimizer.iterations)
        self.steps = int(steps)
        return self.steps

    def on_epoch_begin(self, epoch, logs=None):
        # Keras has just reset the metrics.
        metrics, self._metrics = self._metrics, []
        variables = self.model.metrics_variables
        if len(metrics) == len(variables):
            for variable, value in zip(variables, metrics, strict=True):
                variable.assign(value)

    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1
        if batch + 1 == self.params["steps"]:
            return  # The epoch ends with validation; it is saved after that.
        # `self.model` would make JAX put its state into the model at every step.
        if self._due(batch) or self._model.stop_training:
            self._save(metrics=True)

    def on_epoch_end(self, epoch, logs=None):
        due = self._due() or self.model.stop_training
        if due or epoch + 1 == self.params["epochs"]:
            self._save()

    def _due(self, batch: int | None = None) -> bool:
        return agree(time.monotonic() - self._saved_at >= 60 * self.minutes, batch)

    def _save(self, metrics: bool = False) -> None:
        if self._saved_steps == self.steps:
            return
        for weight in self.model.trainable_variables:
            if not np.isfinite(keras.ops.convert_to_numpy(weight)).all():
                raise FloatingPointError(
                    f"The weights {weight.path} became NaN or infinite; the last "
                    f"checkpoint is kept. Received: path={self.path}"
                )

        def extras(file: h5py.File) -> None:
            group = file.create_group(_GROUP)
            group.attrs["settings"] = json.dumps(self.settings)
            group.attrs["steps"] = self.steps
            _write_list(group, "seeds", _seed_states(self.model))
            if metrics:
                _write_list(group, "metrics", self.model.metrics_variables)

        with chief_path(self.path) as path:
            path.parent.mkdir(parents=True, exist_ok=True)
            files.write_bytes(path, weights_bytes(self.model, extras))
        self._saved_at = time.monotonic()
        self._saved_steps = self.steps

    def _read_extras(self) -> tuple[dict, list[np.ndarray], list[np.ndarray], Any]:
        """Settings, seeds, metrics, steps done; Keras' own files have none of them."""
        with h5py.File(self.path) as file:
            if _GROUP not in file:
                return {}, [], [], None
            group = file[_GROUP]
            seeds, metrics = (_read_list(group, name) for name in ("seeds", "metrics"))
            settings = json.loads(group.attrs["settings"])
            return settings, seeds, metrics, group.attrs.get("steps")

    def _compare(self, settings: dict[str, Any]) -> None:
        before = dict(_flat(settings))
        now = dict(_flat(json.loads(json.dumps(self.settings))))
        changed = [
            f"{name}={now[name]!r} (was {value!r})"
            for name, value in before.items()
            if name in now and now[name] != value
        ]
        if changed:
            raise _OtherSettingsError(
                f"The run of {self.path} was begun with other settings; go on with "
                "those, or begin another run in a new folder. Received: "
                + ", ".join(changed)
            )


class _OtherSettingsError(ValueError):
    """The checkpoint is in order but of a run with other settings."""


def _flat(node: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yields the leaves of nested dictionaries with their dotted names."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _flat(value, f"{name}.{key}" if name else key)
    else:
        yield name, node


def _write_list(group: h5py.Group, name: str, variables: list[keras.Variable]) -> None:
    for number, variable in enumerate(variables):
        group[f"{name}/{number}"] = keras.ops.convert_to_numpy(variable)


def _read_list(group: h5py.Group, name: str) -> list[np.ndarray]:
    arrays = group.get(name, {})
    return [arrays[str(number)][()] for number in range(len(arrays))]


def _seed_states(model: keras.Model) -> list[keras.Variable]:
    """The states of the model's random generators: neither weights nor metrics."""
    others = {id(v) for v in [*model.weights, *model.metrics_variables]}
    return [v for v in model.non_trainable_variables if id(v) not in others]


def _assign_seeds(model: keras.Model, seeds: list[np.ndarray]) -> None:
    if seeds:
        for state, value in zip(_seed_states(model), seeds, strict=True):
            state.assign(value)
