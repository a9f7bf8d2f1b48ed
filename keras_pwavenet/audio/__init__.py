"""Reading and writing audio, resampling, log-mel features."""

from keras_pwavenet.lazy import exports

__getattr__, __dir__, __all__ = exports(
    __name__,
    {
        "AudioError": "read",
        "LogMelSpectrogram": "mel",
        "active_level": "level",
        "audio_format": "write",
        "frame_powers": "level",
        "graph_audio_reader": "tensorflow_io",
        "high_pass": "level",
        "read_audio": "read",
        "resample": "resampling",
        "tensorflow_io_loads": "tensorflow_io",
        "to_float": "pcm",
        "to_int16": "pcm",
        "write_audio": "write",
        "writing_audio": "write",
    },
)
