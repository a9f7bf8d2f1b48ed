"""Reading and writing audio, resampling, log-mel features."""

from keras_pwavenet.audio.level import active_level, frame_powers, high_pass
from keras_pwavenet.audio.mel import LogMelSpectrogram
from keras_pwavenet.audio.pcm import to_float, to_int16
from keras_pwavenet.audio.read import AudioError, read_audio
from keras_pwavenet.audio.resampling import resample
from keras_pwavenet.audio.tensorflow_io import (
    graph_audio_reader,
    tensorflow_io_loads,
)
from keras_pwavenet.audio.write import audio_format, write_audio

__all__ = [
    "AudioError",
    "LogMelSpectrogram",
    "active_level",
    "audio_format",
    "frame_powers",
    "graph_audio_reader",
    "high_pass",
    "read_audio",
    "resample",
    "tensorflow_io_loads",
    "to_float",
    "to_int16",
    "write_audio",
]
