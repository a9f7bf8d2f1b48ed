"""The parts of a student that speak, at the rates of frames and of samples."""

import math


class SpeakingParts:
    """A student's layers, and what they do one after the other.

    A mixin of `ParallelWaveNet`, which is made of these calls itself; exports make them
    piece by piece.

    Attributes:
        upsampler: A `ConditioningUpsampler`.
        flows: A list of `InverseAutoregressiveFlow`.
        speaker_embedding: An `Embedding`, or None for one speaker.
        followed_pitch: A `FollowedPitch`, or None without a pitch predictor.
        source: A `HarmonicSource`, or None.
        envelope: A `SpectralEnvelope`, or None without a filter.
        synthesis: A `SynthesisFilter`, or None.
    """

    @property
    def context(self) -> tuple[int, int]:
        """Frames before and after a frame that its samples depend on.

        That is what convolutions, filter and source see of other frames when the pitch
        of each frame is known; the fundamental's phase comes from all frames before.
        """
        around = self.upsampler.reach
        if self.source is not None:
            around = max(around, 1)  # the pitch is interpolated between neighbours
        # The input convolution and the shift by one block see one more block each.
        blocks = sum(flow.stack.receptive_field + 1 for flow in self.flows)
        past = math.ceil(blocks * self.block_size / self.hop_length)
        if self.synthesis is not None:
            past += self.synthesis.response_frames
        return past + around, around

    def follow(self, conditioning, pitch, pitch_scale, present=None):
        """The pitch that the source follows.

        Args:
            conditioning: `(batch, frames, conditioning_channels)`.
            pitch: `(batch, frames)` in Hz, negative where it is to be predicted.
            pitch_scale: `(batch,)`.
            present: `(batch, frames)` booleans, which frames are no padding, or None.

        Returns:
            `(batch, frames)` in Hz, 0 where there is none.
        """
        pitch = self.followed_pitch(conditioning, pitch, present)
        return pitch * pitch_scale[:, None]

    def hear(self, conditioning, present=None):
        """What speaking needs of the conditioning, at the rate of frames.

        Args:
            conditioning: `(batch, frames, conditioning_channels)`.
            present: `(batch, frames)` booleans, which frames are no padding, or None.

        Returns:
            A dict of `local`, the upsampled conditioning, and with a filter its `taps`
            `(batch, frames, order)` and `log_gain` `(batch, frames)`.
        """
        heard = {"local": self.upsampler(conditioning, present)}
        if self.envelope is not None:
            heard["taps"], heard["log_gain"] = self.envelope(conditioning)
        return heard

    def speak(self, noise, heard, speaker=None, source=None, past=None):
        """Turns noise into audio, at the rate of samples.

        Args:
            noise: `(batch, frames * hop_length)`.
            heard: What `hear` gives for these frames.
            speaker: `(batch,)` integers, with several speakers.
            source: The harmonic source `(batch, frames * hop_length, channels)`, with
                a pitch predictor.
            past: The `Past` of a clip that comes piece by piece, or None.

        Returns:
            Audio and log-scale, both `(batch, frames * hop_length)`, float32.
        """
        vector = None if speaker is None else self.speaker_embedding(speaker)
        audio, log_scale = noise, 0.0
        for flow in self.flows:
            audio, flow_log_scale = flow(
                audio, heard["local"], vector, source, past=past
            )
            log_scale = log_scale + flow_log_scale
        if self.synthesis is not None:
            audio, log_gain = self.synthesis(
                audio, heard["taps"], heard["log_gain"], past=past
            )
            log_scale = log_scale + log_gain
        return audio, log_scale
