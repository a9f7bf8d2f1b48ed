// The page: what is typed goes to the worker, and what the worker says to the player.

import { recorder, samplesOf } from "./recording.js";
import { Spectrogram } from "./spectrogram.js";
import { wav } from "./wav.js";

const MOST_CHARACTERS = 5000;
const MOST_SECONDS = 60; // of a recording
const MOST_BYTES = 200e6;

const at = (name) => document.getElementById(name);
const tell = (text) => (at("status").textContent = text);
const settings = await fetch("settings.json")
  .then((answer) => answer.json())
  .catch((error) => {
    tell("The page's settings cannot be loaded: load it again.");
    throw error;
  });
const { sample_rate } = settings.mel;
const recording = recorder(at("record"), again, refuse, tell);
const spectrogram = new Spectrogram(at("spectrogram"), settings.mel);
let player; // the promise of one, once there is something to play
let job = 0;
let asked = 0; // when the job was
let made = [];

for (const name of Object.keys(settings.voices)) at("voice").append(new Option(titled(name), name));
for (const name of ["rate", "pitch"]) {
  const show = () => {
    const shown = `× ${Number(at(name).value).toFixed(2)}`;
    at(name).labels[0].querySelector("span").textContent = shown;
    at(name).setAttribute("aria-valuetext", shown);
  };
  at(name).addEventListener("input", show);
  show();
}

// Files of the page that it has loaded once it loads again without a network.
if ("serviceWorker" in navigator) {
  await navigator.serviceWorker.register("service_worker.js").catch(() => {});
  await Promise.race([
    navigator.serviceWorker.ready,
    new Promise((resolve) => setTimeout(resolve, 3000)),
  ]);
}
const worker = new Worker("worker.js");
worker.onmessage = ({ data }) => heard(data);
worker.onerror = (event) => refuse(event.message || "The voice cannot be started.");

function heard(data) {
  if (data.ready) {
    at("speak").disabled = false;
    tell("Ready.");
    return;
  }
  if (data.job !== undefined && data.job !== job) return;
  if (data.error) return refuse(data.error);
  if (data.loading) tell(`Loading ${titled(data.loading)} …`);
  if (data.said) {
    at("phonemes").textContent = data.said.join("\n");
    if (data.unsaid.length)
      at("problem").textContent = `Left out, as it cannot be said: ${data.unsaid.join(" ")}`;
  }
  if (data.mel) spectrogram.add(data.mel);
  if (data.audio) {
    if (!made.length) {
      at("first").textContent = `${Math.round(performance.now() - asked)} ms`;
      tell("Speaking …");
    }
    made.push(data.audio);
    at("speed").textContent = `${data.speed.toFixed(1)} times real time`;
    send({ job, audio: data.audio });
    const samples = made.reduce((sum, part) => sum + part.length, 0);
    at("length").textContent = `${(samples / sample_rate).toFixed(1)} s`;
  }
  if (data.done) {
    send({ job, done: true });
    URL.revokeObjectURL(at("save").href);
    at("save").href = URL.createObjectURL(wav(made, sample_rate));
    at("save").hidden = false;
  }
}

function refuse(message) {
  stop();
  at("problem").textContent = message;
  tell("");
}

// Ends whatever is done or recorded, and gives the number of what comes next.
function stop() {
  job += 1;
  worker.postMessage({ stop: job });
  send({ clear: null });
  recording.cancel();
  return job;
}

async function send(message) {
  const made = await player?.catch(() => undefined);
  made?.port.postMessage(message);
}

// Begins a job, and stops the one before.
async function begin(data, since = performance.now()) {
  const own = stop();
  asked = since;
  made = [];
  at("problem").textContent = "";
  at("phonemes").textContent = "";
  at("save").hidden = true;
  for (const name of ["first", "speed", "length"]) at(name).textContent = "–";
  spectrogram.clear();
  tell("Thinking …");
  try {
    await sounding();
  } catch (error) {
    if (own === job) refuse(error.message);
  }
  if (own !== job) return;
  send({ clear: job });
  const [rate, pitch] = [Number(at("rate").value), Number(at("pitch").value)];
  worker.postMessage({ job, rate, pitch, seed: 0, ...data });
}

// A browser lets a page sound once its user has done something.
async function sounding() {
  if (!window.isSecureContext)
    throw new Error("A browser lets this page speak over HTTPS or from localhost alone.");
  player ??= newPlayer();
  try {
    await (await player).context.resume();
  } catch (error) {
    player = undefined;
    throw error;
  }
}

async function newPlayer() {
  const context = new AudioContext({ sampleRate: sample_rate, latencyHint: "interactive" });
  await context.audioWorklet.addModule("player.js");
  const made = new AudioWorkletNode(context, "player", { numberOfInputs: 0 });
  made.connect(context.destination);
  made.port.onmessage = ({ data }) => {
    if (data.ended && data.job === job)
      tell(`Spoken${data.gaps ? ", with gaps: it is made too slowly here" : ""}.`);
  };
  return made;
}

function speak() {
  const text = at("text").value;
  if (!text.trim()) refuse("There is nothing to say: type a text first.");
  else if (text.length > MOST_CHARACTERS)
    refuse(`The text is too long: ${text.length} characters, of ${MOST_CHARACTERS} at most.`);
  else if (at("speak").disabled) tell("Still loading the voice …");
  else begin({ text, voice: at("voice").value });
}

async function again(file) {
  const own = stop();
  const since = performance.now();
  at("problem").textContent = "";
  tell("Reading the recording …");
  try {
    if (file.size > MOST_BYTES)
      throw new Error(
        `The recording is too large: ${Math.ceil(file.size / 1e6)} MB, of ${MOST_BYTES / 1e6} MB at most.`,
      );
    const samples = await samplesOf(file, sample_rate);
    const seconds = samples.length / sample_rate;
    if (seconds > MOST_SECONDS)
      throw new Error(
        `The recording is too long: ${Math.ceil(seconds)} s, of ${MOST_SECONDS} s at most.`,
      );
    if (own === job) begin({ samples }, since);
  } catch (error) {
    if (own === job) refuse(error.message);
  }
}

function titled(name) {
  return name[0].toUpperCase() + name.slice(1);
}

at("speech").addEventListener("submit", (event) => {
  event.preventDefault();
  speak();
});
at("text").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  speak();
});
at("stop").addEventListener("click", () => {
  stop();
  tell("Stopped.");
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") at("stop").click();
});
at("file").addEventListener("change", ({ target }) => {
  if (target.files.length) again(target.files[0]);
  target.value = "";
});
for (const [name, over] of [["dragover", true], ["dragleave", false], ["drop", false]])
  document.addEventListener(name, (event) => {
    if (!event.dataTransfer.types.includes("Files")) return; // text may go into its box
    event.preventDefault();
    document.body.classList.toggle("dropping", over);
    if (name === "drop" && event.dataTransfer.files.length) again(event.dataTransfer.files[0]);
  });
