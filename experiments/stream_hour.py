"""Speaks a held vowel for an hour, frame by frame, and looks at its end.

    python experiments/stream_hour.py keras_pwavenet/presets/en_female/model.tflite \
        tests/clips/arctic_a0498.flac --minutes 60

Takes the loudest frame of the recording, says it at 200 Hz by a file of
`pwavenet export --format litert_stream`, and prints memory, time, the pitch, and the
largest step from a sample to the next, of the first and of the last ten seconds.
"""

import argparse
import resource
import time

import numpy as np

from keras_pwavenet.audio import read_audio
from keras_pwavenet.presets import layout
from keras_pwavenet.presets.registry import builtin_folder
from keras_pwavenet.speech.base import read_object
from keras_pwavenet.speech.vocoder import LightVocoder

PITCH = 200.0  # Hz


def pitch_of(audio, rate):
    """Frequency of the strongest peak near the pitch, between bins of a spectrum."""
    spectrum = np.abs(np.fft.rfft(audio * np.hanning(len(audio))))
    width = rate / len(audio)
    first = round(0.9 * PITCH / width)
    top = first + int(np.argmax(spectrum[first : round(1.1 * PITCH / width)]))
    low, middle, high = np.log(spectrum[top - 1 : top + 2])
    return width * (top + 0.5 * (low - high) / (low - 2 * middle + high))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file", help="of `pwavenet export --format litert_stream`")
    parser.add_argument("recording")
    parser.add_argument("--preset", default="en_female", help="whose features it takes")
    parser.add_argument("--minutes", type=float, default=60.0)
    arguments = parser.parse_args()
    from keras_pwavenet.audio.mel import LogMelSpectrogram

    settings = read_object(builtin_folder(arguments.preset) / layout.PREPROCESSOR)
    mel = LogMelSpectrogram(**settings["config"])
    rate = mel.sample_rate
    audio, _ = read_audio(arguments.recording, rate)
    features = np.asarray(mel(audio))
    frame = features[features.mean(axis=1).argmax()]
    count = round(60 * arguments.minutes * rate / mel.hop_length)
    vowel = np.broadcast_to(frame, (count, len(frame)))
    pitch = np.broadcast_to(np.float32(PITCH), (count,))
    keep = 10 * rate
    begin, memory = time.process_time(), None
    first, last = [], np.zeros(0, "float32")
    for place, part in enumerate(LightVocoder(arguments.file).speak(vowel, pitch, 0)):
        if sum(map(len, first)) < keep:
            first.append(part)
        last = np.concatenate([last, part])[-keep:]
        if place == 200:
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    took = time.process_time() - begin
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) / 1024
    print(f"{arguments.minutes:g} minutes in {took:.0f} s of the processor")
    print(f"memory: {memory / 1024:.1f} MB at first, {grown:.1f} MB more at the end")
    for name, heard in (("first", np.concatenate(first)[rate:keep]), ("last", last)):
        steps = np.abs(np.diff(heard))
        print(
            f"{name} seconds: {pitch_of(heard, rate):.4f} Hz, largest step "
            f"{steps.max():.3f}, at borders of frames "
            f"{steps[mel.hop_length - 1 :: mel.hop_length].max():.3f}, "
            f"level {10 * np.log10(np.mean(heard**2)):.2f} dB"
        )


if __name__ == "__main__":
    main()
