"""Losses, each a `keras.losses.Loss`.

Those of a distiller state what they compare as the attribute `compares`:

- "audio": recorded and generated audio, `(batch, samples)` each;
- "teacher": the teacher's parameters for the student's audio and conditioning, and the
  student's distribution, as in `DistillationKL`;
- "other_teacher": the same, with the conditioning and speaker of other clips.

`Distiller` and the command line find them by their default `name`.
"""

from keras_pwavenet.lazy import exports

# By the `name` of each: module, class, and what `pwavenet distill --help` says of it.
DISTILLATION = {
    "adversarial": (
        *("adversarial", "AdversarialLoss"),
        "what critics, trained beside, tell from recordings",
    ),
    "contrastive": (
        *("contrastive", "ContrastiveLoss"),
        "speech that would fit other clips as well",
    ),
    "kl": ("kl", "DistillationKL", "what the teacher finds unlikely"),
    "perceptual": ("perceptual", "PerceptualLoss", "what a phoneme classifier hears"),
    "power": ("power", "PowerLoss", "the difference of power at each frequency"),
    "stft": ("stft", "MultiResolutionSTFTLoss", "the difference of spectra"),
    "tone": ("block_tone", "BlockToneLoss", "constant tones at the block rate"),
}

__getattr__, __dir__, __all__ = exports(
    __name__,
    {
        "ContourLoss": "contour",
        "DurationLoss": "duration",
        "MelLoss": "mel",
        "MixtureLogisticNLL": "mixture_nll",
        "PitchLoss": "pitch",
        "from_terms": "registry",
        "get": "registry",
        **{name: module for module, name, _ in DISTILLATION.values()},
    },
)
