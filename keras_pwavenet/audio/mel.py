"""Log-mel features in the convention vocoders share."""

import math
import numbers

import keras
import numpy as np
import scipy.fft
import scipy.sparse

from keras_pwavenet.audio.mel_range import log_mel_range
from keras_pwavenet.audio.mel_scale import check_mel, mel_filters
from keras_pwavenet.audio.pcm import check_scale

_FRAMES_AT_ONCE = 512
_MOST_CHANNELS = 8


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class LogMelSpectrogram:
    """Log-mel spectrogram: Slaney mel, magnitude, natural log, affine scaling.

    The framing is HiFi-GAN's: the audio is padded with zeros to a whole number of
    hops, then reflected by `n_fft - hop_length` samples in all (half on each side),
    so that frame `f` is centred on samples `[f * hop_length, (f + 1) * hop_length)`
    and there are exactly `ceil(samples / hop_length)` frames. Values equal
    `librosa.feature.melspectrogram(power=1, center=False)` on the padded signal.

    The features are `(log(max(mel, floor)) + offset) * scale`. The scaling is part
    of the settings, never taken from a corpus.

    Args:
        sample_rate: Samples a second.
        n_fft: Length of the Fourier transform, in samples.
        hop_length: Samples a frame.
        win_length: Length of the periodic Hann window, in samples, centred in
            `n_fft`.
        n_mels: Number of mel bands.
        fmin: Lower edge of the lowest band, in Hz.
        fmax: Upper edge of the highest band, in Hz; half the sample rate if None.
        floor: Smallest mel magnitude kept by the logarithm.
        offset: Added to the logarithm.
        scale: Multiplies the sum.

    Raises:
        ValueError: If a setting is no finite number, they contradict each other, or a
            band is so narrow that it hears nothing.

    Example:
        >>> mel = LogMelSpectrogram(sample_rate=16000, hop_length=160)
        >>> mel(np.zeros(16000, "float32")).shape
        (100, 80)

    Reference:
        [HiFi-GAN](https://arxiv.org/abs/2010.05646), whose framing this is;
        M. Slaney, Auditory Toolbox (1998), whose mel scale this is.
    """

    def __init__(
        self,
        sample_rate: int = 24000,
        n_fft: int = 1024,
        hop_length: int = 256,
        win_length: int = 1024,
        n_mels: int = 80,
        fmin: float = 0.0,
        fmax: float | None = None,
        floor: float = 1e-5,
        offset: float = 5.0,
        scale: float = 0.25,
    ) -> None:
        self.sample_rate = _integer("sample_rate", sample_rate)
        self.n_fft = _integer("n_fft", n_fft)
        self.hop_length = _integer("hop_length", hop_length)
        self.win_length = _integer("win_length", win_length)
        self.n_mels = _integer("n_mels", n_mels)
        self.fmin = _finite("fmin", fmin)
        self.fmax = None if fmax is None else _finite("fmax", fmax)
        self.floor = _finite("floor", floor)
        self.offset = _finite("offset", offset)
        self.scale = _finite("scale", scale)
        check_mel(
            *(self.sample_rate, self.n_fft, self.hop_length, self.win_length),
            *(self.n_mels, self.fmin, self._top),
        )
        if self.floor <= 0 or self.scale == 0:
            raise ValueError(
                "Expected a positive `floor` and a `scale` other than zero. Received: "
                f"floor={self.floor}, scale={self.scale}"
            )
        self._window = _centred_hann(self.win_length, self.n_fft)
        filters = mel_filters(
            self.sample_rate, self.n_fft, self.n_mels, self.fmin, self._top
        )
        self._filters = scipy.sparse.csr_array(filters)

    def __call__(self, audio: np.ndarray) -> np.ndarray:
        """Computes the features.

        Args:
            audio: Waveform in [-1, 1], (samples,) or (batch, samples), at least one
                sample.

        Returns:
            float32 (frames, n_mels) or (batch, frames, n_mels), with
            frames = ceil(samples / hop_length).

        Raises:
            ValueError: If the audio has another rank, no samples, integers, NaN or
                infinite samples, or a peak over 4, or seems to be (samples, channels).
        """
        audio = np.asarray(audio)
        if audio.ndim not in (1, 2) or audio.shape[-1] == 0:
            raise ValueError(
                "Expected `audio` (samples,) or (batch, samples) with at least one "
                f"sample. Received: audio.shape={audio.shape}"
            )
        if audio.ndim == 2 and audio.shape[1] <= _MOST_CHANNELS < self.hop_length:
            if len(audio) > self.hop_length:
                raise ValueError(
                    "Expected `audio` (samples,) or (batch, samples); take the mean "
                    "over channels of (samples, channels). Received: "
                    f"audio.shape={audio.shape}"
                )
        check_scale(audio)
        if audio.ndim == 2:
            features = np.empty(
                (len(audio), self.frames(audio.shape[1]), self.n_mels), "float32"
            )
            for row, waveform in enumerate(audio):
                features[row] = self(waveform)
            return features
        magnitudes = self._mel_magnitudes(audio)
        log_mel = np.log(np.maximum(magnitudes, self.floor))
        return ((log_mel + self.offset) * self.scale).astype("float32")

    def frames(self, samples: int) -> int:
        """Returns the number of frames of a waveform of so many samples."""
        return -(-samples // self.hop_length)

    def invert(self, features: np.ndarray) -> np.ndarray:
        """Undoes the scaling and the logarithm.

        Args:
            features: What calling the object returned, (..., n_mels).

        Returns:
            Mel magnitudes, float32, of the same shape. Whatever lay under `floor`
            comes back as `floor`.
        """
        features = np.asarray(features, "float64")
        return np.exp(features / self.scale - self.offset).astype("float32")

    def from_log_mel(self, log_mel: np.ndarray, base: float = math.e) -> np.ndarray:
        """Turns log-mel magnitudes as others write them into features.

        For mels of the same rate, hop, window, bands and edges, on Slaney's scale, of
        magnitudes (not powers), such as HiFi-GAN's, Tacotron 2's or FastPitch's.

        Args:
            log_mel: Logarithms of mel magnitudes, (..., frames, n_mels).
            base: Of the logarithm: e as in HiFi-GAN, 10, or `10 ** (1 / 20)` for dB.

        Returns:
            float32 features of the same shape, no lower than the floor's.

        Raises:
            ValueError: If the last dimension is not `n_mels`.
        """
        log_mel = np.asarray(log_mel, "float64")
        if log_mel.shape[-1:] != (self.n_mels,):
            raise ValueError(
                f"Expected `log_mel` of shape (..., frames, {self.n_mels}). "
                f"Received: log_mel.shape={log_mel.shape}"
            )
        natural = np.maximum(log_mel * math.log(base), math.log(self.floor))
        return ((natural + self.offset) * self.scale).astype("float32")

    @property
    def channels(self) -> int:
        """Channels of a frame, as of all that makes a conditioning: `n_mels`."""
        return self.n_mels

    @property
    def silence(self) -> np.ndarray:
        """The features of a frame of digital silence, float32 (n_mels,)."""
        return self(np.zeros(self.hop_length))[0]

    @property
    def value_range(self) -> tuple[float, float]:
        """The lowest and the highest value that audio in [-1, 1] can give."""
        settings = self.win_length, self.floor, self.offset, self.scale
        return log_mel_range(self._filters, *settings)

    @property
    def centres(self) -> np.ndarray:
        """Frequency in Hz that each band is centred on, float64 (n_mels,)."""
        filters = self._filters.toarray()
        frequency = np.fft.rfftfreq(self.n_fft, 1 / self.sample_rate)
        return frequency @ filters / np.maximum(filters.sum(axis=0), 1e-12)

    def get_config(self) -> dict:
        """Returns the constructor's arguments."""
        return {
            "sample_rate": self.sample_rate,
            "n_fft": self.n_fft,
            "hop_length": self.hop_length,
            "win_length": self.win_length,
            "n_mels": self.n_mels,
            "fmin": self.fmin,
            "fmax": self.fmax,
            "floor": self.floor,
            "offset": self.offset,
            "scale": self.scale,
        }

    @classmethod
    def from_config(cls, config: dict) -> "LogMelSpectrogram":
        """Builds the object from `get_config()`'s result."""
        return cls(**config)

    def __repr__(self) -> str:
        settings = ", ".join(f"{k}={v!r}" for k, v in self.get_config().items())
        return f"LogMelSpectrogram({settings})"

    @property
    def _top(self) -> float:
        return self.sample_rate / 2 if self.fmax is None else self.fmax

    def _mel_magnitudes(self, audio: np.ndarray) -> np.ndarray:
        """Mel magnitudes of one waveform, float64 (frames, n_mels)."""
        audio = audio.astype("float64")
        frames = self.frames(len(audio))
        audio = np.pad(audio, (0, frames * self.hop_length - len(audio)))
        left = (self.n_fft - self.hop_length) // 2
        right = self.n_fft - self.hop_length - left
        audio = np.pad(audio, (left, right), mode="reflect")
        windows = np.lib.stride_tricks.sliding_window_view(audio, self.n_fft)
        windows = windows[:: self.hop_length]
        magnitudes = np.empty((frames, self.n_mels))
        for start in range(0, frames, _FRAMES_AT_ONCE):
            block = windows[start : start + _FRAMES_AT_ONCE] * self._window
            spectrum = np.abs(scipy.fft.rfft(block, axis=-1))
            magnitudes[start : start + len(block)] = spectrum @ self._filters
        return magnitudes


def _integer(name: str, value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or value % 1:
        raise ValueError(
            f"Expected `{name}` to be an integer. Received: {name}={value!r}"
        )
    return int(value)


def _finite(name: str, value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise ValueError(
            f"Expected `{name}` to be a number. Received: {name}={value!r}"
        )
    if not math.isfinite(value):
        raise ValueError(f"Expected `{name}` to be finite. Received: {name}={value!r}")
    return float(value)


def _centred_hann(win_length: int, n_fft: int) -> np.ndarray:
    """Periodic Hann window, zero-padded to `n_fft` on both sides."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(win_length) / win_length)
    left = (n_fft - win_length) // 2
    return np.pad(window, (left, n_fft - win_length - left))
