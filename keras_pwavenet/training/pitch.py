"""Which pitch predictor new models are given."""

from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.models import PitchPredictor
from keras_pwavenet.text import LinguisticFeatures


def pitch_predictor(
    mel: LogMelSpectrogram | LinguisticFeatures, preset: str = "auto"
) -> PitchPredictor | None:
    """Loads the pitch predictor for a corpus.

    Args:
        mel: What the corpus' features were made with.
        preset: Preset of a `PitchPredictor` for such features; "auto" for the built-in
            one that hears them, or none where the features are linguistic; "none" for
            models that do not follow the pitch.

    Returns:
        The predictor, or None.

    Raises:
        ValueError: If the preset was made for other features, or "auto" finds none.
    """
    linguistic = isinstance(mel, LinguisticFeatures)
    if preset == "none" or (preset == "auto" and linguistic):
        return None
    names = list(PitchPredictor.presets) if preset == "auto" else [preset]
    for name in names:
        predictor = PitchPredictor.from_preset(name)
        if predictor.preprocessor.get_config() == mel.get_config():
            return predictor
    raise ValueError(
        "Expected a pitch predictor for features of these settings; "
        "examples/train_pitch.py trains one, and 'none' does without. "
        f"Received: pitch={preset!r}, mel={mel}"
    )
