// Symbols to sound: an acoustic model, and a voice that speaks bit by bit.

import { taken } from "./runtime.js";

const PAUSES = [" ", ",", ";", ":", ".", "?", "!", "—"];
const HIGHEST_PITCH = 2000;

// Draws from Logistic(0, 1), each by its place: a hash (lowbias32) of seed and place.
export function noise(seed, first, count) {
  const drawn = new Float32Array(count);
  const salt = Math.imul(seed + 1, 0x9e3779b9);
  for (let place = 0; place < count; place++) {
    let mixed = (first + place) ^ salt;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
    mixed = (mixed ^ (mixed >>> 16)) >>> 0;
    const share = (mixed + 0.5) / 4294967296;
    drawn[place] = Math.log(share / (1 - share));
  }
  return drawn;
}

// Whole frames of each symbol; fractions are carried on.
export function framesOf(logarithms, pauses, rate) {
  let end = 0;
  let before = 0;
  const frames = pauses.map((pause, place) => {
    end += Math.max(Math.expm1(logarithms[place]), 0) / rate;
    const whole = roundedToEven(end) - before;
    before += whole;
    return Math.max(whole, pause ? 0 : 1);
  });
  if (!frames.some((count) => count)) frames[frames.length - 1] = 1;
  return frames;
}

function roundedToEven(number) {
  const low = Math.floor(number);
  if (number - low !== 0.5) return Math.round(number);
  return low % 2 ? low + 1 : low;
}

export class Acoustic {
  constructor(model, settings) {
    this.model = model;
    this.settings = settings;
  }

  // Yields a sentence's windows: mel and pitch of some frames, of `total` frames.
  async *tell(symbols, { speaker, rate, pitch }) {
    const { channels, lengths, reach, windows, mel } = this.settings;
    const length = lengths.find((one) => one >= symbols.length);
    const numbers = new Int32Array(length);
    symbols.forEach((symbol, place) => {
      numbers[place] = 1 + this.settings.symbols.indexOf(symbol);
    });
    const encoded = await this.model.run(`encode_${length}`, {
      symbols: numbers,
      speaker: Int32Array.of(speaker),
    });
    const hidden = taken(encoded.hidden);
    const pauses = symbols.map((symbol) => PAUSES.includes(symbol));
    const durations = framesOf(taken(encoded.durations), pauses, rate);
    const total = durations.reduce((sum, count) => sum + count, 0);
    const owners = [];
    durations.forEach((count, place) => {
      for (let since = 0.5; since < count; since++) owners.push([place, since, count]);
    });
    const width = channels + 3;
    for (let first = 0; first < total; ) {
      const window = windows[first ? 1 : 0]; // the first is short, so that it is soon told
      const begin = Math.max(0, first - reach);
      const last = begin + window >= total ? total : begin + window - reach;
      const frames = new Float32Array(window * width);
      const valid = new Float32Array(window);
      for (let place = 0; place < window && begin + place < total; place++) {
        const [owner, since, long] = owners[begin + place];
        const row = place * width;
        frames.set(hidden.subarray(owner * channels, (owner + 1) * channels), row);
        frames.set([since / long, since / 10, (long - since) / 10], row + channels);
        valid[place] = 1;
      }
      const decoded = await this.model.run(`decode_${window}`, {
        frames,
        valid,
        pitch_scale: Float32Array.of(pitch),
      });
      const bands = mel.n_mels;
      const part = [first - begin, last - begin];
      const heights = taken(decoded.pitch).slice(...part);
      yield {
        total,
        pitch: heights.map((one) => Math.min(Math.max(one, 0), HIGHEST_PITCH)),
        mel: taken(decoded.mel).slice(part[0] * bands, part[1] * bands),
      };
      first = last;
    }
  }
}

export class Vocoder {
  constructor(model, settings) {
    this.model = model;
    this.hop = settings.mel.hop_length;
    this.bands = settings.mel.n_mels;
    this.frames = settings.step;
    this.ahead = model.inputs("start").find((one) => one.name === "pitch").shape[1];
  }

  // Yields audio of windows as they come, `frames` frames at a time.
  async *speak(windows, { seed, pitch }) {
    let mel = new Float32Array(0);
    let heights = new Float32Array(0);
    let heard = 0; // frames that are heard
    let said = 0;
    let state = null;
    let total = Infinity;

    const next = (count) => {
      const had = Math.min(Math.max(total - heard, 0), count);
      const part = new Float32Array(count * this.bands);
      part.set(mel.subarray(0, had * this.bands));
      const own = new Float32Array(count);
      own.set(heights.subarray(0, had));
      mel = mel.subarray(had * this.bands);
      heights = heights.subarray(had);
      heard += count;
      const factor = Float32Array.of(pitch);
      const length = Int32Array.of(had);
      return { conditioning: part, pitch: own, pitch_scale: factor, length };
    };

    const step = async () => {
      const drawn = noise(seed, said * this.hop, this.frames * this.hop);
      state = await this.model.run("step", { ...state, ...next(this.frames), noise: drawn });
      const audio = taken(state.audio);
      delete state.audio;
      said += this.frames;
      return audio.subarray(0, Math.max(0, (total - said + this.frames) * this.hop));
    };

    try {
      for await (const window of windows) {
        mel = joined(mel, window.mel);
        heights = joined(heights, window.pitch);
        const come = heard + heights.length;
        total = come >= window.total ? window.total : Infinity;
        while (heard < come && (total < Infinity || come - heard >= this.needed(state))) {
          if (state) yield await step();
          else state = await this.model.run("start", next(this.ahead));
        }
      }
      while (said < total) yield await step();
    } finally {
      for (const tensor of Object.values(state ?? {})) tensor.delete();
    }
  }

  needed(state) {
    return state ? this.frames : this.ahead;
  }
}

function joined(before, after) {
  const whole = new Float32Array(before.length + after.length);
  whole.set(before);
  whole.set(after, before.length);
  return whole;
}
