// Plays CMAF fragments as they come, close to now, and keeps nothing of the past.

const KEEP = 10; // seconds behind what is shown
const FAR_BEHIND = 1.5; // seconds: jump
const BEHIND = 0.6; // seconds: hurry
const WITHIN = 0.001; // seconds: from the end of what there is to well within the last picture

export class Player {
  #video;
  #source = new MediaSource();
  #buffer = null;
  #waiting = [];
  #isOfImages;

  // `isOfImages`: from one to the next it may be a minute, so each is shown as soon as it is there, and until the next.
  constructor(video, isOfImages = false) {
    this.#video = video;
    this.#isOfImages = isOfImages;
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

  #catchUp(start, end) {
    const behind = end - this.#video.currentTime;
    if (this.#video.currentTime < start || behind > FAR_BEHIND) {
      this.#video.currentTime = Math.max(start, end - 0.2);
    }
    this.#video.playbackRate = behind > BEHIND ? 1.1 : 1;
  }

  #keepUp() {
    const ranges = this.#buffer.buffered;
    if (ranges.length === 0) return;
    const [start, end] = [ranges.start(ranges.length - 1), ranges.end(ranges.length - 1)];
    if (this.#isOfImages) this.#video.currentTime = Math.max(start, end - WITHIN);
    else this.#catchUp(start, end);
    const old = this.#video.currentTime - KEEP;
    if (ranges.start(0) < old && !this.#buffer.updating) this.#buffer.remove(0, old);
  }
}
