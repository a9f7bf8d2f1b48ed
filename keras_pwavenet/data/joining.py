"""Several prepared corpora to one with several speakers."""

import dataclasses
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from keras_pwavenet.data import cache, cached_clips
from keras_pwavenet.data.split import CORPUS_SEPARATOR
from keras_pwavenet.files import new_folder, write_json


def join(
    caches: Mapping[str, cache.FeatureCache], directory: str | os.PathLike
) -> cache.FeatureCache:
    """Writes several caches as one, each under a name.

    A clip "digits/10" of the corpus "en" becomes "en//digits/10" and keeps its prompt,
    and with it the split that it was in. Phones and pitch come along where every
    cache has them. Clips without a speaker get that name as speaker; other
    speakers keep their names.

    Args:
        caches: The caches by corpus' name.
        directory: The folder to write; it must not exist yet, or be empty.

    Returns:
        The joined cache.

    Raises:
        ValueError: If there is no cache, the features were made with different
            settings, a name holds "/", or two corpora have a speaker in common.
        FileExistsError: If the folder holds something already.
    """
    if not caches:
        raise ValueError("Expected at least one cache. Received: caches={}")
    first = next(iter(caches.values()))
    clips: list[cached_clips.CachedClip] = []
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
        begin = clips[-1].offset + clips[-1].frames if clips else 0
        for clip in part.clips:
            speaker = clip.speaker or corpus
            if corpus_of.setdefault(speaker, corpus) != corpus:
                raise ValueError(
                    "Expected each speaker in one cache only. Received: "
                    f"speaker={speaker!r} in {corpus_of[speaker]!r} and {corpus!r}"
                )
            clips.append(
                dataclasses.replace(
                    clip,
                    name=f"{corpus}{CORPUS_SEPARATOR}{clip.name}",
                    speaker=speaker,
                    offset=begin + clip.offset,
                )
            )
    preparation = {
        f"{corpus}{CORPUS_SEPARATOR}{inner}" if inner else corpus: settings
        for corpus, part in caches.items()
        for inner, settings in part.preparation.items()
    }
    with new_folder(directory) as folder:
        files = [cache.AUDIO_FILE, cache.MEL_FILE]
        if all(part.aligned for part in caches.values()):
            files.append(cache.PHONES_FILE)
        if all(part.pitch_followed for part in caches.values()):
            files.append(cache.PITCH_FILE)
        for file in files:
            with open(folder / file, "wb") as target:
                for part in caches.values():
                    with open(part.directory / file, "rb") as source:
                        shutil.copyfileobj(source, target)
        shutil.copy(first.directory / cache.MEL_SETTINGS_FILE, folder)
        write_json(folder / cache.INDEX_FILE, cached_clips.index_of(clips, preparation))
    return cache.FeatureCache(Path(directory))
