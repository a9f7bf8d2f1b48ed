"""Measures of text to speech on test clips, beside recordings and copy-synthesis.

    pip install '.[evaluate,text,distillmos]'
    python experiments/measure_text.py features/english en_acoustic --vocoder universal

Of each speaker the first test clips whose text has four words or more. Prints a table:
word errors by Whisper tiny.en, DNSMOS, DistillMOS, the deviation of log-F0 over all
voiced frames, the mean F0 and the length against the recordings.
"""

import argparse

import numpy as np

from keras_pwavenet import AcousticModel, ParallelWaveNet, TextToSpeech
from keras_pwavenet.data import FeatureCache
from keras_pwavenet.data.pitch import frame_pitch
from keras_pwavenet.evaluate.measures.distillmos import JUDGE as DISTILLMOS
from keras_pwavenet.evaluate.measures.dnsmos import JUDGE as DNSMOS
from keras_pwavenet.evaluate.measures.judge import Clip
from keras_pwavenet.evaluate.measures.recogniser import recognise
from keras_pwavenet.evaluate.measures.words import (
    MIN_WORDS,
    english_words,
    word_errors,
)


def row(name, clips, texts, seconds):
    """A row of the table: `clips` are waveforms, `seconds` of the recordings."""
    rate = clips[0][1]
    errors = count = 0
    opinions, others, tracks = [], [], []
    for (audio, _), text in zip(clips, texts, strict=True):
        clip = Clip(audio, audio, rate, text)
        _, narrow = clip.at_16_khz()
        said = english_words(text)
        errors += word_errors(said, english_words(recognise(narrow)))
        count += len(said)
        opinions.append(DNSMOS.measure(clip)["dnsmos"])
        others.append(DISTILLMOS.measure(clip)["distillmos"])
        tracks.append(frame_pitch(audio, rate, 256))
    pitch = np.concatenate(tracks)
    pitch = pitch[pitch > 0]
    length = sum(len(audio) for audio, _ in clips) / rate / seconds
    print(
        f"| {name} | {errors / count:.3f} | {np.mean(opinions):.2f} | "
        f"{np.mean(others):.2f} | {np.log(pitch).std():.3f} | "
        f"{np.exp(np.log(pitch).mean()):.0f} | {length:.2f} |",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("features", help="folder written by prepare")
    parser.add_argument("acoustic_model", help="its preset")
    parser.add_argument("--vocoder", default="universal", help="preset of the student")
    parser.add_argument("--clips", type=int, default=12, help="of each speaker")
    arguments = parser.parse_args()
    cache = FeatureCache(arguments.features)
    acoustic_model = AcousticModel.from_preset(arguments.acoustic_model)
    vocoder = ParallelWaveNet.from_preset(arguments.vocoder)
    rate = cache.mel.sample_rate
    print(
        "| | WER | DNSMOS | DistillMOS | deviation of log-F0 | mean F0, Hz | length |"
    )
    print("|---|---|---|---|---|---|---|")
    for number, speaker in enumerate(cache.speakers):
        tts = TextToSpeech(acoustic_model, vocoder, speaker=number)
        chosen = [
            place
            for place in cache.indices("test")
            if cache.clips[place].speaker == speaker
            and len(english_words(cache.clips[place].text)) >= MIN_WORDS
        ][: arguments.clips]
        texts = [cache.clips[place].text for place in chosen]
        recorded = [(cache.audio(place), rate) for place in chosen]
        seconds = sum(len(audio) for audio, _ in recorded) / rate
        copied = [
            (
                np.asarray(vocoder.generate(cache.conditioning(place)[None], seed=0))[
                    0
                ],
                rate,
            )
            for place in chosen
        ]
        spoken = [(tts.synthesize(text), rate) for text in texts]
        row(f"{speaker}, text", spoken, texts, seconds)
        row(f"{speaker}, copy-synthesis", copied, texts, seconds)
        row(f"{speaker}, recordings", recorded, texts, seconds)


if __name__ == "__main__":
    main()
