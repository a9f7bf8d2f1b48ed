"""What results become: rows, paired differences, tables, pictures, one HTML file."""

from keras_pwavenet.evaluate.report.choice import choose_clips
from keras_pwavenet.evaluate.report.page import write_report
from keras_pwavenet.evaluate.report.paired import (
    Difference,
    default_pairs,
    paired_differences,
)
from keras_pwavenet.evaluate.report.pictures import (
    spectrogram,
    spectrogram_png,
    write_spectrograms,
)
from keras_pwavenet.evaluate.report.summary import (
    markdown_table,
    on_common_clips,
    summarise,
    write_summary,
)

__all__ = [
    "Difference",
    "choose_clips",
    "default_pairs",
    "markdown_table",
    "on_common_clips",
    "paired_differences",
    "spectrogram",
    "spectrogram_png",
    "summarise",
    "write_report",
    "write_spectrograms",
    "write_summary",
]
