import { bytesInWords, button, element, imagesInWords, placeInWords, socket, timeInWords } from "./elements.js";
import { Player } from "./player.js";

const STATES = { open: "Open", ask: "Ask first", closed: "Closed" };
const RESTING = {
  open: "May be watched now",
  ask: "Ask the owner first",
  closed: "Not open now",
};

// One camera: what its home says of it, and this desk's look at it, if there is one.
export class Card {
  element = element("article", "card");
  #stage = element("div", "stage");
  #words = element("p", "words");
  #badge = element("p", "badge");
  #unchanged = element("p", "badge unchanged");
  #label = element("h3");
  #chip = element("span", "chip");
  #place = element("p", "place");
  #received = element("p", "received");
  #actions = element("div", "row");
  #camera = null;
  #connected = false;
  #viewer;
  #ask;
  #home;
  #socket = null;
  #outcome = "";
  #video = null;

  constructor(home, viewer, ask) {
    this.#home = home;
    this.#viewer = viewer;
    this.#ask = ask;
    const title = element("div", "title");
    title.append(this.#label, this.#chip);
    this.#words.setAttribute("role", "status");
    this.#stage.append(this.#words, this.#badge, this.#unchanged);
    this.element.append(this.#stage, title, this.#place, this.#received, this.#actions);
  }

  update(camera, connected) {
    const before = this.#camera && { state: this.#camera.state, granted: this.#asked()?.granted };
    this.#camera = camera;
    this.#connected = connected;
    // What came of an earlier look says nothing about a camera that has opened since, to all or to who asked.
    const hasOpened = camera.state !== before?.state && camera.state !== "closed";
    const isAllowed = this.#asked()?.granted === true && before?.granted !== true;
    if (!this.#socket && (hasOpened || isAllowed)) this.#outcome = "";
    this.#label.textContent = camera.label;
    this.element.dataset.camera = camera.label;
    this.#place.textContent = [placeInWords(camera.place), imagesInWords(this.#images)].filter(Boolean).join(" · ");
    this.#render();
  }

  // Somebody else sits at the desk now, or watches for another reason.
  viewerChanged() {
    if (!this.#socket) this.#outcome = "";
    this.#render();
  }

  leave() {
    this.#socket?.close();
  }

  // What is said of a camera that gives images only: nothing that it shows is live.
  get #images() {
    return this.#camera.video?.images;
  }

  // What the owner was asked for whoever sits at the desk, for what they say now: an answer is to nothing else.
  #asked() {
    const viewer = this.#viewer();
    return this.#camera.asked.find((each) => ["officer", "purpose", "case"].every((name) => each[name] === viewer[name]));
  }

  #render() {
    const { state, alarm } = this.#camera;
    this.element.dataset.state = this.#connected ? state : "away";
    this.element.classList.toggle("watching", Boolean(this.#video));
    this.#chip.textContent = alarm ? "Alarm" : state === "ask" && this.#asked()?.granted ? "Allowed" : STATES[state];
    this.#chip.classList.toggle("alarm", alarm);
    this.#words.textContent = this.#video ? "" : this.#saying();
    this.#actions.replaceChildren(...this.#buttons());
  }

  #saying() {
    if (this.#outcome) return this.#outcome;
    if (!this.#connected) return "The home is not connected";
    const asked = this.#asked();
    if (asked?.granted === null) return "Asked. The owner has two minutes.";
    if (asked?.granted === false) return "Not available";
    if (asked?.until && this.#camera.state === "ask") return `The owner allowed it. Watch before ${timeInWords(new Date(1000 * asked.until))}.`;
    return RESTING[this.#camera.state];
  }

  #buttons() {
    if (this.#socket) return [button("Stop watching", "quiet", () => this.leave())];
    const watch = button("Watch", "", () => this.#watch());
    watch.disabled = !this.#connected;
    const granted = this.#asked()?.granted;
    if (this.#camera.state !== "open" && !granted) watch.className = "quiet";
    if (this.#camera.state !== "ask") return [watch];
    const ask = button("Ask to watch", granted ? "quiet" : "", () => {
      this.#outcome = "";
      this.#ask(this.#camera.camera);
    });
    ask.disabled = !this.#connected || granted === null;
    return granted ? [watch, ask] : [ask, watch];
  }

  #watch() {
    const viewer = this.#viewer();
    const look = { bytes: 0, parts: 0, since: null, player: null };
    this.#outcome = "Asking the home…";
    this.#received.textContent = "";
    this.#socket = socket("/desk/watch");
    this.#socket.addEventListener("open", () => {
      this.#socket?.send(JSON.stringify({ ...viewer, home: this.#home, camera: this.#camera.camera }));
    });
    this.#socket.addEventListener("message", ({ data }) => {
      if (typeof data === "string") this.#hear(JSON.parse(data), look, viewer);
      else this.#take(data, look);
    });
    this.#socket.addEventListener("close", () => this.#over(look));
    this.#render();
  }

  #hear(message, look, viewer) {
    if (message.codec) {
      look.player ??= this.#start(viewer);
      look.player.format(message.codec);
    }
    if (message.taken_at) {
      // Said of every picture: buttons that are made anew each time could not be pressed.
      if (this.#images) this.#badge.textContent = `Image of ${timeInWords(new Date(message.taken_at))} · ${viewer.officer}`;
      return;
    }
    if ("unchanged" in message) this.#unchanged.textContent = unchangedInWords(message.unchanged);
    if (message.state === "open") this.#outcome = "Waiting for the first picture…";
    if (message.state === "refused") this.#outcome = "Not available";
    if (message.state === "ended") this.#outcome = `The home ended this video at ${timeInWords(new Date(message.at))}`;
    this.#render();
  }

  #start(viewer) {
    this.#video = document.createElement("video");
    Object.assign(this.#video, { muted: true, autoplay: true, playsInline: true });
    this.#video.setAttribute("aria-label", `${this.#images ? "Images" : "Live video"}: ${this.#camera.label}`);
    this.#stage.prepend(this.#video);
    this.#badge.textContent = `${this.#images ? "Images" : "Live"} · ${viewer.officer}`;
    return new Player(this.#video, Boolean(this.#images));
  }

  #take(data, look) {
    look.player.append(data);
    look.since ??= new Date();
    look.bytes += data.byteLength;
    look.parts += 1;
    this.#received.textContent = `Received ${bytesInWords(look.bytes)} in ${look.parts} parts since ${timeInWords(look.since)}`;
  }

  #over(look) {
    look.player?.stop();
    this.#video?.remove();
    this.#video = null;
    this.#socket = null;
    this.#badge.textContent = "";
    this.#unchanged.textContent = "";
    if (this.#outcome.endsWith("…")) this.#outcome = look.player ? "You stopped watching" : "Not available";
    this.#render();
  }
}

function unchangedInWords(picture) {
  if (!picture) return "";
  const since = timeInWords(new Date(picture.unchanged_since));
  return `Unchanged since ${since}${picture.or_longer ? " or longer" : ""}`;
}
