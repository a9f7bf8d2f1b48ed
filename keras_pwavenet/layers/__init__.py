"""Keras layers: causal convolution, gated block, stack, upsampler and flow."""

from keras_pwavenet.layers.autoregressive_flow import InverseAutoregressiveFlow
from keras_pwavenet.layers.causal_conv import CausalConv1D
from keras_pwavenet.layers.mixture_head import MixtureHead
from keras_pwavenet.layers.residual_block import GatedResidualBlock
from keras_pwavenet.layers.stack import WaveNetStack
from keras_pwavenet.layers.upsampler import ConditioningUpsampler

__all__ = [
    "CausalConv1D",
    "ConditioningUpsampler",
    "GatedResidualBlock",
    "InverseAutoregressiveFlow",
    "MixtureHead",
    "WaveNetStack",
]
