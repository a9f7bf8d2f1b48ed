"""Whose voice it is: a voice print and a recogniser of speakers."""

from collections.abc import Sequence

import numpy as np
import scipy.fft

from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.evaluate.pitch import pitch_track

_CEPSTRA = 20
_SPEECH_RANGE = 4.0  # nats of log-mel below the loudest frame


def voice_print(audio: np.ndarray, mel: LogMelSpectrogram) -> np.ndarray:
    """Describes a voice by its timbre and pitch, whatever it says.

    Args:
        audio: Waveform (samples,).
        mel: The features to take the spectrum from.

    Returns:
        float64 (40,): means of 19 mel cepstra (without the level) over the frames of
        speech, their standard deviations, and median and interquartile range of the
        natural logarithm of the fundamental frequency in Hz, 0 if nothing is voiced.
    """
    spectrum = np.log(mel.invert(mel(audio)).astype("float64"))
    level = spectrum.mean(axis=1)
    speech = spectrum[level > level.max() - _SPEECH_RANGE]
    cepstra = scipy.fft.dct(speech, norm="ortho")[:, 1:_CEPSTRA]
    track = pitch_track(audio, mel.sample_rate)
    pitch = np.log(track[track > 0]) if (track > 0).any() else np.zeros(1)
    low, median, high = np.quantile(pitch, [0.25, 0.5, 0.75])
    return np.concatenate([cepstra.mean(0), cepstra.std(0), [median, high - low]])


class SpeakerRecogniser:
    """Linear discriminant analysis of voice prints (package scikit-learn).

    Args:
        prints: Voice prints of recordings (clips, 40).
        speakers: Who speaks each of them.
    """

    def __init__(self, prints: np.ndarray, speakers: Sequence[str]) -> None:
        from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        self._model = make_pipeline(
            StandardScaler(),
            LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
        )
        self._model.fit(prints, list(speakers))
        self.speakers = [str(speaker) for speaker in self._model.classes_]

    def __call__(self, prints: np.ndarray) -> list[str]:
        """Tells the speaker of each voice print (clips, 40)."""
        return [str(speaker) for speaker in self._model.predict(prints)]


def confusion(
    expected: Sequence[str], found: Sequence[str], speakers: Sequence[str]
) -> np.ndarray:
    """Counts who was taken for whom.

    Returns:
        int64 (speakers, speakers): the row is the expected speaker, the column the
        one that was found.
    """
    place = {speaker: number for number, speaker in enumerate(speakers)}
    counts = np.zeros((len(speakers), len(speakers)), "int64")
    np.add.at(counts, ([place[e] for e in expected], [place[f] for f in found]), 1)
    return counts
