"""Losses, each a `keras.losses.Loss`."""

from keras_pwavenet.losses.kl import DistillationKL
from keras_pwavenet.losses.mixture_nll import MixtureLogisticNLL
from keras_pwavenet.losses.spectral import MultiResolutionSTFTLoss, PowerLoss

__all__ = [
    "DistillationKL",
    "MixtureLogisticNLL",
    "MultiResolutionSTFTLoss",
    "PowerLoss",
]
