"""The teacher's sampling loop, compiled: importing it imports numba.

Sums and functions are float32, in the order that keeps the weights of one input row
together: a row is added to all outputs at once, which processors do in vectors.
"""

import numba
import numpy as np

from keras_pwavenet.layers.linear_predictor import PERIOD_FIRST, PERIOD_TAPS

_F = np.float32
_OPTIONS = {"nogil": True, "fastmath": {"contract"}}


@numba.njit(inline="always", **_OPTIONS)
def _tanh(x):
    """Rational approximation, within 3e-7 of tanh; a call into libm is no vector."""
    x = min(max(x, _F(-7.9)), _F(7.9))
    square = x * x
    above = _F(-2.76076847742355e-16)
    above = above * square + _F(2.00018790482477e-13)
    above = above * square + _F(-8.60467152213735e-11)
    above = above * square + _F(5.12229709037114e-08)
    above = above * square + _F(1.48572235717979e-05)
    above = above * square + _F(6.37261928875436e-04)
    above = above * square + _F(4.89352455891786e-03)
    below = _F(1.19825839466702e-06)
    below = below * square + _F(1.18534705686654e-04)
    below = below * square + _F(2.26843463243900e-03)
    below = below * square + _F(4.89352518554385e-03)
    return x * above / below


@numba.njit(**_OPTIONS)
def _add_product(outputs, inputs, kernel):
    """Adds `inputs @ kernel` to `outputs`, four rows of the kernel at a time."""
    rows, columns = kernel.shape
    whole = rows - rows % 4
    for row in range(0, whole, 4):
        a, b, c, d = inputs[row], inputs[row + 1], inputs[row + 2], inputs[row + 3]
        for column in range(columns):
            outputs[column] += (
                a * kernel[row, column]
                + b * kernel[row + 1, column]
                + c * kernel[row + 2, column]
                + d * kernel[row + 3, column]
            )
    for row in range(whole, rows):
        for column in range(columns):
            outputs[column] += inputs[row] * kernel[row, column]


@numba.njit(**_OPTIONS)
def draw(parameters, log_scale_floor, uniform_component, uniform_value):
    """Maps two uniform numbers to a draw from a mixture of logistics.

    As `keras_pwavenet.logistic.mixture_sample`, and with the log-scale's floor, but not
    clipped.

    Args:
        parameters: `(3 * mixtures,)`, the head's before the floor.
        log_scale_floor: Lower bound of the log-scales.
        uniform_component: In [0, 1), picks the component.
        uniform_value: In [0, 1), picks the value.

    Returns:
        The location that was picked, the log-scale, and the logistic noise to scale.
    """
    mixtures = len(parameters) // 3
    weights = np.exp(parameters[:mixtures] - parameters[:mixtures].max())
    target, chosen = uniform_component * weights.sum(), 0
    while chosen < mixtures - 1 and weights[chosen] <= target:
        target -= weights[chosen]
        chosen += 1
    above_floor = parameters[2 * mixtures + chosen] - log_scale_floor
    log_scale = log_scale_floor + np.logaddexp(0.0, above_floor)
    probability = min(max(uniform_value, 1e-7), 1.0 - 1e-7)
    logit = np.log(probability) - np.log1p(-probability)
    return parameters[mixtures + chosen], log_scale, logit


@numba.njit(inline="always", **_OPTIONS)
def _asinh(x):
    root = np.sqrt(x * x + _F(1))
    return np.log(x + root) if x >= 0 else -np.log(root - x)


@numba.njit(**_OPTIONS)
def _see(seen, past, residuals, period, prediction, gain):
    """Writes what the network sees of a sample's past, as `LinearPredictor` says.

    Args:
        seen: `(channels,)`, written to; one channel is the sample before as it is.
        past: The samples before, the last one last.
        residuals: Inverse hyperbolic sines of all residuals before.
        period: Of the pitch, in samples; 0 where unvoiced.
        prediction: Of the sample.
        gain: Of the sample's frame.
    """
    if len(seen) == 1:
        seen[0] = past[-1]
        return
    position = len(residuals)
    seen[0] = residuals[position - 1] if position else _F(0)
    seen[1] = _F(0.5) * _asinh(prediction / gain)
    seen[2] = _F(5) * past[-1]
    if len(seen) > 3:
        for number in range(PERIOD_TAPS):
            place = position - period + PERIOD_FIRST + number
            known = period > 0 and place >= 0
            seen[3 + number] = residuals[place] if known else _F(0)
        seen[3 + PERIOD_TAPS] = _F(1) if period > 0 else _F(0)


