"""Who judges a clip, with the packages that it takes and the measures that it gives."""

import contextlib
import dataclasses
import importlib
import importlib.metadata
import sys
import types
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from keras_pwavenet.audio import resample
from keras_pwavenet.evaluate.measures.measure import Measure

RATE = 16000  # what most models of listeners listen at


@dataclasses.dataclass(frozen=True)
class Clip:
    """What a judge gets.

    Attributes:
        recording: Waveform (samples,) in [-1, 1].
        audio: Its resynthesis, of the same length.
        sample_rate: Samples a second.
        text: What is said; empty if unknown.
    """

    recording: np.ndarray
    audio: np.ndarray
    sample_rate: int
    text: str

    def at_16_khz(self) -> tuple[np.ndarray, np.ndarray]:
        """Returns recording and audio at 16 kHz."""
        return (
            resample(self.recording, self.sample_rate, RATE),
            resample(self.audio, self.sample_rate, RATE),
        )


Values = dict[str, float | str | None]


@dataclasses.dataclass(frozen=True)
class Judge:
    """A way to judge a clip.

    Attributes:
        name: Short name.
        measure: Function of a `Clip` to a flat dictionary; None is a value that this
            clip does not have.
        measures: What its values become in tables and reports, in the tables' order.
        modules: What must be importable.
        settings: Whatever else decides the values; change it with the method.
        extra: The extra of this package that installs the modules.
        unused: Modules that those import without need; they may be missing.
        distributions: Names of the packages that the modules come from, where they
            are not those of the modules.
    """

    name: str
    measure: Callable[[Clip], Values]
    measures: tuple[Measure, ...] = ()
    modules: tuple[str, ...] = ()
    settings: str = "1"
    extra: str = "evaluate"
    unused: tuple[str, ...] = ()
    distributions: tuple[tuple[str, str], ...] = ()

    def what_is_missing(self) -> str:
        """Says what cannot be imported and why; empty if the judge can be asked."""
        for module in self.modules:
            try:
                with stand_ins(self.unused):
                    importlib.import_module(module)
            except (ImportError, OSError) as error:  # OSError: a library in C
                return f"{module} ({error})"
        return ""

    @property
    def version(self) -> str:
        """Settings and versions of the packages: equal versions, equal values."""
        named = dict(self.distributions)
        names = [named.get(module, module.replace("_", "-")) for module in self.modules]
        packages = [f"{name} {importlib.metadata.version(name)}" for name in names]
        return ", ".join([*packages, f"settings {self.settings}"])


@contextlib.contextmanager
def stand_ins(modules: Sequence[str]) -> Iterator[None]:
    """Lets empty modules stand in for missing ones that are imported, never called."""
    absent = [name for name in modules if name not in sys.modules]
    sys.modules.update((name, types.ModuleType(name)) for name in absent)
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


def named_judges(names: Sequence[str], judges: Sequence[Judge]) -> list[Judge]:
    """Picks judges by their names.

    Args:
        names: What is wanted.
        judges: What there is.

    Returns:
        Those wanted, in the order of `judges`.

    Raises:
        ValueError: If there is no judge of a name.
    """
    known = [judge.name for judge in judges]
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise ValueError(
            f"Expected judges among {', '.join(known)}. Received: {', '.join(unknown)}"
        )
    return [judge for judge in judges if judge.name in names]


def installed_judges(judges: Sequence[Judge]) -> tuple[list[Judge], list[str]]:
    """Parts the judges whose packages are there from the others.

    Args:
        judges: What is wanted.

    Returns:
        The judges that can be asked, and for each of the others a line that says why
        not and what to install.
    """
    missing = [judge.what_is_missing() for judge in judges]
    pairs = list(zip(judges, missing, strict=True))
    present = [judge for judge, what in pairs if not what]
    absent = [
        f"{judge.name} is left out: it needs {what}. pip install '.[{judge.extra}]'"
        for judge, what in pairs
        if what
    ]
    return present, absent


def check_installed(judges: Sequence[Judge]) -> None:
    """Refuses judges that cannot be asked.

    Args:
        judges: Those that are wanted.

    Raises:
        ImportError: If a package is missing; names it and what to install.
    """
    for judge in judges:
        missing = judge.what_is_missing()
        if missing:
            raise ImportError(
                f"A judge needs {missing}: pip install '.[{judge.extra}]'. "
                f"Received: judge={judge.name!r}"
            )
