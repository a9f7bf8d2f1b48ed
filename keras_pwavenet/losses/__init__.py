"""Losses, each a `keras.losses.Loss`.

Those of a distiller state what they compare as the attribute `compares`:

- "audio": recorded and generated audio, `(batch, samples)` each;
- "teacher": the teacher's parameters for the student's audio and conditioning, and the
  student's distribution, as in `DistillationKL`;
- "other_teacher": the same, with the conditioning and speaker of other clips.

`Distiller` and the command line find them by their default `name`.
"""

from keras_pwavenet.lazy import exports

# By the `name` of each: module and class.
DISTILLATION = {
    "contrastive": ("contrastive", "ContrastiveLoss"),
    "kl": ("kl", "DistillationKL"),
    "perceptual": ("perceptual", "PerceptualLoss"),
    "power": ("spectral", "PowerLoss"),
    "stft": ("spectral", "MultiResolutionSTFTLoss"),
    "tone": ("block_tone", "BlockToneLoss"),
}

__getattr__, __dir__, __all__ = exports(
    __name__,
    {
        "MixtureLogisticNLL": "mixture_nll",
        "PitchLoss": "pitch",
        "from_terms": "registry",
        "get": "registry",
        **{name: module for module, name in DISTILLATION.values()},
    },
)
