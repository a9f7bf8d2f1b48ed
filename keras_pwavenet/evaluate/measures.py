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
    """

    key: str
    title: str
    form: str
    better: str = ""

    def text(self, value: Any) -> str:
        """Writes a value: a number, a list of numbers or None."""
        if value is None:
            return ABSENT
        if isinstance(value, list):
            return " / ".join(format(entry, self.form) for entry in value)
        return format(value, self.form)


MEASURES = (
    Measure("dnsmos", "DNSMOS", ".2f", "higher"),
    Measure("dnsmos_signal", "DNSMOS, signal", ".2f", "higher"),
    Measure("dnsmos_background", "DNSMOS, background", ".2f", "higher"),
    Measure("dnsmos_p808", "DNSMOS, P.808", ".2f", "higher"),
    Measure("distillmos", "DistillMOS", ".2f", "higher"),
    Measure("plcmos", "PLCMOS", ".2f", "higher"),
    Measure("pesq", "PESQ", ".2f", "higher"),
    Measure("visqol", "ViSQOL", ".2f", "higher"),
    Measure("stoi", "STOI", ".3f", "higher"),
    Measure("wer", "word error rate", ".3f", "lower"),
    Measure("mcd_db", "mel-cepstral distortion, dB", ".2f", "lower"),
    Measure("log_f0_rmse", "log-F0 RMSE", ".3f", "lower"),
    Measure("voicing_f1", "V/UV F1", ".3f", "higher"),
    Measure("silence_db", "noise in silences, dB", "+.1f", "nearer 0"),
    Measure("level_db", "level, dB", "+.2f", "nearer 0"),
    Measure("worst_level_db", "worst level, dB", "+.1f", "nearer 0"),
    Measure("tones_db", "tones, dB", "+.1f", "lower"),
    Measure("peak", "peak", ".2f"),
    Measure("clipped", "clipped samples", "d", "lower"),
    Measure("not_finite", "NaN or infinite samples", "d", "lower"),
)
_BY_KEY = {measure.key: measure for measure in MEASURES}


def measure_of(key: str) -> Measure:
    """Describes a measure by its key, also one that has no line of its own."""
    if key.startswith("tone_"):
        frequency = key.removeprefix("tone_")
        return Measure(key, f"tone at {frequency} Hz, dB", "+.1f", "lower")
    return _BY_KEY.get(key, Measure(key, key, ".3g"))
