"""Several prepared corpora to one with several speakers, or with some of them."""

import dataclasses
import itertools
import os
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

from keras_pwavenet.data import cache, cached_clips
from keras_pwavenet.data.split import CORPUS_SEPARATOR
from keras_pwavenet.files import new_folder, write_json


def join(
    caches: Mapping[str, cache.FeatureCache],
    directory: str | os.PathLike,
    speakers: Collection[str] | None = None,
) -> cache.FeatureCache:
    """Writes several caches as one, each under a name.

    A clip "digits/10" of the corpus "en" becomes "en//digits/10" and keeps its prompt,
    and with it the split that it was in. Phones and pitch come along where every
    cache has them. Clips without a speaker get that name as speaker; other
    speakers keep their names.

    Args:
        caches: The caches by corpus' name.
        directory: The folder to write; it must not exist yet, or be empty.
        speakers: Whose clips to keep; everyone's if None.

    Returns:
        The joined cache.

    Raises:
        ValueError: If there is no cache, the features were made with different
            settings, a name holds "/", two corpora have a speaker in common, or a
            speaker is in none.
        FileExistsError: If the folder holds something already.
    """
    if not caches:
        raise ValueError("Expected at least one cache. Received: caches={}")
    first = next(iter(caches.values()))
    clips: list[cached_clips.CachedClip] = []
    kept: list[tuple[cache.FeatureCache, cached_clips.CachedClip]] = []
    end = 0
    corpus_of: dict[str, str] = {}
    for corpus, part in caches.items():
        if not isinstance(corpus, str) or not corpus or "/" in corpus:
            raise ValueError(
                f"Expected a corpus' name without '/'. Received: corpus={corpus!r}"
            )
        if part.mel.get_config() != first.mel.get_config():
            raise ValueError(
                f"Expected features made with one setting, {first.mel.get_config()}. "
                f"Received: {corpus!r} with {part.mel.get_config()}"
            )
        for clip in part.clips:
            speaker = clip.speaker or corpus
            if corpus_of.setdefault(speaker, corpus) != corpus:
                raise ValueError(
                    "Expected each speaker in one cache only. Received: "
                    f"speaker={speaker!r} in {corpus_of[speaker]!r} and {corpus!r}"
                )
            if speakers is not None and speaker not in speakers:
                continue
            clips.append(
                dataclasses.replace(
                    clip,
                    name=f"{corpus}{CORPUS_SEPARATOR}{clip.name}",
                    speaker=speaker,
                    offset=end,
                )
            )
            kept.append((part, clip))
            end += clip.frames
    unknown = [] if speakers is None else sorted(set(speakers) - set(corpus_of))
    if unknown or not clips:
        raise ValueError(
            f"Expected speakers out of {', '.join(sorted(corpus_of))}. "
            f"Received: speakers={unknown}"
        )
    preparation = {
        f"{corpus}{CORPUS_SEPARATOR}{inner}" if inner else corpus: settings
        for corpus, part in caches.items()
        for inner, settings in part.preparation.items()
    }
    with new_folder(directory) as folder:
        frame_bytes = {
            cache.AUDIO_FILE: first.mel.hop_length * cache.AUDIO_DTYPE.itemsize,
            cache.MEL_FILE: first.mel.n_mels * cache.MEL_DTYPE.itemsize,
        }
        if all(part.aligned for part in caches.values()):
            frame_bytes[cache.PHONES_FILE] = cache.PHONES_DTYPE.itemsize
        if all(part.pitch_followed for part in caches.values()):
            frame_bytes[cache.PITCH_FILE] = cache.PITCH_DTYPE.itemsize
        for file, size in frame_bytes.items():
            with open(folder / file, "wb") as target:
                for part, of_part in itertools.groupby(kept, lambda pair: pair[0]):
                    with open(part.directory / file, "rb") as source:
                        for _, clip in of_part:
                            source.seek(clip.offset * size)
                            target.write(source.read(clip.frames * size))
        shutil.copy(first.directory / cache.MEL_SETTINGS_FILE, folder)
        write_json(folder / cache.INDEX_FILE, cached_clips.index_of(clips, preparation))
    return cache.FeatureCache(Path(directory))
