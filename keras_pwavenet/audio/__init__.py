"""Reading and writing audio, resampling, log-mel features."""

from keras_pwavenet.audio.mel import LogMelSpectrogram
from keras_pwavenet.audio.pcm import to_float, to_int16
from keras_pwavenet.audio.read import AudioError, read_audio
from keras_pwavenet.audio.resample import resample
from keras_pwavenet.audio.tensorflow_io import (
    graph_audio_reader,
    tensorflow_io_loads,
)
from keras_pwavenet.audio.write import audio_format, write_audio

__all__ = [
    "AudioError",
    "LogMelSpectrogram",
    "audio_format",
    "graph_audio_reader",
    "read_audio",
    "resample",
    "tensorflow_io_loads",
    "to_float",
    "to_int16",
    "write_audio",
]
