"""Models: the teacher, the student and the classifier that hears them."""

from keras_pwavenet.models.acoustic_model import AcousticModel
from keras_pwavenet.models.parallel_wavenet import ParallelWaveNet
from keras_pwavenet.models.phoneme_classifier import PhonemeClassifier
from keras_pwavenet.models.pitch_predictor import PitchPredictor, decode_pitch
from keras_pwavenet.models.speakers import add_speakers, one_speaker
from keras_pwavenet.models.wavenet import WaveNet

__all__ = [
    "AcousticModel",
    "ParallelWaveNet",
    "PhonemeClassifier",
    "PitchPredictor",
    "WaveNet",
    "add_speakers",
    "decode_pitch",
    "one_speaker",
]
