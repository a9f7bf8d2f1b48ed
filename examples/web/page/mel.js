// The log-mel spectrogram of a recording, as keras_pwavenet.audio.LogMelSpectrogram.

export function logMel(samples, { mel, filters }) {
  const { n_fft, hop_length, win_length, n_mels, floor, offset, scale } = mel;
  const count = Math.ceil(samples.length / hop_length);
  const left = (n_fft - hop_length) >> 1;
  const at = reflected(samples, count * hop_length);
  const indent = (n_fft - win_length) >> 1;
  const found = new Float32Array(count * n_mels);
  const real = new Float64Array(n_fft);
  const imaginary = new Float64Array(n_fft);
  for (let frame = 0; frame < count; frame++) {
    imaginary.fill(0);
    for (let place = 0; place < n_fft; place++) {
      const inside = place - indent;
      const window =
        inside < 0 || inside >= win_length
          ? 0
          : 0.5 - 0.5 * Math.cos((2 * Math.PI * inside) / win_length);
      real[place] = window * at(frame * hop_length + place - left);
    }
    transform(real, imaginary);
    filters.forEach(([first, weights], band) => {
      let sum = 0;
      weights.forEach((weight, place) => {
        sum += weight * Math.hypot(real[first + place], imaginary[first + place]);
      });
      found[frame * n_mels + band] = (Math.log(Math.max(sum, floor)) + offset) * scale;
    });
  }
  return found;
}

// Samples by place, with zeros up to `length` and mirrored at both ends.
function reflected(samples, length) {
  const period = Math.max(1, 2 * (length - 1));
  return (place) => {
    const around = ((place % period) + period) % period;
    return samples[around < length ? around : period - around] ?? 0;
  };
}

// A Fourier transform in place, of a power of two.
function transform(real, imaginary) {
  const size = real.length;
  for (let place = 1, other = 0; place < size; place++) {
    let bit = size >> 1;
    for (; other & bit; bit >>= 1) other ^= bit;
    other ^= bit;
    if (place < other) {
      [real[place], real[other]] = [real[other], real[place]];
      [imaginary[place], imaginary[other]] = [imaginary[other], imaginary[place]];
    }
  }
  for (let half = 1; half < size; half *= 2)
    for (let turn = 0; turn < half; turn++) {
      const angle = (-Math.PI * turn) / half;
      const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
      for (let low = turn; low < size; low += 2 * half) {
        const high = low + half;
        const x = real[high] * cosine - imaginary[high] * sine;
        const y = real[high] * sine + imaginary[high] * cosine;
        real[high] = real[low] - x;
        imaginary[high] = imaginary[low] - y;
        real[low] += x;
        imaginary[low] += y;
      }
    }
}
