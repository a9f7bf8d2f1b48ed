"""Copy-synthesis and its measures: how good a voice is."""

from keras_pwavenet.evaluate.accuracy import (
    phone_accuracy,
    pitch_accuracy,
    pitch_errors,
)
from keras_pwavenet.evaluate.copies import Result, copy_synthesis
from keras_pwavenet.evaluate.measures import (
    Clip,
    Judge,
    Measure,
    default_judges,
    installed_judges,
    measure_of,
    named_judges,
)
from keras_pwavenet.evaluate.measures.cepstrum import mel_cepstral_distortion
from keras_pwavenet.evaluate.measures.level import (
    clipped_samples,
    level_difference,
    peak,
)
from keras_pwavenet.evaluate.measures.pitch import pitch_difference, pitch_track
from keras_pwavenet.evaluate.measures.recogniser import recognise
from keras_pwavenet.evaluate.measures.silence import silence_difference
from keras_pwavenet.evaluate.measures.tones import tone_frequencies, tone_prominences
from keras_pwavenet.evaluate.measures.words import english_words, word_errors
from keras_pwavenet.evaluate.preset import REPORT, evaluate_preset
from keras_pwavenet.evaluate.report import (
    Difference,
    choose_clips,
    default_pairs,
    markdown_table,
    on_common_clips,
    paired_differences,
    spectrogram,
    spectrogram_png,
    summarise,
    write_report,
    write_spectrograms,
    write_summary,
)
from keras_pwavenet.evaluate.speakers import (
    SpeakerRecogniser,
    confusion,
    voice_print,
)
from keras_pwavenet.evaluate.systems import (
    System,
    from_preset,
    griffin_lim,
    natural,
    shortest_clips,
    world,
)

__all__ = [
    "REPORT",
    "Clip",
    "Difference",
    "Judge",
    "Measure",
    "Result",
    "SpeakerRecogniser",
    "System",
    "choose_clips",
    "clipped_samples",
    "confusion",
    "copy_synthesis",
    "default_judges",
    "default_pairs",
    "english_words",
    "evaluate_preset",
    "from_preset",
    "griffin_lim",
    "installed_judges",
    "level_difference",
    "markdown_table",
    "measure_of",
    "mel_cepstral_distortion",
    "named_judges",
    "natural",
    "on_common_clips",
    "paired_differences",
    "peak",
    "phone_accuracy",
    "pitch_accuracy",
    "pitch_difference",
    "pitch_errors",
    "pitch_track",
    "recognise",
    "shortest_clips",
    "silence_difference",
    "spectrogram",
    "spectrogram_png",
    "summarise",
    "tone_frequencies",
    "tone_prominences",
    "voice_print",
    "word_errors",
    "world",
    "write_report",
    "write_spectrograms",
    "write_summary",
]
