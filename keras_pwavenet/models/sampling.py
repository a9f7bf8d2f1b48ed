"""Sampling from the teacher one sample at a time, with cached activations."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import tqdm
from keras import ops

from keras_pwavenet.layers.linear_predictor import PERIOD_LAST
from keras_pwavenet.layers.mixture_head import LOG_SCALE_LOWEST
from keras_pwavenet.models.conditioning import frames_present, held
from keras_pwavenet.signal import interpolate_pitch, period

_CHUNK = 8192  # samples a call of the compiled loop: an interrupt need not wait long


def sample(
    teacher,
    conditioning,
    seed=None,
    speaker=None,
    pitch=None,
    progress=False,
    length=None,
) -> np.ndarray:
    """Draws audio from a teacher, computing each activation once.

    Every block keeps the past inputs of its convolution in a ring, so that a sample
    costs one pass over the layers instead of one over the receptive field. The
    conditioning is projected before the loop. The loop is compiled by numba on every
    backend, since a call into a backend costs more than the sums of a step; the clips
    of a batch are spread over the processor's cores.

    Args:
        teacher: The `WaveNet`.
        conditioning: `(batch, frames, channels)`.
        seed: Integer for the same audio each time, or None for a new draw.
        speaker: `(batch,)` integers, with several speakers.
        pitch: `(batch, frames)` in Hz, negative where it is to be predicted; only with
            a pitch predictor.
        progress: Whether to show a progress bar, on a terminal.
        length: `(batch,)` integers, frames of each clip in a padded batch, or None.

    Returns:
        Audio `(batch, frames * hop_length)` in [-1, 1], float32, 0 after a clip's end.

    Reference:
        Fast Wavenet Generation Algorithm (Le Paine et al., 2016).
    """
    batch, frames, _ = conditioning.shape
    samples = frames * teacher.hop_length
    weights = _weights(teacher)
    condition = _projected(teacher, conditioning, speaker, length)
    taps, log_gain, periods = _predictor(teacher, conditioning, pitch, length)
    ends = np.full(batch, samples)
    if length is not None:
        ends = ops.convert_to_numpy(length) * teacher.hop_length
    dilations = np.array([block.dilation_rate for block in teacher.stack.blocks])
    sizes = np.maximum(1, (teacher.kernel_size - 1) * dilations)
    rings = np.zeros((batch, sizes.sum(), teacher.residual_channels), "float32")
    history = np.zeros((batch, *weights[0].shape[:2]), "float32")
    residuals = np.zeros((batch, samples), "float32")
    past = max(1, teacher.predictor_order)
    audio = np.zeros((batch, past + samples), "float32")
    lowest = LOG_SCALE_LOWEST if teacher.predictor_order else -np.inf

    from keras_pwavenet.models.sampling_loop import run

    def speak(clip, start, uniform):
        run(
            audio[clip],
            residuals[clip],
            history[clip],
            rings[clip],
            condition[clip],
            taps[clip],
            log_gain[clip],
            periods[clip],
            uniform[:, clip],
            *weights,
            dilations,
            sizes,
            start,
            teacher.log_scale_floor,
            lowest,
        )

    random = np.random.default_rng(seed)
    with (
        ThreadPoolExecutor(min(batch, os.cpu_count() or 1)) as threads,
        tqdm.tqdm(
            total=samples, unit="sample", disable=None if progress else True
        ) as bar,
    ):
        for start in range(0, samples, _CHUNK):
            uniform = random.uniform(size=(min(_CHUNK, samples - start), batch, 2))
            calls = [
                threads.submit(speak, clip, start, uniform[: end - start])
                for clip, end in enumerate(ends)
                if start < end
            ]
            for call in calls:
                call.result()
            bar.update(len(uniform))
    return audio[:, past:]


def _predictor(teacher, conditioning, pitch, length):
    """The linear predictor of each frame, and each sample's period.

    Returns:
        Taps `(batch, frames, order)`, log-gains `(batch, frames)`, and periods
        `(batch, samples)` in samples, 0 where unvoiced.
    """
    batch, frames, _ = conditioning.shape
    periods = np.zeros((batch, frames * teacher.hop_length), "int32")
    if not teacher.predictor_order:
        taps = np.zeros((batch, frames, 0), "float32")
        return taps, np.zeros((batch, frames), "float32"), periods
    taps, log_gain = teacher.get_layer("envelope")(conditioning)
    if teacher.pitch_predictor is not None:
        present = frames_present(conditioning, length)
        pitch = teacher.get_layer("followed_pitch")(conditioning, pitch, present)
        pitch = interpolate_pitch(held(pitch, length), teacher.hop_length)
        rate = teacher.preprocessor.sample_rate
        periods = ops.convert_to_numpy(period(pitch, rate, PERIOD_LAST))
    return _array(taps), _array(log_gain), periods


def _projected(teacher, conditioning, speaker, length) -> np.ndarray:
    """What the conditioning adds to each block's gate, with the convolution's bias.

    Returns:
        `(batch, blocks, steps, 2 * gate_channels)`.
    """
    upsampled = teacher.upsampler(conditioning, frames_present(conditioning, length))
    vector = teacher.speaker_embedding(speaker) if teacher.num_speakers else None
    projected = []
    for block in teacher.stack.blocks:
        condition = block.local_projection(upsampled)
        if vector is not None:
            condition = condition + block.global_projection(vector)[:, None]
        projected.append(_array(condition) + _array(block.conv.bias))
    return np.stack(projected, axis=1)


def _weights(teacher) -> list[np.ndarray]:
    """The loop's weights, those of all blocks in one array each."""
    blocks, head = teacher.stack.blocks, teacher.head
    return [
        _array(teacher.input_conv.kernel),
        _array(teacher.input_conv.bias),
        np.stack([_array(block.conv.kernel) for block in blocks]),
        np.stack([_array(block.output_projection.kernel) for block in blocks]),
        np.stack([_array(block.output_projection.bias) for block in blocks]),
        *map(_array, [*head.hidden.weights, *head.output_projection.weights]),
    ]


def _array(tensor) -> np.ndarray:
    return np.ascontiguousarray(ops.convert_to_numpy(ops.cast(tensor, "float32")))
