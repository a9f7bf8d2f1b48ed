"""Public names that are imported when they are first asked for (PEP 562).

Keras and its backend take seconds to import; the command line's help, its list of
presets and its refusals need neither.
"""

import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any


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
            module = importlib.import_module(f"{package}.{names[name]}")
            value = getattr(module, name)
            setattr(sys.modules[package], name, value)
            return value
        if name in submodules:
            return importlib.import_module(f"{package}.{name}")
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    public = sorted([*names, *submodules])
    return get, lambda: sorted({*vars(sys.modules[package]), *public}), public
