"""Parallel WaveNet as a Keras 3 model zoo."""

from keras_pwavenet.lazy import exports
from keras_pwavenet.version import __version__

__getattr__, __dir__, __all__ = exports(
    __name__,
    {
        "AcousticModel": "models",
        "Distiller": "distillation",
        "ParallelWaveNet": "models",
        "PhonemeClassifier": "models",
        "PitchPredictor": "models",
        "TextToSpeech": "speech",
        "WaveNet": "models",
        "resynthesize": "resynthesis",
        "speak": "speech",
    },
    [
        *("audio", "data", "distillation", "evaluate", "export", "layers"),
        *(
            "logistic",
            "losses",
            "models",
            "presets",
            "signal",
            "speech",
            "text",
            "training",
        ),
    ],
)
__all__ += ["__version__"]
