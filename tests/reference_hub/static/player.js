// Plays CMAF fragments as they come, close to now, and keeps nothing of the past.

const KEEP = 10; // seconds behind what is shown
const FAR_BEHIND = 1.5; // seconds: jump
const BEHIND = 0.6; // seconds: hurry

export class Player {
  #video;
  #source = new MediaSource();
  #buffer = null;
  #waiting = [];

  constructor(video) {
    this.#video = video;
    video.src = URL.createObjectURL(this.#source);
    this.#source.addEventListener("sourceopen", () => this.#next(), { once: true });
  }

  format(codec) {
    this.#waiting.push({ type: `video/mp4; codecs="${codec}"` });
    this.#next();
  }

  append(data) {
    this.#waiting.push({ data });
    this.#next();
  }

  // The picture goes with the permission to see it.
  stop() {
    this.#waiting = [];
    URL.revokeObjectURL(this.#video.src);
    this.#video.removeAttribute("src");
    this.#video.load();
  }

  #next() {
    if (this.#source.readyState !== "open" || this.#buffer?.updating) return;
    const next = this.#waiting.shift();
    if (!next) return;
    if (next.data) {
      this.#buffer.appendBuffer(next.data);
      return;
    }
    this.#setType(next.type);
    this.#next();
  }

  #setType(type) {
    if (this.#buffer) {
      this.#buffer.changeType(type);
      return;
    }
    this.#buffer = this.#source.addSourceBuffer(type);
    this.#buffer.addEventListener("updateend", () => {
      this.#keepUp();
      this.#next();
    });
  }

  #keepUp() {
    const ranges = this.#buffer.buffered;
    if (ranges.length === 0) return;
    const [start, end] = [ranges.start(ranges.length - 1), ranges.end(ranges.length - 1)];
    const behind = end - this.#video.currentTime;
    if (this.#video.currentTime < start || behind > FAR_BEHIND) {
      this.#video.currentTime = Math.max(start, end - 0.2);
    }
    this.#video.playbackRate = behind > BEHIND ? 1.1 : 1;
    const old = this.#video.currentTime - KEEP;
    if (ranges.start(0) < old && !this.#buffer.updating) this.#buffer.remove(0, old);
  }
}
