// Files of the page, which are packed with gzip so that any file server will do.

export async function bytes(name) {
  const answer = await fetch(name).catch(() => ({ status: "no network" }));
  if (!answer.ok) throw new Error(`${name} cannot be loaded: ${answer.status}.`);
  const plain = answer.body.pipeThrough(new DecompressionStream("gzip"));
  try {
    return new Uint8Array(await new Response(plain).arrayBuffer());
  } catch {
    throw new Error(`${name} cannot be loaded: it is cut short or damaged.`);
  }
}

export async function text(name) {
  return new TextDecoder().decode(await bytes(name));
}

// A model's file, whose bytes of a kind were put together: see models.py.
export async function model(name) {
  const planes = await bytes(name);
  const count = planes.length / 4;
  const whole = new Uint8Array(planes.length);
  for (let kind = 0; kind < 4; kind++)
    for (let place = 0; place < count; place++)
      whole[4 * place + kind] = planes[kind * count + place];
  return whole;
}
