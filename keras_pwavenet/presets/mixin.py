"""`PresetMixin`: from_preset, save_to_preset and presets for every model."""

import contextlib
import datetime
import importlib
import inspect
import os
from pathlib import Path
from typing import Any, Self

import keras

from keras_pwavenet.presets import layout, registry, sources, storage
from keras_pwavenet.presets.weights import check_weights, weights_bytes
from keras_pwavenet.version import __version__


class _ClassPresets:
    """Class property: the built-in presets that a class can load."""

    def __get__(self, instance: Any, owner: type) -> dict[str, dict[str, Any]]:
        _register()
        return {
            name: entry
            for name, entry in registry.builtin_presets().items()
            if _is_subclass(entry["class"], owner)
        }


def _is_subclass(registered_name: str, owner: type) -> bool:
    found = keras.saving.get_registered_object(registered_name)
    return isinstance(found, type) and issubclass(found, owner)


class PresetMixin:
    """Gives a `keras.Model` presets; list it before `keras.Model` among the bases.

    The model must be registered with Keras, have a `get_config` that its `from_config`
    takes, and own all its weights once constructed. `PresetMixin.from_preset` itself
    loads a preset of any model.

    Attributes:
        preprocessor: The registered object that computes the model's conditioning
            (such as `LogMelSpectrogram`), or `None`. It is saved with the preset.
        presets: The built-in presets of the class and its subclasses, a dictionary
            from name to description, licence, parameter count and files.

    Example:
    ```python
    student = ParallelWaveNet.from_preset("en_female")
    student.save_to_preset("my_voice")
    same = ParallelWaveNet.from_preset("my_voice")
    ```
    """

    preprocessor: Any = None
    presets = _ClassPresets()

    @classmethod
    def from_preset(
        cls,
        preset: str | os.PathLike,
        load_weights: bool = True,
        **kwargs: Any,
    ) -> Self:
        """Builds a model from a preset.

        Args:
            preset: A built-in name (`cls.presets` lists them; these never touch the
                network), a local folder, `"hf://organisation/model[@revision]"` or
                `"kaggle://organisation/model/framework/variation[/version]"`.
            load_weights: Whether to load the weights. With `False` they are random,
                which is the only way to load a preset without weights.
            **kwargs: Constructor arguments that take the place of the saved ones.
                Without `dtype` the model has the current global dtype policy.

        Returns:
            The model, not compiled, with its `preprocessor`.

        Raises:
            ValueError: If the preset is unknown, damaged, of another class, has
                settings or weights that no model has, no weights to load, or weights
                that do not fit. Nothing is built before settings and weights were
                looked at.
            FileNotFoundError: If a folder or one of its files is missing.
            ImportError: If the library for a hub is not installed.
            ConnectionError: If a hub cannot be reached.
        """
        folder = sources.resolve(preset)
        _register()
        found, config = storage.registered_class(folder, layout.CONFIG)
        if not issubclass(found, cls):
            raise ValueError(
                f"Expected a preset of a `{cls.__name__}`. Received: "
                f"preset='{preset}', a `{found.__name__}`, which is loaded by "
                f"`{found.__name__}.from_preset`"
            )
        storage.check_hashes(folder, weights=load_weights)
        weights = folder / layout.WEIGHTS
        if load_weights and not weights.is_file():
            raise ValueError(
                f"Expected a preset with weights, in {layout.WEIGHTS}; without them "
                "`load_weights=False` gives a model with random ones. "
                f"Received: preset='{preset}', load_weights=True"
            )
        config.pop("dtype", None)
        preprocessor = None
        if (folder / layout.PREPROCESSOR).is_file():
            kind, settings = storage.registered_class(folder, layout.PREPROCESSOR)
            path = folder / layout.PREPROCESSOR
            preprocessor = storage.build(kind, settings, path)
            _check_agreement(config, preprocessor, path)
        config.pop("preprocessor", None)
        if "preprocessor" in inspect.signature(found).parameters:
            config["preprocessor"] = preprocessor
        if load_weights:
            check_weights(weights)
        if kwargs:
            model = found.from_config({**config, **kwargs})
        else:
            model = storage.build(found, config, folder / layout.CONFIG)
        if load_weights:
            _load_weights(model, weights, preset, kwargs)
        if model.preprocessor is None:
            model.preprocessor = preprocessor
        return model

    def save_to_preset(
        self,
        directory: str | os.PathLike,
        metadata: dict[str, Any] | None = None,
        save_weights: bool = True,
    ) -> None:
        """Saves the model as a preset folder, whole or not at all.

        A preset that is already there is replaced, but for its `README.md`.

        Args:
            directory: The folder to write: new, empty, or holding a preset.
            metadata: More entries for `metadata.json`, such as `description`,
                `licence`, `data` and `metrics`. Must be JSON.
            save_weights: Whether to write the weights. With `False` the preset is a
                configuration only.

        Raises:
            ValueError: If the class is not registered with Keras, the model is not
                built or is quantized, or `metadata` has a key that is written anyway.
            OSError: If the folder cannot be written, as on a full disk; names it.
            FileExistsError: If `directory` holds anything but a preset.
        """
        if keras.saving.get_registered_object(_registered_name(self)) is None:
            raise ValueError(
                "Expected a class decorated with "
                "`@keras.saving.register_keras_serializable`. "
                f"Received: class={type(self).__name__}"
            )
        if not self.built:
            raise ValueError(
                "Expected a model that is built, so that it has its weights. "
                f"Received: model={self.name}"
            )
        _refuse_quantized(self)
        written = _metadata(self)
        clash = sorted(written.keys() & (metadata or {}).keys())
        if clash:
            raise ValueError(
                f"Expected metadata of other keys than {sorted(written)}, which are "
                f"written anyway. Received: keys={clash}"
            )
        config = storage.serialize(self)
        contents = {layout.CONFIG: storage.json_bytes(config)}
        if self.preprocessor is not None:
            settings = storage.serialize(self.preprocessor)
            contents[layout.PREPROCESSOR] = storage.json_bytes(settings)
        if save_weights:
            with _without_optimizer(self):
                contents[layout.WEIGHTS] = weights_bytes(self)
        written |= metadata or {}
        written[layout.HASHES] = storage.hashes(contents)
        contents[layout.METADATA] = storage.json_bytes(written)
        storage.write_preset(directory, contents)


