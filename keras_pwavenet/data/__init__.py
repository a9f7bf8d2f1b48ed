"""Corpora, the fixed split, prepared features and batches to train on."""

from keras_pwavenet.data.alignment import AlignReport, align
from keras_pwavenet.data.cache import CachedClip, FeatureCache
from keras_pwavenet.data.clips import Clip
from keras_pwavenet.data.corpora import read_corpus
from keras_pwavenet.data.crops import RandomCrops
from keras_pwavenet.data.joining import join
from keras_pwavenet.data.pitch import follow_pitch, frame_pitch
from keras_pwavenet.data.preparation import PrepareReport, prepare
from keras_pwavenet.data.split import split_of
from keras_pwavenet.data.takes import last_takes
from keras_pwavenet.data.tf_data import as_tf_dataset

__all__ = [
    "AlignReport",
    "CachedClip",
    "Clip",
    "FeatureCache",
    "PrepareReport",
    "RandomCrops",
    "align",
    "as_tf_dataset",
    "follow_pitch",
    "frame_pitch",
    "join",
    "last_takes",
    "prepare",
    "read_corpus",
    "split_of",
]
