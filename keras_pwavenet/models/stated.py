"""What a model states of itself, so that nobody asks of which class it is."""

SEQUENTIALLY, IN_PARALLEL = "sequentially", "in parallel"


class Stated:
    """A model that states what it is trained on, how it speaks, and what it hears.

    A mixin before `keras.Model`; a class or its instances set what differs.

    Attributes:
        target: What it is trained to give, as `RandomCrops` names it: "audio", "phones"
            or "pitch".
        speaks: "sequentially" if it draws each sample from what it says of the samples
            before, as a teacher does; "in parallel" if it makes all samples at once
            from noise, as a student does; "" if it does not speak.
        num_speakers: The speakers that it tells apart; 0 if it does not.
        conditioning_channels: Channels of the conditioning that it takes; None if it
            hears audio alone.
        block_size: Samples that it makes or hears together.
        hop_length: Samples of a frame; None if it knows nothing of samples.
    """

    target = "audio"
    speaks = ""
    num_speakers = 0
    conditioning_channels: int | None = None
    hop_length: int | None = None
    block_size = 1

    @property
    def preprocessors(self) -> dict:
        """What made the conditioning that it takes, by name; None if it is not known.

        One entry, but for a model made of others, each of which may have one.
        """
        return {"preprocessor": self.preprocessor}

    @property
    def context(self) -> tuple[int, int]:
        """Frames before and after a frame that what it says of the frame depends on.

        The pitch of each frame is taken as known where a model follows it: what a pitch
        predictor hears is its own `context`. A model that is given audio depends on the
        audio of these frames, too.
        """
        raise NotImplementedError(f"{type(self).__name__} does not state its context.")


def speaks(model) -> str:
    """How a model, or a class of models, speaks; "" for what states nothing.

    Args:
        model: Anything.
    """
    return getattr(model, "speaks", "")
