"""Signal processing as pure functions: envelopes, prediction, synthesis, pitch."""

from keras_pwavenet.signal.envelope import (
    bandwidth_decay,
    expand_bandwidth,
    levinson_durbin,
    mel_to_autocorrelation,
)
from keras_pwavenet.signal.prediction import (
    asinh,
    linear_prediction,
    period,
    period_before,
)
from keras_pwavenet.signal.source import (
    frame_phase,
    harmonic_source,
    interpolate_pitch,
    piece_phase,
)
from keras_pwavenet.signal.synthesis import impulse_response, synthesize

__all__ = [
    "asinh",
    "bandwidth_decay",
    "expand_bandwidth",
    "frame_phase",
    "harmonic_source",
    "impulse_response",
    "interpolate_pitch",
    "levinson_durbin",
    "linear_prediction",
    "mel_to_autocorrelation",
    "period",
    "period_before",
    "piece_phase",
    "synthesize",
]
