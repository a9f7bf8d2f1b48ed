// Recordings: from a file, or from the microphone.

// Samples of a file's audio, the mean of its channels.
export async function samplesOf(file, rate) {
  let audio;
  try {
    const context = new OfflineAudioContext(1, 1, rate); // which resamples
    audio = await context.decodeAudioData(await file.arrayBuffer());
  } catch {
    throw new Error(`${file.name ?? "The recording"} is no audio that this browser can read.`);
  }
  const samples = new Float32Array(audio.length);
  for (let channel = 0; channel < audio.numberOfChannels; channel++)
    audio.getChannelData(channel).forEach((value, place) => {
      samples[place] += value / audio.numberOfChannels;
    });
  if (!samples.length) throw new Error("The recording is empty.");
  return samples;
}

// Has a button begin and end a recording.
export function recorder(button, take, refuse, tell) {
  let running = null;

  async function begin() {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    running = new MediaRecorder(stream);
    const parts = [];
    running.ondataavailable = ({ data }) => parts.push(data);
    running.onstop = () => {
      for (const track of stream.getTracks()) track.stop();
      running = null;
      show(false);
      take(new Blob(parts));
    };
    running.start();
    show(true);
    tell("Recording …");
  }

  function show(on) {
    button.setAttribute("aria-pressed", on);
    button.textContent = on ? "End recording" : "Record";
  }

  button.addEventListener("click", () => {
    if (running) running.stop();
    else begin().catch(() => refuse("The microphone cannot be used."));
  });
}
