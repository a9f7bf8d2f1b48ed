"""A prepared corpus beside itself, with mels as an acoustic model tells them."""

import dataclasses
import os
import shutil

import numpy as np
import tqdm
from keras import ops

from keras_pwavenet.audio.pcm import to_int16
from keras_pwavenet.data import cache as cached
from keras_pwavenet.data.cached_clips import index_of
from keras_pwavenet.data.sentence_batches import SentenceBatches
from keras_pwavenet.data.sentences import read_sentences
from keras_pwavenet.data.split import SPLITS
from keras_pwavenet.files import new_folder, write_json

SUFFIX = "/predicted"  # of a clip's name


def predict_corpus(
    cache: cached.FeatureCache,
    model,
    directory: str | os.PathLike,
    progress: bool = True,
) -> cached.FeatureCache:
    """Writes a corpus whose clips are there twice, for a student that is to speak text.

    Each clip is there as it is; and for each sentence that `segment_corpus` found in
    it, the recording of the sentence once more, beside the mel that the acoustic model
    tells for the recording's durations and pitch. A student trained on both hears what
    it will be given when it speaks text, and stays one for recordings. Both are in the
    clip's split. Pitch is that of the recording; phones are left out.

    Args:
        cache: A corpus with pitch and sentences (`follow_pitch`, `segment_corpus`).
        model: An `AcousticModel` of the same features and speakers.
        directory: The folder to write; it must not exist yet, or be empty.
        progress: Whether to show a progress bar, on a terminal.

    Returns:
        The new corpus.

    Raises:
        ValueError: If pitch or sentences are missing, a symbol is unknown to the model,
            it has other features or another number of speakers, or the corpus holds
            predicted mels already.
        FileExistsError: If the folder holds something already.
    """
    speakers = len(cache.speakers) if model.num_speakers else 0
    if (
        model.preprocessor.get_config() != cache.mel.get_config()
        or model.num_speakers != speakers
    ):
        raise ValueError(
            f"Expected a corpus of the model's features, {model.preprocessor}, and "
            f"num_speakers={model.num_speakers}. Received: {cache.mel}, "
            f"num_speakers={speakers}"
        )
    cache.pitch(0, 0, 0)  # refuses a corpus without
    twice = [clip.name for clip in cache.clips if clip.name.endswith(SUFFIX)]
    if twice:
        raise ValueError(
            f"Expected a corpus of recordings alone. Received: clip={twice[0]!r}"
        )
    sentences = [s for split in SPLITS for s in read_sentences(cache, split)]
    low, high = cache.mel.value_range
    clips = list(cache.clips)
    end = clips[-1].offset + clips[-1].frames
    with new_folder(directory) as folder:
        for file in (cached.AUDIO_FILE, cached.MEL_FILE, cached.PITCH_FILE):
            shutil.copy(cache.directory / file, folder)
        shutil.copy(cache.directory / cached.MEL_SETTINGS_FILE, folder)
        with (
            open(folder / cached.AUDIO_FILE, "ab") as audio,
            open(folder / cached.MEL_FILE, "ab") as mel,
            open(folder / cached.PITCH_FILE, "ab") as pitch,
        ):
            for sentence in tqdm.tqdm(
                sentences, unit="sentence", disable=None if progress else True
            ):
                number, start, frames = sentence.clip, sentence.start, sentence.frames
                batches = SentenceBatches(model, cache, [sentence], fixed=True)
                inputs, *_ = batches.batch(0, 0)
                found = ops.convert_to_numpy(model(inputs, training=False)["mel"])
                told = np.clip(found[0, :frames], low, high)
                hop = cache.mel.hop_length
                piece = cache.audio(number, start * hop, frames * hop)
                audio.write(to_int16(piece).astype(cached.AUDIO_DTYPE).tobytes())
                mel.write(told.astype(cached.MEL_DTYPE).tobytes())
                track = cache.pitch(number, start, frames)
                pitch.write(track.astype(cached.PITCH_DTYPE).tobytes())
                clip = cache.clips[number]
                clips.append(
                    dataclasses.replace(
                        clip, name=f"{clip.name}{SUFFIX}", offset=end, frames=frames
                    )
                )
                end += frames
        index = index_of(clips, cache.preparation)
        write_json(folder / cached.INDEX_FILE, index)
    return cached.FeatureCache(directory)
