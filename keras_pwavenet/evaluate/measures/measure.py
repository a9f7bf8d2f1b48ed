"""What the tables show: names, formats and directions of the measures."""

import dataclasses
from typing import Any

ABSENT = "–"


@dataclasses.dataclass(frozen=True)
class Measure:
    """One line of a table.

    Attributes:
        key: Entry of `summarise`'s rows.
        title: What it is called.
        form: Format of its number.
        better: Which way it is good: "higher", "lower", "nearer 0" or "".
        meaning: What it says, in a few words.
    """

    key: str
    title: str
    form: str
    better: str = ""
    meaning: str = ""

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


MEASURES = (
    Measure("dnsmos", "DNSMOS", ".2f", "higher", "overall opinion, 1 to 5"),
    Measure("dnsmos_signal", "DNSMOS, signal", ".2f", "higher", "of the speech"),
    Measure("dnsmos_background", "DNSMOS, background", ".2f", "higher", "of the noise"),
    Measure("dnsmos_p808", "DNSMOS, P.808", ".2f", "higher", "overall, a second model"),
    Measure("distillmos", "DistillMOS", ".2f", "higher", "overall opinion, 1 to 5"),
    Measure("plcmos", "PLCMOS", ".2f", "higher", "opinion of gaps and bursts, 1 to 5"),
    Measure("pesq", "PESQ", ".2f", "higher", "likeness to the recording, to 4.64"),
    Measure("visqol", "ViSQOL", ".2f", "higher", "likeness to the recording, 1 to 5"),
    Measure("stoi", "STOI", ".3f", "higher", "intelligibility, 0 to 1"),
    Measure("wer", "word error rate", ".3f", "lower", "of a speech recogniser"),
    Measure(
        "mcd_db", "mel-cepstral distortion, dB", ".2f", "lower", "of the envelopes"
    ),
    Measure("log_f0_rmse", "log-F0 RMSE", ".3f", "lower", "pitch; 0.06 is a semitone"),
    Measure("voicing_f1", "V/UV F1", ".3f", "higher", "voiced or not, 0 to 1"),
    Measure(
        *("silence_db", "noise in silences, dB", "+.1f", "nearer 0"),
        "over the recording's in its quietest tenth",
    ),
    Measure("level_db", "level, dB", "+.2f", "nearer 0", "over the recording's"),
    Measure("worst_level_db", "worst level, dB", "+.1f", "nearer 0", "of one clip"),
    Measure(
        *("tones_db", "tones, dB", "+.1f", "lower"),
        "at multiples of the block rate, over their neighbourhood",
    ),
    Measure("peak", "peak", ".2f", "", "largest magnitude, to 1"),
    Measure("clipped", "clipped samples", "d", "lower"),
    Measure("not_finite", "NaN or infinite samples", "d", "lower"),
)
_BY_KEY = {measure.key: measure for measure in MEASURES}
_ORDER = [measure.key for measure in MEASURES]


def measure_of(key: str) -> Measure:
    """Describes a measure by its key, also one that has no line of its own."""
    if key.startswith("tone_"):
        frequency = key.removeprefix("tone_")
        return Measure(key, f"tone at {frequency} Hz, dB", "+.1f", "lower")
    return _BY_KEY.get(key, Measure(key, key, ".3g"))


def table_order(key: str) -> tuple[int, float]:
    """Sorts measures as the tables do; the tones from the lowest to the highest."""
    if key.startswith("tone_"):
        return _ORDER.index("tones_db"), float(key.removeprefix("tone_"))
    return (_ORDER.index(key) if key in _ORDER else len(_ORDER)), 0.0
