"""Samples for the page: recordings, what voices make of them, and of their text."""

import hashlib
import re
from pathlib import Path

import jinja2
import numpy as np

HERE = Path(__file__).parent
PAGE = "samples.html"
COUNT = 10
LONGEST = 5.0  # seconds of a sentence
WORDS = 4  # of a sentence, at least
SEED = 0
# Whose recordings, and on which terms: as docs/corpora.md says.
RECORDINGS = {
    "callie": {
        "title": "Callie, US English",
        "language": "en",
        "licence": "CC-BY-3.0",
        "terms": "https://creativecommons.org/licenses/by/3.0/",
        "attribution": "US/English Callie Sound Files for FreeSWITCH, "
        "Copyright (c) 2018 FreeSWITCH Solutions",
    },
    "kathleen": {
        "title": "Kathleen, US English",
        "language": "en",
        "licence": "CC0 1.0",
        "terms": "https://creativecommons.org/publicdomain/zero/1.0/",
        "attribution": "Kathleen, for the Rhasspy project",
        "links": ["https://github.com/rhasspy/dataset-voice-kathleen"],
    },
    "wanikani_female": {
        "title": "A woman of Kansai, Japanese words",
        "language": "ja",
        "licence": "CC-BY-SA-4.0",
        "terms": "https://creativecommons.org/licenses/by-sa/4.0/",
        "attribution": "Tofugu and WaniKani",
        "links": ["https://www.tofugu.com/", "https://www.wanikani.com/"],
    },
}


def check(wanted: list[str], voices: dict) -> dict:
    """Reads what the samples are made of, before anything is written.

    Args:
        wanted: A speaker and a folder each, `SPEAKER=FOLDER`.
        voices: Of each speaker a dict of `preset`, the voice that speaks the recordings
            again, and if it speaks the text `speaker`, the acoustic model's number.

    Returns:
        Of each speaker a tuple of the folder's `FeatureCache`, the numbers of the clips
        that are chosen, and a `System` that speaks.

    Raises:
        ValueError: If a speaker is unknown or named twice, or a folder holds no
            features, none of the speaker with a text in the test split, or others than
            the voice's.
    """
    from keras_pwavenet.data import FeatureCache
    from keras_pwavenet.evaluate import systems

    found = {}
    for one in wanted:
        speaker, _, folder = one.partition("=")
        if speaker not in voices or speaker in found or not folder:
            raise ValueError(
                f"Expected SPEAKER=FOLDER, one each of {', '.join(voices)}. "
                f"Received: {one}"
            )
        cache = FeatureCache(folder)
        found[speaker] = cache, choose(cache, speaker)
    return {
        speaker: (
            cache,
            numbers,
            systems.from_preset(
                speaker, voices[speaker]["preset"], cache.mel, COUNT, seed=SEED
            ),
        )
        for speaker, (cache, numbers) in found.items()
    }


def choose(cache, speaker: str) -> list[int]:
    """Chooses clips of the test split: sentences by a hash, else the longest.

    Args:
        cache: The corpus.
        speaker: Who speaks; where the corpus names none all clips are theirs.

    Returns:
        The numbers of ten clips, fewer where there are no more, in the corpus' order.

    Raises:
        ValueError: If there is none.
    """
    clips = {
        number: cache.clips[number]
        for number in map(int, cache.indices("test"))
        if cache.clips[number].speaker in ("", speaker)
        and cache.clips[number].text.strip()
    }
    if not clips:
        raise ValueError(
            f"Expected clips of {speaker} in the test split, with their texts. "
            f"Received: {cache.directory}, speakers={cache.speakers}"
        )
    most = LONGEST * cache.mel.sample_rate / cache.mel.hop_length
    sentences = [
        number
        for number, clip in clips.items()
        if is_sentence(clip.text) and clip.frames <= most
    ]
    if len(sentences) >= COUNT:
        order = sorted(sentences, key=lambda number: _hash(clips[number].prompt))
    else:
        order = sorted(clips, key=lambda number: -clips[number].frames)
    return sorted(order[:COUNT])


def is_sentence(text: str) -> bool:
    """Whether a text is a whole sentence of four words or more."""
    begins_and_ends = re.fullmatch(r"[A-Z“\"'].*[^.…,][.!?]", text.strip())
    return bool(begins_and_ends) and len(text.split()) >= WORDS


