"""What a measure states of itself: everything that tables and reports ask of it."""

import dataclasses
from typing import Any

ABSENT = "–"
MEAN, SUM, LARGEST, FARTHEST = "mean", "sum", "largest", "farthest"
SHARE, EACH = "share", "each"
_COMPARED = (MEAN, SHARE, EACH)


@dataclasses.dataclass(frozen=True)
class Measure:
    """One line of a table.

    Attributes:
        key: Its entry of `summarise`'s rows.
        title: What it is called.
        form: Format of its number.
        better: Which way it is good: "higher", "lower", "nearer 0" or "".
        meaning: What it says, in a few words.
        over_clips: How clips make one number: `MEAN`, `SUM`, `LARGEST`, `FARTHEST`
            from 0, `SHARE`, which is the sum of the first of `values` over that of the
            second, or `EACH`, a list of the means of all values whose names begin
            with the first of `values`, in the order of the numbers at their ends.
        values: Names of the judge's values that it is made of; by default its key.
        from_seconds: Shorter clips do not count.
        beside_player: Whether a report shows it beside each player.
        tells: Rank among those by which the worst clips are chosen: the highest that
            there is; 0 if never.
    """

    key: str
    title: str
    form: str
    better: str = ""
    meaning: str = ""
    over_clips: str = MEAN
    values: tuple[str, ...] = ()
    from_seconds: float = 0.0
    beside_player: bool = False
    tells: int = 0

    def __post_init__(self) -> None:
        if not self.values:
            object.__setattr__(self, "values", (self.key,))

    @property
    def is_compared(self) -> bool:
        """Whether systems are compared by it clip by clip; counts are not."""
        return self.over_clips in _COMPARED

    def makes_of(self, value: str) -> bool:
        """Whether a judge's value of this name is a part of it."""
        if self.over_clips == EACH:
            return value.startswith(self.values[0])
        return value in self.values

    def place(self, value: str) -> float:
        """Where a value stands among those of an `EACH`; 0 for any other measure."""
        if self.over_clips != EACH:
            return 0.0
        return float(value.removeprefix(self.values[0]))

    def of(self, value: str) -> "Measure":
        """Returns the measure of one value alone: itself, but for those of `EACH`."""
        if self.over_clips != EACH:
            return self
        return dataclasses.replace(
            self,
            key=value,
            title=f"tone at {value.removeprefix(self.values[0])} Hz, dB",
            meaning="",
        )

    def text(self, value: Any) -> str:
        """Writes a value: a number, a list of numbers or None."""
        if value is None:
            return ABSENT
        if isinstance(value, list):
            return " / ".join(format(entry, self.form) for entry in value)
        return format(value, self.form)

    def difference_text(self, value: float) -> str:
        """Writes a difference, with its sign."""
        return format(value, "+" + self.form.removeprefix("+"))

    def verdict(self, difference: float) -> str:
        """Says "better" or "worse" of a difference; "" where more is neither."""
        if self.better not in ("higher", "lower") or not difference:
            return ""
        return "better" if (difference > 0) == (self.better == "higher") else "worse"
