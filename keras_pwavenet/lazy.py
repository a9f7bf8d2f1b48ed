"""Public names that are imported when they are first asked for (PEP 562).

Keras and its backend take seconds to import; the command line's help, its list of
presets and its refusals need neither.
"""

import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

# What the install for text alone (docs/text.md) leaves out.
_FULL = ("jinja2", "keras", "numba", "scipy", "soxr", "tensorflow")


def full_install(missing: str) -> str:
    """What to say where a package is missing that every full install has.

    Args:
        missing: Its name.
    """
    return (
        "Expected a full install, `pip install .` in the sources' folder; the one for "
        f"text alone has no Keras. Received: one without {missing}"
    )


def missing_of_full_install(but: str = "tensorflow") -> str | None:
    """The first package that a full install has and this one lacks.

    Args:
        but: One that is not looked for: there may be another backend.
    """
    absent = (one for one in _FULL if one != but and find_spec(one) is None)
    return next(absent, None)


def exports(
    package: str, names: Mapping[str, str], submodules: Sequence[str] = ()
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Makes what a package's `__init__` needs to hand out names on first use.

    Args:
        package: Its `__name__`.
        names: For each public name the module that defines it, seen from the package.
            No name may be that of a module beside it.
        submodules: Modules that are public themselves.

    Returns:
        `__getattr__`, `__dir__` and `__all__` for the package.
    """

    def get(name: str) -> Any:
        if name in names:
            module = _imported(f"{package}.{names[name]}")
            value = getattr(module, name)
            setattr(sys.modules[package], name, value)
            return value
        if name in submodules:
            return _imported(f"{package}.{name}")
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    public = sorted([*names, *submodules])
    return get, lambda: sorted({*vars(sys.modules[package]), *public}), public


def _imported(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name not in _FULL:
            raise
        told = full_install(error.name)
        raise ModuleNotFoundError(told, name=error.name) from error
