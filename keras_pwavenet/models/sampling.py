"""Sampling from the teacher one sample at a time, with cached activations."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from keras import ops

_CHUNK = 8192  # samples a call of the compiled loop: an interrupt need not wait long


def sample(teacher, conditioning, seed=None, speaker=None) -> np.ndarray:
    """Draws audio from a teacher, computing each activation once.

    Every block keeps the past inputs of its convolution in a ring, so that a sample
    costs one pass over the layers instead of one over the receptive field. The
    conditioning is projected before the loop. The loop is compiled by numba on every
    backend, since a call into a backend costs more than the sums of a step; the clips
    of a batch are spread over the processor's cores.

    Args:
        teacher: the `WaveNet`.
        conditioning: `(batch, frames, channels)`.
        seed: integer for the same audio each time, or None for a new draw.
        speaker: `(batch,)` integers, with several speakers.

    Returns:
        Audio `(batch, frames * hop_length)` in [-1, 1], float32.

    Reference:
        Fast Wavenet Generation Algorithm (Le Paine et al., 2016).
    """
    batch, frames, _ = conditioning.shape
    samples = frames * teacher.hop_length
    weights = _weights(teacher)
    condition = _projected(teacher, conditioning, speaker)
    dilations = np.array([block.dilation_rate for block in teacher.stack.blocks])
    sizes = np.maximum(1, (teacher.kernel_size - 1) * dilations)
    rings = np.zeros((batch, sizes.sum(), teacher.residual_channels), "float32")
    audio = np.zeros((batch, teacher.kernel_size + samples), "float32")

    from keras_pwavenet.models.sampling_loop import run

    def speak(clip, start, uniform):
        run(
            audio[clip],
            rings[clip],
            condition[clip],
            uniform[:, clip],
            *weights,
            dilations,
            sizes,
            samples // condition.shape[2],
            start,
            teacher.log_scale_floor,
        )

    random = np.random.default_rng(seed)
    with ThreadPoolExecutor(min(batch, os.cpu_count() or 1)) as threads:
        for start in range(0, samples, _CHUNK):
            uniform = random.uniform(size=(min(_CHUNK, samples - start), batch, 2))
            calls = [
                threads.submit(speak, clip, start, uniform) for clip in range(batch)
            ]
            for call in calls:
                call.result()
    return audio[:, teacher.kernel_size :]


def _projected(teacher, conditioning, speaker) -> np.ndarray:
    """What the conditioning adds to each block's gate, with the convolution's bias.

    Returns:
        `(batch, blocks, steps, 2 * gate_channels)`.
    """
    upsampled = teacher.upsampler(conditioning)
    voice = teacher.speaker_embedding(speaker) if teacher.num_speakers else None
    projected = []
    for block in teacher.stack.blocks:
        condition = block.local_projection(upsampled)
        if voice is not None:
            condition = condition + block.global_projection(voice)[:, None]
        projected.append(_array(condition) + _array(block.conv.bias))
    return np.stack(projected, axis=1)


def _weights(teacher) -> list[np.ndarray]:
    """The loop's weights, those of all blocks in one array each."""
    blocks, head = teacher.stack.blocks, teacher.head
    return [
        _array(teacher.input_conv.kernel)[:, 0],
        _array(teacher.input_conv.bias),
        np.stack([_array(block.conv.kernel) for block in blocks]),
        np.stack([_array(block.output_projection.kernel) for block in blocks]),
        np.stack([_array(block.output_projection.bias) for block in blocks]),
        *map(_array, [*head.hidden.weights, *head.output_projection.weights]),
    ]


def _array(tensor) -> np.ndarray:
    return np.ascontiguousarray(ops.convert_to_numpy(ops.cast(tensor, "float32")))
