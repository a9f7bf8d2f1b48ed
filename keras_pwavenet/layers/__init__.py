"""Keras layers: convolution, block, stack and flow, and signal processing."""

from keras_pwavenet.layers.autoregressive_flow import InverseAutoregressiveFlow
from keras_pwavenet.layers.causal_conv import CausalConv1D
from keras_pwavenet.layers.harmonic_source import HarmonicSource
from keras_pwavenet.layers.linear_predictor import LinearPredictor
from keras_pwavenet.layers.mixture_head import MixtureHead
from keras_pwavenet.layers.residual_block import GatedResidualBlock
from keras_pwavenet.layers.residual_conv import ResidualConv1D
from keras_pwavenet.layers.spectral_envelope import SpectralEnvelope
from keras_pwavenet.layers.stack import WaveNetStack
from keras_pwavenet.layers.synthesis_filter import SynthesisFilter
from keras_pwavenet.layers.upsampler import ConditioningUpsampler

__all__ = [
    "CausalConv1D",
    "ConditioningUpsampler",
    "GatedResidualBlock",
    "HarmonicSource",
    "InverseAutoregressiveFlow",
    "LinearPredictor",
    "MixtureHead",
    "ResidualConv1D",
    "SpectralEnvelope",
    "SynthesisFilter",
    "WaveNetStack",
]
