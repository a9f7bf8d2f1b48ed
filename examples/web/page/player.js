// Plays bits of sound as they come.

class Player extends AudioWorkletProcessor {
  constructor() {
    super();
    this.clear();
    this.port.onmessage = ({ data }) => {
      if (data.clear !== undefined) this.clear(data.clear);
      else if (data.job === this.job && data.audio) this.queue.push(data.audio);
      else if (data.job === this.job && data.done) this.whole = true;
    };
  }

  clear(job = null) {
    Object.assign(this, { job, queue: [], place: 0, played: 0, gaps: 0, whole: false });
  }

  process(inputs, [[output]]) {
    if (this.job === null) return true;
    let filled = 0;
    while (filled < output.length && this.queue.length) {
      const [audio] = this.queue;
      const count = Math.min(output.length - filled, audio.length - this.place);
      output.set(audio.subarray(this.place, this.place + count), filled);
      filled += count;
      this.place += count;
      if (this.place === audio.length) {
        this.queue.shift();
        this.place = 0;
      }
    }
    if (filled && !this.played) this.port.postMessage({ job: this.job, began: true });
    this.played += filled;
    if (filled < output.length && this.played) {
      if (this.whole) {
        this.port.postMessage({ job: this.job, ended: true, gaps: this.gaps });
        this.job = null;
      } else this.gaps += 1;
    }
    return true;
  }
}

registerProcessor("player", Player);
