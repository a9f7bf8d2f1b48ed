"""How a teacher speaks: each sample is drawn from what it says of it."""

from keras_pwavenet.factors import check_seed
from keras_pwavenet.logistic import (
    mixture_sample,
    sample_open_uniform,
    split_mixture,
)
from keras_pwavenet.models.conditioning import (
    as_conditioning,
    as_length,
    as_pitch,
    as_speaker,
)
from keras_pwavenet.models.sampling import sample
from keras_pwavenet.models.stated import SEQUENTIALLY


class DrawsSamples:
    """A mixin of `WaveNet`: sample by sample, or after the recorded ones."""

    speaks = SEQUENTIALLY

    def preview(self, audio, conditioning, speaker=None):
        """Draws each sample from what is said of it given the recorded ones before.

        Args:
            audio: The recording `(batch, frames * hop_length)`.
            conditioning: `(batch, frames, conditioning_channels)`.
            speaker: `(batch,)` integers, with several speakers.

        Returns:
            Audio of the recording's shape, always the same.
        """
        inputs = {"audio": audio, "conditioning": conditioning}
        if speaker is not None:
            inputs["speaker"] = speaker
        uniform = sample_open_uniform((2, *audio.shape), 0)
        return mixture_sample(*uniform, *split_mixture(self(inputs, training=False)))

    def generate(
        self,
        conditioning,
        seed=None,
        speaker=None,
        pitch=None,
        progress=False,
        length=None,
    ):
        """Speaks sample by sample, with cached activations.

        Args:
            conditioning: `(batch, frames, conditioning_channels)`.
            seed: Integer up to 2**32 - 1 for the same audio each time, or None for a
                new draw.
            speaker: `(batch,)` integers, with several speakers.
            pitch: `(batch, frames)` in Hz, 0 where there is none; by default the pitch
                predictor's.
            progress: Whether to show a progress bar, on a terminal.
            length: `(batch,)` integers, the frames of each clip in a padded batch. A
                clip's audio is then the one it has alone, given the same draws,
                whatever the padding holds, and 0 after its end.

        Returns:
            Audio `(batch, frames * hop_length)` in [-1, 1], float32 numpy array.

        Raises:
            ValueError: If the conditioning has another rank or number of channels, no
                frames, or numbers that no audio has, the speakers are not its own,
                the seed is out of range, the pitch is not one that it can follow, or
                the lengths are not of these clips.
        """
        check_seed(seed)
        length = as_length(length, conditioning)
        conditioning = as_conditioning(
            conditioning, self.conditioning_channels, self.preprocessor, length
        )
        speaker = as_speaker(speaker, self.num_speakers, conditioning.shape[0])
        follows = self.pitch_predictor is not None
        pitch = as_pitch(pitch, conditioning, follows, length=length)
        return sample(self, conditioning, seed, speaker, pitch, progress, length)
