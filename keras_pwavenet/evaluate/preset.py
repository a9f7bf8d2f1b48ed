"""The whole evaluation of a preset: systems, judges, tables, report."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import keras
import tqdm

from keras_pwavenet.audio import LogMelSpectrogram, read_audio
from keras_pwavenet.data import FeatureCache
from keras_pwavenet.evaluate.copies import Result, copy_synthesis
from keras_pwavenet.evaluate.measures import (
    Judge,
    default_judges,
    installed_judges,
    named_judges,
)
from keras_pwavenet.evaluate.report import (
    choose_clips,
    on_common_clips,
    paired_differences,
    write_report,
    write_spectrograms,
    write_summary,
)
from keras_pwavenet.evaluate.systems import (
    GRIFFIN_LIM,
    STUDENT,
    TEACHER,
    WORLD,
    System,
    from_preset,
    griffin_lim,
    natural,
    world,
)
from keras_pwavenet.models.stated import IN_PARALLEL, SEQUENTIALLY, speaks
from keras_pwavenet.presets import preset_class
from keras_pwavenet.version import __version__

REPORT = "report.html"

_TEACHER_BATCH = 8
_PICTURES = 3


def evaluate_preset(
    preset: str | os.PathLike,
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
        preset: A `ParallelWaveNet` or a `WaveNet`.
        directory: Where to write.
        cache: The prepared corpus.
        teacher: Preset of a student's teacher.
        teacher_clips: A `WaveNet` is slow: it speaks so many clips, the shortest of a
            second or more; None for all.
        split: "train", "validation" or "test".
        speaker: Number of the speaker, for models of several. On a corpus of as many
            speakers only those clips are spoken that are this speaker's.
        seed: Of the noise, of the bootstrap and of the clips drawn for the report.
        temperature: Factor on a student's noise.
        judges: Names of the judges to ask; by default all.
        report_clips: Clips to play in the report.
        progress: Whether to show progress bars, and at once what is left out.

    Returns:
        The text of `summary.md`.

    Raises:
        ValueError: If the preset does not speak, is of other features, or is a
            `WaveNet` with a teacher or a temperature; if the teacher is no `WaveNet`,
            the speaker or a judge is unknown, or the split has no clip.
    """
    _check(preset, teacher, temperature, teacher_clips, report_clips)
    named_judges(judges or (), default_judges())
    is_student = speaks(preset_class(preset)) == IN_PARALLEL
    slow = {"batch_size": _TEACHER_BATCH, "shortest": teacher_clips}
    common = {"mel": cache.mel, "seed": seed, "speaker": speaker}
    if is_student:
        own = from_preset(STUDENT, preset, temperature=temperature, **common)
        models = [own]
        if teacher is not None:
            models.insert(0, from_preset(TEACHER, teacher, **slow, **common))
    else:
        own = from_preset(TEACHER, preset, **slow, **common)
        models = [own]
    references, notes = _references(cache.mel)
    asked, missing = _judges(judges, own.model.block_size)
    notes += missing
    if progress:
        for note in notes:
            tqdm.tqdm.write(note, file=sys.stderr)
    directory = Path(directory).expanduser()
    results = copy_synthesis(
        cache,
        [natural(), *models, *references],
        asked,
        directory / "clips",
        split,
        _only_speaker(cache, own, speaker),
        progress,
    )
    if teacher_clips and any(model.name == TEACHER for model in models):
        notes.append(
            f"The teacher speaks sample by sample: at most {teacher_clips} clips, "
            "the shortest of a second or more."
        )
    settings = {"preset": preset, "teacher": teacher, "corpus": cache.directory.name}
    settings |= {"split": split, "speaker": speaker, "seed": seed}
    settings |= {"temperature": temperature, "backend": keras.backend.backend()}
    notes += [
        ", ".join(f"{name}: {value}" for name, value in settings.items()),
        f"keras-pwavenet {__version__}, keras {keras.__version__}",
        *(f"{judge.name}: {judge.version}" for judge in asked),
    ]
    if all(result.system != own.name for result in results):
        raise ValueError(
            "Expected a clip of a second or more, or `teacher_clips` None for those "
            f"shorter too. Received: split={split!r}, teacher_clips={teacher_clips}"
        )
    differences = paired_differences(results, seed=seed)
    chosen = choose_clips(results, own.name, report_clips, seed)
    left_out = write_report(
        directory / REPORT,
        f"Evaluation of {preset}",
        results,
        differences,
        chosen,
        notes,
        progress,
    )
    _draw(results, directory / "spectrograms.png", cache.mel.sample_rate)
    return write_summary(results, directory, differences, [*left_out, *notes])


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


def _references(mel: LogMelSpectrogram) -> tuple[list[System], list[str]]:
    systems, notes = [], []
    for name, make in (
        (GRIFFIN_LIM, lambda: griffin_lim(mel)),
        (WORLD, lambda: world(mel.sample_rate)),
    ):
        try:
            systems.append(make())
        except ImportError as error:
            notes.append(
                f"{name} is left out: {error}. pip install 'keras-pwavenet[evaluate]'"
            )
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
