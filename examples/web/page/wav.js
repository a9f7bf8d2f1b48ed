// Audio as a WAV file of 16 bits.

export function wav(parts, rate) {
  const count = parts.reduce((sum, part) => sum + part.length, 0);
  const view = new DataView(new ArrayBuffer(44 + 2 * count));
  const name = (place, text) =>
    [...text].forEach((one, after) => view.setUint8(place + after, one.charCodeAt(0)));
  name(0, "RIFF");
  view.setUint32(4, 36 + 2 * count, true);
  name(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  name(36, "data");
  view.setUint32(40, 2 * count, true);
  let place = 44;
  for (const part of parts)
    for (const sample of part) {
      view.setInt16(place, Math.round(32767 * Math.min(Math.max(sample, -1), 1)), true);
      place += 2;
    }
  return new Blob([view], { type: "audio/wav" });
}
