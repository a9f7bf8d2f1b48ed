"""The whole evaluation of a preset: systems, judges, tables, report."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import keras
import tqdm

from keras_pwavenet.audio import read_audio
from keras_pwavenet.data import FeatureCache
from keras_pwavenet.evaluate.copies import Result, copy_synthesis
from keras_pwavenet.evaluate.measures import (
    Judge,
    check_installed,
    default_judges,
    installed_judges,
    named_judges,
)
from keras_pwavenet.evaluate.report import (
    choose_clips,
    default_pairs,
    on_common_clips,
    paired_differences,
    write_report,
    write_spectrograms,
    write_summary,
)
from keras_pwavenet.evaluate.systems import (
    GRIFFIN_LIM,
    NATURAL,
    STUDENT,
    TEACHER,
    WORLD,
    System,
    from_preset,
    griffin_lim,
    natural,
    world,
)
from keras_pwavenet.factors import check_seed
from keras_pwavenet.files import home_path
from keras_pwavenet.models.stated import IN_PARALLEL, SEQUENTIALLY, speaks
from keras_pwavenet.presets import preset_class
from keras_pwavenet.version import __version__

REPORT = "report.html"

_TAKEN = (NATURAL, GRIFFIN_LIM, WORLD)
_TEACHER_BATCH = 8
_PICTURES = 3


def evaluate_preset(
    preset: str | os.PathLike | Sequence[str | os.PathLike],
    directory: str | os.PathLike,
    cache: FeatureCache,
    teacher: str | os.PathLike | None = None,
    *,
    teacher_clips: int | None = 8,
    split: str = "test",
    speaker: int = 0,
    seed: int = 0,
    temperature: float = 1.0,
    judges: Sequence[str] | None = None,
    report_clips: int = 8,
    progress: bool = True,
) -> str:
    """Measures how well a preset speaks recordings that it was not trained on.

    Natural speech, the preset, its teacher, Griffin-Lim and WORLD speak the clips of a
    split; the judges that are installed judge them; `directory` then holds
    `report.html`, `summary.json` and `clips.json` for machines, `summary.md`,
    `spectrograms.png` and the audio under `clips`. What is done stays done: the same
    call again does only what is missing or has changed.

    Args:
        preset: A `ParallelWaveNet` or a `WaveNet`; or several, which stand side by
            side under their names, each of the others compared with the first.
        directory: Where to write.
        cache: The prepared corpus.
        teacher: Preset of a student's teacher.
        teacher_clips: A `WaveNet` is slow: it speaks so many clips, the shortest of a
            second or more; None for all.
        split: "train", "validation" or "test".
        speaker: Number of the speaker, for models of several. On a corpus of as many
            speakers only those clips are spoken that are this speaker's.
        seed: Of the noise, of the bootstrap and of the clips drawn for the report; up
            to 2**32 - 1.
        temperature: Factor on a student's noise.
        judges: Names of the judges to ask, all installed; by default whichever are.
        report_clips: Clips to play in the report.
        progress: Whether to show progress bars, and at once what is left out.

    Returns:
        The text of `summary.md`.

    Raises:
        ValueError: If the preset does not speak, is of other features, or is a
            `WaveNet` with a teacher or a temperature; if the teacher is no `WaveNet`,
            two presets share a name, the speaker or a judge is unknown, the seed is
            out of range, or the split has no clip.
        ImportError: If the package of a judge that is named is missing.
    """
    presets = [preset] if isinstance(preset, str | os.PathLike) else list(preset)
    check_seed(seed)
    for each in presets:
        _check(each, teacher, temperature, teacher_clips, report_clips)
    check_installed(named_judges(judges or (), default_judges()))
    slow = {"batch_size": _TEACHER_BATCH, "shortest": teacher_clips}
    common = {"mel": cache.preprocessor, "seed": seed, "speaker": speaker}
    own = []
    for name, each in _named(presets).items():
        if speaks(preset_class(each)) == IN_PARALLEL:
            own.append(from_preset(name, each, temperature=temperature, **common))
        else:
            own.append(from_preset(name, each, **slow, **common))
    models = own
    if teacher is not None:
        models = [from_preset(TEACHER, teacher, **slow, **common), *own]
    references, notes = _references(cache)
    asked, missing = _judges(judges, max(system.model.block_size for system in own))
    notes += missing
    if progress:
        for note in notes:
            tqdm.tqdm.write(note, file=sys.stderr)
    directory = home_path(directory)
    results = copy_synthesis(
        cache,
        [natural(), *models, *references],
        asked,
        directory / "clips",
        split,
        _only_speaker(cache, own[-1], speaker),
        progress,
    )
    sequential = [model.name for model in models if model.shortest]
    if sequential:
        notes.append(
            f"Of {' and '.join(sequential)}, which speak sample by sample, at most "
            f"{teacher_clips} clips, the shortest of a second or more."
        )
    title = ", ".join(map(str, presets))
    settings = {"preset": title, "teacher": teacher, "corpus": cache.directory.name}
    settings |= {"split": split, "speaker": speaker, "seed": seed}
    settings |= {"temperature": temperature, "backend": keras.backend.backend()}
    notes += [
        ", ".join(f"{name}: {value}" for name, value in settings.items()),
        f"keras-pwavenet {__version__}, keras {keras.__version__}",
        *(f"{judge.name}: {judge.version}" for judge in asked),
    ]
    spoken = {result.system for result in results}
    if any(system.name not in spoken for system in own):
        raise ValueError(
            "Expected a clip of a second or more: a teacher speaks shorter ones only "
            f"where it speaks all. Received: split={split!r}, "
            f"teacher_clips={teacher_clips}"
        )
    pairs = default_pairs(list(dict.fromkeys(result.system for result in results)))
    pairs += [(system.name, own[0].name) for system in own[1:]]
    differences = paired_differences(results, pairs, seed)
    chosen = choose_clips(results, own[-1].name, report_clips, seed)
    left_out = write_report(
        directory / REPORT,
        f"Evaluation of {title}",
        results,
        differences,
        chosen,
        notes,
        progress,
    )
    _draw(results, directory / "spectrograms.png", cache.mel.sample_rate)
    return write_summary(results, directory, differences, [*left_out, *notes])


def _named(
    presets: Sequence[str | os.PathLike],
) -> dict[str, str | os.PathLike]:
    """Presets by the names of their systems."""
    if len(presets) == 1:
        student = speaks(preset_class(presets[0])) == IN_PARALLEL
        return {STUDENT if student else TEACHER: presets[0]}
    named = {Path(preset).name: preset for preset in presets}
    if not presets or len(named) < len(presets) or {TEACHER, *_TAKEN} & named.keys():
        raise ValueError(
            "Expected presets of different names, none of them one of "
            f"{', '.join((TEACHER, *_TAKEN))}. "
            f"Received: {', '.join(map(str, presets)) or 'none'}"
        )
    return named


def _check(preset, teacher, temperature, teacher_clips, report_clips):
    kind = preset_class(preset)
    if not speaks(kind):
        raise ValueError(
            "Expected a preset that speaks, a ParallelWaveNet or a WaveNet. "
            f"Received: preset={str(preset)!r}, a {kind.__name__}"
        )
    if kind.speaks == SEQUENTIALLY and (teacher is not None or temperature != 1.0):
        raise ValueError(
            "Expected a teacher or a temperature with a ParallelWaveNet only. "
            f"Received: preset={str(preset)!r}, a {kind.__name__}, "
            f"teacher={teacher!r}, temperature={temperature}"
        )
    if teacher is not None and speaks(preset_class(teacher)) != SEQUENTIALLY:
        raise ValueError(
            "Expected the teacher to be a WaveNet. "
            f"Received: teacher={str(teacher)!r}, a {preset_class(teacher).__name__}"
        )
    if report_clips < 0 or (teacher_clips is not None and teacher_clips < 1):
        raise ValueError(
            "Expected 0 or more clips in the report, and 1 or more of the teacher. "
            f"Received: report_clips={report_clips}, teacher_clips={teacher_clips}"
        )


def _references(cache: FeatureCache) -> tuple[list[System], list[str]]:
    systems, notes = [], []
    makers = {
        GRIFFIN_LIM: lambda: griffin_lim(cache.mel),
        WORLD: lambda: world(cache.mel.sample_rate),
    }
    if cache.preprocessor is not cache.mel:
        del makers[GRIFFIN_LIM]
        notes.append(f"{GRIFFIN_LIM} is left out: it hears log-mels alone")
    for name, make in makers.items():
        try:
            systems.append(make())
        except ImportError as error:
            notes.append(f"{name} is left out: {error}. pip install '.[evaluate]'")
    return systems, notes


def _judges(
    names: Sequence[str] | None, block_size: int
) -> tuple[list[Judge], list[str]]:
    judges = default_judges(block_size)
    return installed_judges(named_judges(names, judges) if names else judges)


def _only_speaker(cache: FeatureCache, own: System, speaker: int) -> str | None:
    speakers = own.model.num_speakers
    if not speakers or len(cache.speakers) == 1:
        return None
    if len(cache.speakers) != speakers:
        raise ValueError(
            f"Expected a corpus of one speaker or of the model's {speakers}. "
            f"Received: speakers={', '.join(cache.speakers)}"
        )
    return cache.speakers[speaker]


def _draw(results: list[Result], path: Path, sample_rate: int) -> None:
    """Draws the longest clips that every system has spoken, if matplotlib is there."""
    results = on_common_clips(results)
    seconds = {result.clip: result.seconds for result in results}
    rows = []
    for clip in sorted(seconds, key=seconds.get, reverse=True)[:_PICTURES]:
        found = [result for result in results if result.clip == clip]
        audio = [(result.system, read_audio(result.audio)[0]) for result in found]
        rows.append((clip, audio))
    if rows:
        try:
            write_spectrograms(path, rows, sample_rate)
        except ImportError:
            return  # the report has said so
