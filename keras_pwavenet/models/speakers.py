"""From a model of one speaker to one of several, and back."""

from keras import ops


def add_speakers(model, num_speakers: int):
    """A copy of a model of one speaker that tells several speakers apart.

    Every speaker begins like the one of `model`: the embedding's table is zero.

    Args:
        model: A `WaveNet` or `ParallelWaveNet` without speakers.
        num_speakers: Size of the embedding's table, 1 or more.

    Returns:
        A new model of the same class and preprocessor.

    Raises:
        ValueError: If the model has speakers already, or `num_speakers` is below 1.
    """
    if model.num_speakers or num_speakers < 1:
        raise ValueError(
            "Expected a model without speakers and a positive number of them. "
            "Received: "
            f"model.num_speakers={model.num_speakers}, num_speakers={num_speakers}"
        )
    copy = type(model)(**{**model.get_config(), "num_speakers": num_speakers})
    values = {weight.path: weight for weight in model.weights}
    for weight in copy.weights:
        if weight.path in values:
            weight.assign(values.pop(weight.path))
    table = copy.speaker_embedding.embeddings
    table.assign(ops.zeros(table.shape))
    copy.preprocessor = model.preprocessor
    return copy


def one_speaker(model, speaker: int):
    """A copy of a model of several speakers that has one of them.

    It gives the same as `model` does for that speaker, and is smaller: the constant
    that the embedding adds to the gates becomes part of their biases.

    Args:
        model: A `WaveNet` or `ParallelWaveNet` with speakers.
        speaker: The speaker's number.

    Returns:
        A new model of the same class and preprocessor.

    Raises:
        ValueError: If there is no such speaker.
    """
    if speaker not in range(model.num_speakers):
        raise ValueError(
            "Expected a model of several speakers and a whole number below theirs, "
            f"{model.num_speakers}. Received: speaker={speaker}"
        )
    copy = type(model)(**{**model.get_config(), "num_speakers": 0})
    values = {weight.path: weight for weight in model.weights}
    for weight in copy.weights:
        weight.assign(values[weight.path])
    vector = model.speaker_embedding(ops.convert_to_tensor([speaker], dtype="int32"))
    for block, folded in zip(_blocks(model), _blocks(copy), strict=True):
        constant = ops.cast(block.global_projection(vector)[0], "float32")
        folded.conv.bias.assign(folded.conv.bias + constant)
    copy.preprocessor = model.preprocessor
    return copy


def _blocks(model):
    flows = getattr(model, "flows", [model])
    return [block for flow in flows for block in flow.stack.blocks]
