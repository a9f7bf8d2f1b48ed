"""Speaking while the conditioning still comes."""

import functools

import numpy as np
from keras import ops

from keras_pwavenet.backend.draws_onward import UniformOnward, check_draws
from keras_pwavenet.backend.inference import for_inference, sizes_of
from keras_pwavenet.factors import TEMPERATURES, check_factor
from keras_pwavenet.logistic import MARGIN, logistic_quantile
from keras_pwavenet.models.clips import hear_clips, one_clip
from keras_pwavenet.models.conditioning import as_conditioning, as_pitch, as_speaker
from keras_pwavenet.models.stream_step import (
    stream_context,
    stream_hear,
    stream_speak,
    stream_start,
)

_DRAWN = 4096  # samples of noise at a time
_COMPANY = 64  # frames
_LAST = 16  # frames at the end, in multiples of this: a size that is compiled already


class Streams:
    """A student that speaks while its conditioning still comes.

    A mixin of `ParallelWaveNet`.
    """

    def stream(
        self,
        seed=None,
        temperature: float = 1.0,
        speaker: int | None = None,
        pitch_scale: float = 1.0,
        pitch_given: bool = False,
    ) -> "Stream":
        """Begins to speak conditioning that comes bit by bit.

        Args:
            seed: As of `generate`: the same number, the same audio.
            temperature: Factor on the noise, up to 10.
            speaker: The speaker's number, with several speakers.
            pitch_scale: Factor on the pitch.
            pitch_given: Whether the pitch of every frame comes with it. The pitch
                predictor is then not asked, whose look-ahead is the longest.

        Returns:
            A `Stream`.

        Raises:
            ValueError: If seed, temperature, speaker or pitch are not ones that
                `generate` would take.

        Example:
            stream = voice.stream(seed=0)
            for frames in chunks:  # of voice.preprocessor(audio), of any length
                play(stream.feed(frames))
            play(stream.finish())
        """
        return Stream(self, seed, temperature, speaker, pitch_scale, pitch_given)

    @functools.cached_property
    def _compiled(self):
        """The parts that `generate` and streams run compiled, alike to the last digit.

        Returns:
            A dict of `hear`, and by whether the pitch predictor is heard the start of a
            stream and both halves of its step, which a compiler that saw them as one
            would round otherwise.
        """

        def compiled(function, **options):
            return for_inference(functools.partial(function, self, **options), self)

        speak = compiled(stream_speak)
        parts = {
            predicts: (
                compiled(stream_start, predicts=predicts, company=_COMPANY),
                compiled(stream_hear, predicts=predicts, company=_COMPANY),
                speak,
            )
            for predicts in (False, True)
        }
        return {**parts, "hear": compiled(hear_clips)}


