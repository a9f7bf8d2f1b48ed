"""Losses, each a `keras.losses.Loss`.

Those of a distiller state what they compare as the attribute `compares`:

- "audio": recorded and generated audio, `(batch, samples)` each;
- "teacher": the teacher's parameters for the student's audio and conditioning, and the
  student's distribution, as in `DistillationKL`;
- "other_teacher": the same, with the conditioning and speaker of other clips.

`Distiller` and the command line find them by their default `name`.
"""

from keras_pwavenet.losses.block_tone import BlockToneLoss
from keras_pwavenet.losses.contrastive import ContrastiveLoss
from keras_pwavenet.losses.kl import DistillationKL
from keras_pwavenet.losses.mixture_nll import MixtureLogisticNLL
from keras_pwavenet.losses.perceptual import PerceptualLoss
from keras_pwavenet.losses.pitch import PitchLoss
from keras_pwavenet.losses.registry import from_terms, get
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
    "from_terms",
    "get",
]
