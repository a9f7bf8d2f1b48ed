"""What preparing and cropping a corpus may be asked for. Without Keras."""

MOST_SAMPLES = 2**24  # of a batch: 700 s at 24 kHz
SHORT = 48  # frames that crops may have whatever the clips, which silence follows


def check_crops(frames: int, batch_size: int, hop_length: int, longest: int) -> None:
    """Refuses crops that no clip fills, and batches that fill the memory.

    Args:
        frames: Of a crop.
        batch_size: Crops of a batch.
        hop_length: Samples of a frame.
        longest: Frames of the corpus' longest clip.

    Raises:
        ValueError: If they are longer than 48 frames and than that clip, or have more
            than 2^24 samples together.
    """
    longest = max(longest, SHORT)
    if frames > longest:
        raise ValueError(
            f"Expected `frames` of at most {longest}, no clip being longer. "
            f"Received: frames={frames}"
        )
    if frames * batch_size * hop_length > MOST_SAMPLES:
        most = max(1, MOST_SAMPLES // (frames * hop_length))
        raise ValueError(
            f"Expected `batch_size` of at most {most} crops of {frames} frames. "
            f"Received: batch_size={batch_size}"
        )


def check_preparation(
    level: float | None, highpass: float | None, sample_rate: int
) -> None:
    """Refuses a level or a high-pass that no recording can be given.

    Args:
        level: In dB, or None.
        highpass: In Hz, or None.
        sample_rate: Of the features, in Hz.

    Raises:
        ValueError: If one is out of range.
    """
    if level is not None and not -100 < level < 0:
        raise ValueError(
            f"Expected `level` between -100 and 0 dB, or None. Received: level={level}"
        )
    if highpass is not None and not 0 < highpass < sample_rate / 2:
        raise ValueError(
            "Expected `highpass` between 0 and half the sample rate in Hz, or None. "
            f"Received: highpass={highpass}, sample_rate={sample_rate}"
        )
