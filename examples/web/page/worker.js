// What computes: text or sound in, bits of sound out. A classic worker, in which alone
// LiteRT.js can load its runtime.

const FILES = ["load", "runtime", "voice", "words", "english", "mel"];
const PAUSE_SECONDS = 0.25; // between sentences
const ENDS = [".", "?", "!"];

let parts; // the page's modules by name
let settings;
let acoustic;
let front;
const voices = new Map();
let job = 0; // what is to be done; all earlier jobs end

onmessage = ({ data }) => {
  if (data.stop !== undefined) job = data.stop;
  else {
    job = data.job;
    work(data).catch((error) => {
      if (data.job === job) postMessage({ job: data.job, error: error.message });
    });
  }
};

const ready = begin();
ready.then(
  () => postMessage({ ready: true }),
  (error) => postMessage({ error: error.message }),
);

async function begin() {
  const modules = await Promise.all(FILES.map((name) => import(`./${name}.js`)));
  parts = Object.assign({}, ...modules);
  settings = await (await fetch("settings.json")).json();
  const [file, words, letters, rules] = await Promise.all([
    parts.model("acoustic.gz"),
    parts.text("words.gz"),
    parts.text("letters.gz"),
    parts.text("reading.gz"),
    parts.start(),
  ]);
  acoustic = new parts.Acoustic(await parts.Model.from(file), settings);
  const known = new parts.Words(words, JSON.parse(letters), settings.symbols);
  front = new parts.English(known, JSON.parse(rules));
  const [first] = Object.values(settings.voices);
  await warm(await voice(first.preset));
}

async function voice(preset) {
  if (!voices.has(preset)) {
    const content = await parts.model(`${preset}.gz`);
    voices.set(preset, new parts.Vocoder(await parts.Model.from(content), settings));
  }
  return voices.get(preset);
}

// What runs for the first time takes longer.
async function warm(vocoder) {
  const told = acoustic.tell(["ə", "."], { speaker: 0, rate: 1, pitch: 1 });
  for await (const audio of vocoder.speak(told, { seed: 0, pitch: 1 })) void audio;
}

async function work(data) {
  await ready;
  const { sentences, unsaid } = data.samples
    ? { sentences: [data.samples], unsaid: [] }
    : front.read(data.text);
  if (!sentences.length) throw new Error("There is nothing in this text that can be said.");
  const { preset, speaker } = data.samples ? { preset: settings.again } : settings.voices[data.voice];
  if (!voices.has(preset)) postMessage({ job: data.job, loading: preset });
  const vocoder = await voice(preset);
  if (!data.samples) {
    const said = sentences.map((symbols) => symbols.join(""));
    postMessage({ job: data.job, said, unsaid });
  }
  const { sample_rate, hop_length } = settings.mel;
  const began = performance.now();
  let samples = 0;
  let waits = 0;
  for (const [place, sentence] of sentences.entries()) {
    const windows = data.samples
      ? heard(sentence, data.job)
      : shown(acoustic.tell(sentence, { ...data, speaker }), data.job);
    const pitch = data.samples ? data.pitch : 1; // else the acoustic model moved it
    for await (const part of vocoder.speak(windows, { seed: data.seed + place, pitch })) {
      await turn();
      if (data.job !== job) return;
      const audio = new Float32Array(waits + part.length);
      audio.set(part, waits);
      waits = 0;
      samples += audio.length;
      const speed = samples / sample_rate / ((performance.now() - began) / 1000);
      postMessage({ job: data.job, audio, speed }, [audio.buffer]);
    }
    if (ENDS.includes(sentence.at?.(-1)))
      waits = hop_length * Math.round(((PAUSE_SECONDS / data.rate) * sample_rate) / hop_length);
  }
  postMessage({ job: data.job, done: true });
}

async function* shown(windows, own) {
  for await (const window of windows) {
    postMessage({ job: own, mel: window.mel });
    yield window;
  }
}

// A recording's windows; the voice is to find its pitch.
async function* heard(samples, own) {
  const mel = parts.logMel(samples, settings);
  const total = mel.length / settings.mel.n_mels;
  yield* shown([{ mel, total, pitch: new Float32Array(total).fill(-1) }], own);
}

// Lets messages in.
function turn() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(port1.close());
    port2.postMessage(0);
  });
}