class Stream:
    """Speaks one clip whose frames come in chunks; `ParallelWaveNet.stream` makes it.

    What all chunks give, joined, is `generate` of all frames with the same seed, up to
    the order in which float32 sums are added. A frame costs the same however long the
    stream is, and the state stays as small. A stream is fed from one thread at a time;
    streams of one model are independent, each may have a thread.

    Attributes:
        look_ahead: Frames after a frame that must have come before it is spoken.
        look_ahead_ms: The same in milliseconds; None for a model without a
            preprocessor, which does not know its rate.
    """

    def __init__(
        self, voice, seed, temperature, speaker, pitch_scale, pitch_given
    ) -> None:
        check_draws(seed)
        check_factor("temperature", temperature, TEMPERATURES)
        follows = voice.pitch_predictor is not None
        frame = np.zeros((1, 1, voice.conditioning_channels), "float32")
        asked = np.zeros((1, 1), "float32") if pitch_given else None
        as_pitch(asked, frame, follows, pitch_scale)
        number = None if speaker is None else np.array([speaker])
        number = as_speaker(number, voice.num_speakers, 1)
        self._voice = voice
        self._pitch_given = pitch_given
        predicts = follows and not pitch_given
        _, self.look_ahead = stream_context(voice, predicts)
        self._functions = voice._compiled[predicts]
        self._steady = {}
        if follows:
            self._steady["pitch_scale"] = np.full((1,), pitch_scale, "float32")
        if number is not None:
            self._steady["speaker"] = ops.convert_to_numpy(number)
        self._temperature = np.float32(temperature)
        self._draws = UniformOnward(seed, MARGIN, 1.0 - MARGIN)
        self._noise = np.zeros(0, "float32")
        self._waiting = None  # frames, until there are enough to begin
        self._state = None
        self._frames = 0
        self._finished = False

    @property
    def look_ahead_ms(self) -> float | None:
        mel = self._voice.preprocessor
        if mel is None:
            return None
        return 1000.0 * self.look_ahead * mel.hop_length / mel.sample_rate

    def feed(self, conditioning, pitch=None) -> np.ndarray:
        """Hears frames, and speaks those whose look-ahead has come.

        Args:
            conditioning: The next frames `(frames, channels)`, one or more.
            pitch: Their pitch `(frames,)` in Hz, 0 where there is none; wanted if the
                stream was made with `pitch_given`, else None.

        Returns:
            Audio in [-1, 1], float32 `(samples,)`: of as many frames as came, but at
            the start of `look_ahead` fewer.

        Raises:
            ValueError: If `generate` would not take these frames or this pitch, or the
                stream is finished. The stream then is as it was before.
        """
        self._check_open()
        voice = self._voice
        heard = as_conditioning(
            one_clip("conditioning", conditioning, (None, voice.conditioning_channels)),
            voice.conditioning_channels,
            voice.preprocessor,
        )
        if (pitch is not None) != self._pitch_given:
            raise ValueError(
                "Expected `pitch` with each chunk of a stream with pitch_given=True, "
                f"and with no chunk of another. Received: pitch={pitch}, "
                f"pitch_given={self._pitch_given}"
            )
        follows = voice.pitch_predictor is not None
        if pitch is not None:
            pitch = one_clip("pitch", pitch, (heard.shape[1],))
        pitch = as_pitch(pitch, heard, follows)
        chunk = {"conditioning": ops.convert_to_numpy(heard)}
        chunk["present"] = np.ones(chunk["conditioning"].shape[:2], bool)
        if follows:
            chunk["pitch"] = ops.convert_to_numpy(pitch)
        count = chunk["present"].shape[1]
        spoken = self._hear(chunk)
        self._frames += count
        return spoken

    def finish(self) -> np.ndarray:
        """Speaks the rest.

        Returns:
            Audio in [-1, 1], float32 `(samples,)`.

        Raises:
            ValueError: If the stream is finished already.
        """
        self._check_open()
        rest = min(self._frames, self.look_ahead)
        # The look-ahead of the last frames; where there was no frame, nothing to say.
        frames = -(-self.look_ahead // _LAST) * _LAST
        spoken = self._hear(self._silence(frames)) if rest else self._empty()
        self._finished = True
        self._state = self._waiting = None
        return spoken[: rest * self._voice.hop_length]

    def clone(self) -> "Stream":
        """Another stream that goes on from here as this one would."""
        other = Stream.__new__(Stream)
        vars(other).update(vars(self))
        other._draws = self._draws.copy()
        return other

    def _check_open(self):
        if self._finished:
            raise ValueError(
                "Expected a stream that is not finished; `stream` makes a new one. "
                "Received: finish() was called before"
            )

    def _empty(self):
        return np.zeros(0, "float32")

    def _silence(self, frames):
        """Frames after the clip's end."""
        channels = self._voice.conditioning_channels
        silence = {
            "conditioning": np.zeros((1, frames, channels), "float32"),
            "present": np.zeros((1, frames), bool),
        }
        if self._voice.pitch_predictor is not None:
            silence["pitch"] = np.zeros((1, frames), "float32")
        return silence

    def _hear(self, chunk):
        """Takes a chunk into the state; gives what can be said then."""
        state = self._state
        start, hear, speak = self._functions
        if state is None:
            if self._waiting is not None:
                chunk = {
                    name: np.concatenate([self._waiting[name], values], axis=1)
                    for name, values in chunk.items()
                }
            if chunk["present"].shape[1] <= self.look_ahead:
                self._waiting = chunk
                return self._empty()
            first, chunk = _split(chunk, self.look_ahead)
            state = start({**first, **self._scale()})
        draws, noise = self._draws.copy(), self._noise
        spoken, hop = [], self._voice.hop_length
        for size in sizes_of(chunk["present"].shape[1]):
            part, chunk = _split(chunk, size)
            while len(noise) < size * hop:
                drawn = logistic_quantile(draws.draw(_DRAWN))
                noise = np.concatenate([noise, ops.convert_to_numpy(drawn)])
            part["noise"] = self._temperature * noise[None, : size * hop]
            noise = noise[size * hop :]
            inputs = {**part, **self._steady}
            heard, kept = hear(state, inputs)
            audio, following = speak(state, inputs, heard)
            state = {**kept, **following}
            spoken.append(ops.convert_to_numpy(audio)[0])
        self._waiting, self._state = None, state
        self._draws, self._noise = draws, noise.copy()
        return np.concatenate(spoken)

    def _scale(self):
        return {k: v for k, v in self._steady.items() if k == "pitch_scale"}


def _split(chunk, frames):
    """The first frames of a chunk, and those that follow."""
    first = {name: values[:, :frames] for name, values in chunk.items()}
    return first, {name: values[:, frames:] for name, values in chunk.items()}