def write_samples(folder: Path, checked: dict, voices: dict, acoustic_model) -> None:
    """Writes `samples.html` and its MP3 files, in `samples`.

    Args:
        folder: The page's, which is there.
        checked: What `check` returned.
        voices: As for `check`.
        acoustic_model: Preset of the model that tells how text is said.

    Raises:
        ValueError: If a text cannot be said.
        ImportError: If the extra `text` is not installed.
    """
    from keras_pwavenet import files

    remove_samples(folder)
    written = folder / "samples"
    written.mkdir(exist_ok=True)
    speakers = [
        _speaker(written, name, *found, voices[name], acoustic_model)
        for name, found in checked.items()
    ]
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    template = environment.get_template("samples.html.jinja")
    page = template.render(speakers=speakers, acoustic_model=Path(acoustic_model).name)
    files.write_text(folder / PAGE, page)


def remove_samples(folder: Path) -> None:
    """Removes what `write_samples` wrote, and nothing else."""
    for file in (folder / PAGE, *(folder / "samples").glob("*.mp3")):
        file.unlink(missing_ok=True)


def _speaker(folder, name, cache, numbers, system, voice, acoustic_model):
    """Writes the files of a speaker; returns what the page says of them."""
    recordings = [cache.audio(number) for number in numbers]
    features = [cache.conditioning(number) for number in numbers]
    texts = [cache.clips[number].text.strip() for number in numbers]
    preset = Path(voice["preset"]).name
    columns = {
        "Recording": recordings,
        f"Spoken again by {preset}": system.speak(recordings, features),
    }
    if "speaker" in voice:
        speech = _speech(acoustic_model, system.model, voice["speaker"])
        columns["Spoken from the text"] = [
            speech.synthesize(text, seed=SEED) for text in texts
        ]
    rows = [{"text": text, "players": []} for text in texts]
    for column, (head, spoken) in enumerate(columns.items()):
        kind = ("recording", "again", "text")[column]
        for place, (row, audio) in enumerate(zip(rows, spoken, strict=True), 1):
            file = f"{name}-{place:02}-{kind}.mp3"
            _write(folder / file, audio, cache.mel.sample_rate)
            row["players"].append({"head": head, "file": f"samples/{file}"})
    return {
        **{"links": [], **RECORDINGS[name]},
        "heads": list(columns),
        "rows": rows,
        "voice": preset,
        "voice_terms": _metadata(voice["preset"]),
        "changes": _changes(cache, cache.clips[numbers[0]]),
    }


def _speech(acoustic_model, vocoder, speaker):
    from keras_pwavenet import TextToSpeech
    from keras_pwavenet.presets import PresetMixin

    model = PresetMixin.from_preset(acoustic_model)
    return TextToSpeech(model, vocoder, speaker=speaker)


def _metadata(preset):
    """Licence and attribution of a voice, empty where it states none."""
    from keras_pwavenet.presets import layout, resolve, storage

    found = storage.read_json(Path(resolve(preset)), layout.METADATA)
    return {key: found.get(key, "") for key in ("licence", "attribution")}


def _changes(cache, clip):
    """What was done to a speaker's recordings, as many licences ask to say."""
    from keras_pwavenet.data.split import CORPUS_SEPARATOR

    corpus = clip.name.rpartition(CORPUS_SEPARATOR)[0]
    done = cache.preparation.get(corpus, {})
    said = [f"one channel of {cache.mel.sample_rate / 1000:g} kHz"]
    if done.get("level") is not None:
        said.append(f"brought to {done['level']:g} dB")
    if done.get("highpass") is not None:
        said.append(f"without what is below {done['highpass']:g} Hz")
    return ", ".join([*said, "MP3"])


def _write(path, audio, sample_rate):
    from keras_pwavenet.audio import write_audio

    write_audio(path, np.clip(audio, -1, 1), sample_rate)


def _hash(prompt):
    """As the split hashes it, without a joined corpus' name."""
    from keras_pwavenet.data.split import CORPUS_SEPARATOR

    prompt = prompt.rpartition(CORPUS_SEPARATOR)[2]
    return hashlib.sha1(prompt.encode()).hexdigest()
