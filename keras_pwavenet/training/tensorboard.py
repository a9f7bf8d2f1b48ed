"""TensorBoard logs with audio and spectrograms, without TensorFlow."""

import os
import uuid

import keras
import numpy as np

from keras_pwavenet.data import FeatureCache

_PIXELS_PER_BAND = 3
# Dark blue to yellow, for log-mel from the floor to full scale.
_COLOURS = np.array(
    [[0, 0, 20], [60, 15, 110], [180, 55, 85], [245, 130, 30], [252, 255, 165]]
)


class TensorBoard(keras.callbacks.Callback):
    """Logs every metric, and at each validation what one validation clip sounds like.

    `keras.callbacks.TensorBoard` needs TensorFlow and knows no audio; this one works
    on any backend: what the model's `preview` makes of it, if it has one.
    Put the callback before `keras.callbacks.SwapEMAWeights`, so that the averaged
    weights speak.

    Args:
        directory: Folder of the logs, for `tensorboard --logdir`.
        cache: The corpus; the validation clip of median length is taken.
        seconds: Longest piece of it.

    Raises:
        ImportError: If tensorboardX is not installed.
    """

    def __init__(
        self, directory: str | os.PathLike, cache: FeatureCache, seconds: float = 4.0
    ) -> None:
        super().__init__()
        try:
            import tensorboardX
        except ImportError as error:
            raise ImportError(
                "TensorBoard logs need more libraries: "
                "pip install pillow tensorboard tensorboardX"
            ) from error
        # Named by the second: two within one must not write the same file.
        suffix = f".{uuid.uuid4().hex[:8]}"
        self._writer = tensorboardX.SummaryWriter(
            os.path.expanduser(directory), filename_suffix=suffix
        )
        self._mel = cache.mel
        self._inputs = _clip(cache, seconds)
        self._recorded = False

    def on_epoch_end(self, epoch, logs=None):
        for name, value in (logs or {}).items():
            group = "validation" if name.startswith("val_") else "train"
            tag = f"{group}/{name.removeprefix('val_')}"
            self._writer.add_scalar(tag, value, self._step())
        rate = keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)
        self._writer.add_scalar("train/learning_rate", float(rate), self._step())
        self._writer.flush()

    def on_test_end(self, logs=None):
        preview = getattr(self.model, "preview", None)
        if self._inputs is None or preview is None:
            return
        if not self._recorded:
            self._add("recording", self._inputs["audio"][0])
            self._recorded = True
        several = self.model.num_speakers > 0
        names = ["audio", "conditioning"] + ["speaker"] * several
        audio = preview(**{name: self._inputs[name] for name in names})
        self._add("generated", keras.ops.convert_to_numpy(audio)[0])

    def on_train_end(self, logs=None):
        # Not closed: a run that goes on in the same process would open the same file.
        self._writer.flush()

    def _step(self) -> int:
        return int(keras.ops.convert_to_numpy(self.model.optimizer.iterations))

    def _add(self, tag: str, audio: np.ndarray) -> None:
        step, rate = self._step(), self._mel.sample_rate
        self._writer.add_audio(f"audio/{tag}", audio[:, None], step, rate)
        picture = spectrogram_picture(self._mel, audio)
        self._writer.add_image(f"spectrogram/{tag}", picture, step, dataformats="HWC")


def spectrogram_picture(mel, audio: np.ndarray) -> np.ndarray:
    """Draws a log-mel spectrogram, low bands at the bottom.

    Args:
        mel: The `LogMelSpectrogram`.
        audio: Waveform (samples,).

    Returns:
        uint8 (height, frames, 3).
    """
    lowest = (np.log(mel.floor) + mel.offset) * mel.scale
    highest = mel.offset * mel.scale
    level = np.clip((mel(audio) - lowest) / (highest - lowest), 0, 1)
    stops = np.linspace(0, 1, len(_COLOURS))
    picture = np.stack([np.interp(level, stops, c) for c in _COLOURS.T], axis=-1)
    picture = picture.transpose(1, 0, 2)[::-1].repeat(_PIXELS_PER_BAND, axis=0)
    return picture.astype("uint8")


def _clip(cache: FeatureCache, seconds: float) -> dict[str, np.ndarray] | None:
    """Audio, conditioning and speaker of the clip, a batch of one; None without one."""
    clips = sorted(cache.indices("validation"), key=lambda i: cache.clips[i].frames)
    if not clips:
        return None
    clip = int(clips[len(clips) // 2])
    most = max(1, round(seconds * cache.mel.sample_rate / cache.mel.hop_length))
    frames = min(most, cache.clips[clip].frames)
    return {
        "audio": cache.audio(clip, 0, frames * cache.mel.hop_length)[None],
        "conditioning": cache.conditioning(clip, 0, frames)[None],
        "speaker": cache.speaker_ids()[[clip]],
    }
