"""What a voice is measured by: one judge a file, each with its measures."""

from keras_pwavenet.lazy import exports

# The modules of the judges, which are named like them, in the order of the tables.
JUDGES = (
    *("dnsmos", "distillmos", "plcmos", "pesq", "visqol", "stoi", "words"),
    *("cepstrum", "pitch", "tones", "silence", "level"),
)

__getattr__, __dir__, __all__ = exports(
    __name__,
    {
        "Clip": "judge",
        "Judge": "judge",
        "MEASURES": "known",
        "Measure": "measure",
        "NOT_FINITE": "known",
        "check_installed": "judge",
        "default_judges": "known",
        "installed_judges": "judge",
        "measure_of": "known",
        "named_judges": "judge",
        "table_order": "known",
    },
)
__all__ += ["JUDGES"]
