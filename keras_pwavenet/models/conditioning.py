"""Checks on the conditioning that models speak from."""

from keras import ops


def as_conditioning(conditioning, channels: int):
    """Converts conditioning to a float32 tensor and checks its shape.

    Args:
        conditioning: `(batch, frames, channels)`, any array.
        channels: the channels that the model takes.

    Returns:
        The float32 tensor.

    Raises:
        ValueError: if the rank or the number of channels is another, or there is
            no clip or no frame.
    """
    conditioning = ops.convert_to_tensor(conditioning, dtype="float32")
    shape = tuple(conditioning.shape)
    if len(shape) != 3 or shape[-1] != channels or 0 in shape:
        raise ValueError(
            f"Expected `conditioning` of shape (batch, frames, {channels}) with at "
            f"least one clip and one frame. Received: conditioning.shape={shape}"
        )
    return conditioning
