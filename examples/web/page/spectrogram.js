// Draws log-mel frames, the newest at the right.

const SECONDS = 6;

export class Spectrogram {
  constructor(canvas, mel) {
    this.bands = mel.n_mels;
    this.range = mel.range;
    this.canvas = canvas;
    canvas.width = Math.round((SECONDS * mel.sample_rate) / mel.hop_length);
    canvas.height = this.bands;
    this.context = canvas.getContext("2d");
    this.clear();
  }

  clear() {
    this.filled = 0;
    this.context.fillStyle = "#000";
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
  }

  add(mel) {
    const { width } = this.canvas;
    const count = Math.min(mel.length / this.bands, width);
    const first = mel.length / this.bands - count;
    const image = this.context.createImageData(count, this.bands);
    const [lowest, highest] = this.range;
    for (let frame = 0; frame < count; frame++)
      for (let band = 0; band < this.bands; band++) {
        const level = (mel[(first + frame) * this.bands + band] - lowest) / (highest - lowest);
        const row = this.bands - 1 - band;
        image.data.set(colour(level), 4 * (row * count + frame));
      }
    const left = Math.max(0, this.filled + count - width);
    if (left) this.context.drawImage(this.canvas, -left, 0);
    this.filled = Math.min(this.filled + count, width);
    this.context.putImageData(image, this.filled - count, 0);
  }
}

// From black by violet and orange to white.
function colour(level) {
  const share = Math.min(Math.max(level, 0), 1);
  const rise = (from, to) => 255 * Math.min(Math.max((share - from) / (to - from), 0), 1);
  return [rise(0.15, 0.6), rise(0.4, 0.85), rise(0, 0.35) - 0.6 * rise(0.4, 0.6) + 0.6 * rise(0.7, 1), 255];
}
