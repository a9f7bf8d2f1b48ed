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

// Has a button begin and end a recording; `cancel` ends one that nobody wants any more.
export function recorder(button, take, refuse, tell) {
  let asking = false; // for the microphone
  let running = null;

  async function begin() {
    asking = true;
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const free = () => {
      for (const track of stream.getTracks()) track.stop();
    };
    if (!asking) return free();
    asking = false;
    const own = new MediaRecorder(stream);
    running = own;
    const parts = [];
    own.ondataavailable = ({ data }) => parts.push(data);
    own.onstop = () => {
      free();
      if (running !== own) return;
      running = null;
      show(false);
      take(new Blob(parts));
    };
    own.start();
    show(true);
    tell("Recording …");
  }

  function show(on) {
    button.classList.toggle("running", on);
    button.textContent = on ? "End recording" : "Record";
  }

  button.addEventListener("click", () => {
    if (running) running.stop();
    else if (!asking)
      begin().catch(() => {
        asking = false;
        refuse("The microphone cannot be used.");
      });
  });

  function cancel() {
    asking = false;
    const own = running;
    running = null;
    own?.stop();
    show(false);
  }

  return { cancel };
}
