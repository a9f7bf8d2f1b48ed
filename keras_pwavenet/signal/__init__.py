"""Signal processing as pure functions: envelopes, prediction, synthesis, pitch."""

from keras_pwavenet.signal.comb import harmonic_comb
from keras_pwavenet.signal.envelope import (
    autocorrelation,
    bandwidth_decay,
    expand_bandwidth,
    mel_to_spectrum,
    prediction_error,
    schur_recursion,
)
from keras_pwavenet.signal.past import Past, put_before
from keras_pwavenet.signal.prediction import (
    asinh,
    linear_prediction,
    period,
    period_before,
)
from keras_pwavenet.signal.source import (
    frame_phase,
    harmonic_source,
    harmonic_source_onward,
    interpolate_pitch,
    piece_phase,
)
from keras_pwavenet.signal.spectrum import hann, stft_power
from keras_pwavenet.signal.synthesis import impulse_response, synthesize

__all__ = [
    "Past",
    "asinh",
    "autocorrelation",
    "bandwidth_decay",
    "expand_bandwidth",
    "frame_phase",
    "hann",
    "harmonic_comb",
    "harmonic_source",
    "harmonic_source_onward",
    "impulse_response",
    "interpolate_pitch",
    "linear_prediction",
    "mel_to_spectrum",
    "period",
    "period_before",
    "piece_phase",
    "prediction_error",
    "put_before",
    "schur_recursion",
    "stft_power",
    "synthesize",
]