@numba.njit(**_OPTIONS)
def run(
    audio,
    residuals,
    history,
    rings,
    condition,
    taps,
    log_gain,
    periods,
    uniform,
    input_kernel,
    input_bias,
    kernels,
    output_kernels,
    output_biases,
    hidden_kernel,
    hidden_bias,
    head_kernel,
    head_bias,
    dilations,
    sizes,
    start,
    log_scale_floor,
    log_scale_lowest,
):
    """Speaks `len(uniform)` samples of one clip, from sample `start` on.

    Args:
        audio: `(past + samples,)`, whose sample t stands at `past + t`, where past is
            at least 1 and the predictor's order; written to.
        residuals: `(samples,)`, inverse hyperbolic sines of the residuals; written to.
        history: `(kernel_size, channels)`, what the network saw; written to.
        rings: `(sum of sizes, residual)`, each block's past inputs; written to.
        condition: `(blocks, steps, 2 * gates)`, added to the gates.
        taps: `(frames, order)` of the predictor; without one of order 0.
        log_gain: `(frames,)`; 0 without a predictor.
        periods: `(samples,)`, of the pitch in samples, 0 where unvoiced.
        uniform: `(count, 2)` in [0, 1), picks component and value of each sample.
        input_kernel: `(kernel_size, channels, residual)`.
        input_bias: `(residual,)`.
        kernels: `(blocks, kernel_size, residual, 2 * gates)`.
        output_kernels: `(blocks, gates, residual + skip)`.
        output_biases: `(blocks, residual + skip)`.
        hidden_kernel: `(skip, hidden)`.
        hidden_bias: `(hidden,)`.
        head_kernel: `(hidden, 3 * mixtures)`.
        head_bias: `(3 * mixtures,)`.
        dilations: `(blocks,)`.
        sizes: `(blocks,)`, length of each ring.
        start: Number of the first sample.
        log_scale_floor: Lower bound of the mixture's log-scales, in units of the gain.
        log_scale_lowest: Lower bound of the log-scales in units of full scale.
    """
    blocks, kernel_size, residual, doubled = kernels.shape
    gates = doubled // 2
    frames, order = taps.shape
    past = len(audio) - len(residuals)
    hop_length = len(residuals) // frames
    held = len(residuals) // condition.shape[1]
    hidden = np.empty(residual, np.float32)
    gate = np.empty(doubled, np.float32)
    gated = np.empty(gates, np.float32)
    outputs = np.empty(output_biases.shape[1], np.float32)
    total = np.empty(output_biases.shape[1] - residual, np.float32)
    last = np.empty(len(hidden_bias), np.float32)
    parameters = np.empty(len(head_bias), np.float32)
    root = _F(blocks**-0.5)
    for number in range(len(uniform)):
        position = start + number
        frame = position // hop_length
        before = audio[past + position - max(order, 1) : past + position]
        prediction = _F(0)
        for lag in range(1, order + 1):
            prediction += taps[frame, lag - 1] * before[order - lag]
        gain = np.exp(log_gain[frame])
        for tap in range(kernel_size - 1):
            history[tap] = history[tap + 1]
        seen = history[kernel_size - 1]
        _see(seen, before, residuals[:position], periods[position], prediction, gain)
        hidden[:] = input_bias
        for tap in range(kernel_size):
            _add_product(hidden, history[tap], input_kernel[tap])
        total[:] = 0
        offset = 0
        for block in range(blocks):
            size = sizes[block]
            place = position % size
            gate[:] = condition[block, position // held]
            for tap in range(kernel_size - 1):
                earlier = (place + tap * dilations[block]) % size
                _add_product(gate, rings[offset + earlier], kernels[block, tap])
            _add_product(gate, hidden, kernels[block, kernel_size - 1])
            rings[offset + place] = hidden
            offset += size
            # sigmoid(x) = (tanh(x / 2) + 1) / 2
            for channel in range(gates):
                sigmoid = _F(0.5) * _tanh(_F(0.5) * gate[gates + channel]) + _F(0.5)
                gated[channel] = _tanh(gate[channel]) * sigmoid
            outputs[:] = output_biases[block]
            _add_product(outputs, gated, output_kernels[block])
            for channel in range(residual):
                hidden[channel] += outputs[channel]
            for channel in range(len(total)):
                total[channel] += outputs[residual + channel]
        for channel in range(len(total)):
            total[channel] = max(total[channel] * root, _F(0))
        last[:] = hidden_bias
        _add_product(last, total, hidden_kernel)
        for channel in range(len(last)):
            last[channel] = max(last[channel], _F(0))
        parameters[:] = head_bias
        _add_product(parameters, last, head_kernel)
        loc, log_scale, noise = draw(
            parameters, log_scale_floor, uniform[number, 0], uniform[number, 1]
        )
        log_scale = max(log_scale + log_gain[frame], log_scale_lowest)
        value = prediction + gain * loc + np.exp(log_scale) * noise
        audio[past + position] = min(max(value, -1.0), 1.0)
        residuals[position] = _asinh((audio[past + position] - prediction) / gain)
