"""Sampling from the teacher one sample at a time, with cached activations."""

import numpy as np
from keras import ops


def sample(teacher, conditioning, seed=None, speaker=None) -> np.ndarray:
    """Draws audio from a teacher, computing each activation once.

    Every block keeps the past inputs of its convolution in a ring, so that a sample
    costs one pass over the layers instead of one over the receptive field. The
    conditioning is projected before the loop. The loop runs in numpy on every
    backend: at one sample a step, calls into the backends cost more than the sums.

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
    upsampled = teacher.upsampler(conditioning)
    voice = None
    if teacher.num_speakers:
        voice = teacher.speaker_embedding(speaker)
    blocks = [
        _CachedBlock(block, upsampled, voice, samples) for block in teacher.stack.blocks
    ]
    input_kernel = _array(teacher.input_conv.kernel)[:, 0]
    input_bias = _array(teacher.input_conv.bias)
    hidden_kernel, hidden_bias = map(_array, teacher.head.hidden.weights)
    output_kernel, output_bias = map(_array, teacher.head.output_projection.weights)

    random = np.random.default_rng(seed)
    audio = np.zeros((batch, teacher.kernel_size + samples), "float32")
    for position in range(samples):
        recent = audio[:, position : position + teacher.kernel_size]
        hidden, total = recent @ input_kernel + input_bias, 0.0
        for block in blocks:
            hidden, skip = block.step(position, hidden)
            total = total + skip
        total *= len(blocks) ** -0.5
        hidden = np.maximum(total, 0.0) @ hidden_kernel + hidden_bias
        parameters = np.maximum(hidden, 0.0) @ output_kernel + output_bias
        audio[:, position + teacher.kernel_size] = draw(
            parameters, teacher.log_scale_floor, random.uniform(size=(batch, 2))
        )
    return audio[:, teacher.kernel_size :]


def draw(parameters, log_scale_floor: float, uniform) -> np.ndarray:
    """Maps uniform numbers to draws from mixtures of logistics.

    Args:
        parameters: `(batch, 3 * mixtures)`, the head's before the log-scale's floor.
        log_scale_floor: lower bound of the log-scales.
        uniform: `(batch, 2)` in [0, 1): picks the component, and the value.

    Returns:
        Draws `(batch,)`, clipped to [-1, 1].
    """
    logits, loc, log_scale = np.split(parameters, 3, axis=-1)
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    cumulative = np.cumsum(weights, axis=-1)
    target = uniform[:, :1] * cumulative[:, -1:]
    rows = np.arange(len(parameters))
    chosen = np.minimum((cumulative <= target).sum(axis=-1), weights.shape[1] - 1)
    log_scale = log_scale_floor + np.logaddexp(
        0.0, log_scale[rows, chosen] - log_scale_floor
    )
    probability = np.clip(uniform[:, 1], 1e-7, 1.0 - 1e-7)
    logit = np.log(probability) - np.log1p(-probability)
    return np.clip(loc[rows, chosen] + np.exp(log_scale) * logit, -1.0, 1.0)


class _CachedBlock:
    """A gated residual block that takes one step at a time."""

    def __init__(self, block, conditioning, voice, samples):
        condition = block.local_projection(conditioning)
        if voice is not None:
            condition = condition + block.global_projection(voice)[:, None]
        condition = _array(condition) + _array(block.conv.bias)
        self.held = samples // condition.shape[1]
        self.channels = block.residual_channels
        self.dilation = block.dilation_rate
        self.gate_channels = block.gate_channels
        kernel = _array(block.conv.kernel).reshape(-1, 2 * self.gate_channels)
        # sigmoid(x) = (tanh(x / 2) + 1) / 2, so that one tanh serves both halves.
        half = np.repeat(np.array([1.0, 0.5], "float32"), self.gate_channels)
        self.condition = np.ascontiguousarray(np.moveaxis(condition * half, 1, 0))
        self.kernel = np.ascontiguousarray(kernel * half)
        self.output_kernel, self.output_bias = map(
            _array, block.output_projection.weights
        )
        batch = condition.shape[0]
        self.size = max(1, (block.kernel_size - 1) * block.dilation_rate)
        self.ring = np.zeros((self.size, batch, self.channels), "float32")
        self.taps = np.zeros((batch, block.kernel_size * self.channels), "float32")

    def step(self, position, hidden):
        """Residual and skip output `(batch, channels)` of the next step."""
        channels, taps, ring = self.channels, self.taps, self.ring
        place, last = position % self.size, taps.shape[1] - channels
        for tap in range(last // channels):
            past = ring[(place + tap * self.dilation) % self.size]
            taps[:, tap * channels : (tap + 1) * channels] = past
        taps[:, last:] = hidden
        ring[place] = hidden
        gate = np.tanh(taps @ self.kernel + self.condition[position // self.held])
        filtered, gated = np.split(gate, 2, axis=-1)
        hidden_gate = filtered * (0.5 * gated + 0.5)
        outputs = hidden_gate @ self.output_kernel + self.output_bias
        return hidden + outputs[:, :channels], outputs[:, channels:]


def _array(tensor) -> np.ndarray:
    return ops.convert_to_numpy(ops.cast(tensor, "float32"))
