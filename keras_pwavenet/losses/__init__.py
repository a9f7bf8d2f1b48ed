"""Losses, each a `keras.losses.Loss`."""

from keras_pwavenet.losses.block_tone import BlockToneLoss
from keras_pwavenet.losses.contrastive import ContrastiveLoss
from keras_pwavenet.losses.kl import DistillationKL
from keras_pwavenet.losses.mixture_nll import MixtureLogisticNLL
from keras_pwavenet.losses.perceptual import PerceptualLoss
from keras_pwavenet.losses.pitch import PitchLoss
from keras_pwavenet.losses.spectral import MultiResolutionSTFTLoss, PowerLoss

__all__ = [
    "BlockToneLoss",
    "ContrastiveLoss",
    "DistillationKL",
    "MixtureLogisticNLL",
    "MultiResolutionSTFTLoss",
    "PerceptualLoss",
    "PitchLoss",
    "PowerLoss",
]