def preset_class(preset: str | os.PathLike) -> type[keras.Model]:
    """Returns the class of the model that a preset holds, without building it.

    Args:
        preset: As for `PresetMixin.from_preset`, with the same errors.
    """
    folder = sources.resolve(preset)
    _register()
    return storage.registered_class(folder, layout.CONFIG)[0]


def _register() -> None:
    """Imports what registers this package's classes with Keras."""
    for name in ("audio.mel", "models"):
        importlib.import_module(f"keras_pwavenet.{name}")


@contextlib.contextmanager
def _without_optimizer(model: keras.Model):
    """Keras' weights files hold the optimiser's state, three times the weights."""
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None:
        model.optimizer = None
    try:
        yield
    finally:
        if optimizer is not None:
            model.optimizer = optimizer


def _registered_name(model: keras.Model) -> str:
    return keras.saving.get_registered_name(type(model))


def _metadata(model: keras.Model) -> dict[str, Any]:
    return {
        "keras_version": keras.__version__,
        "keras_pwavenet_version": __version__,
        "parameter_count": model.count_params(),
        "date_saved": datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S"),
        "tasks": [],
        layout.HASHES: {},
    }


def _check_agreement(config: dict[str, Any], preprocessor: Any, path: Path) -> None:
    """Refuses features that are not those that the model takes.

    Older presets do not state all of them in their configuration.
    """
    for key, name in (
        ("hop_length", "hop_length"),
        ("conditioning_channels", "n_mels"),
    ):
        stated, found = config.get(key), getattr(preprocessor, name, None)
        if None not in (stated, found) and stated != found:
            raise ValueError(
                f"Expected `{name}` in {path} to be {stated}, the `{key}` of "
                f"{layout.CONFIG}. Received: {name}={found}"
            )
    stated = config.get("preprocessor")
    if isinstance(stated, dict):
        for key, found in preprocessor.get_config().items():
            if key in stated and stated[key] != found:
                raise ValueError(
                    f"Expected `{key}` in {path} to be {stated[key]}, as "
                    f"`preprocessor` of {layout.CONFIG} says. Received: {key}={found}"
                )


def _refuse_quantized(model: keras.Model) -> None:
    """Keras does not say in a configuration which layers are quantized."""
    quantized = [
        layer.path
        for layer in model._flatten_layers()
        if getattr(layer, "quantization_mode", None)
    ]
    if quantized:
        raise ValueError(
            "Expected a model that is not quantized: load the preset, then call "
            f"`quantize`. Received: quantized layers {quantized[:5]}"
        )


def _load_weights(
    model: keras.Model, path: Path, preset: str | os.PathLike, overrides: dict
) -> None:
    try:
        model.load_weights(path)
    except (KeyError, OSError, ValueError) as error:
        cause = f" with {sorted(overrides)} overridden" if overrides else ""
        raise ValueError(
            f"Expected whole weights of the model{cause} in {path} ({error}). "
            f"Received: preset='{preset}'"
        ) from error
