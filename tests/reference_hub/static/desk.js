import { Card } from "./card.js";
import { element, options, socket } from "./elements.js";

const at = (id) => document.getElementById(id);
const sections = new Map();
const cards = new Map();
let live = null;

const viewer = () => ({
  officer: at("officer").value,
  purpose: at("purpose").value,
  case: at("case").value.trim(),
});

function connect() {
  live = socket("/desk/live");
  live.addEventListener("message", ({ data }) => {
    const message = JSON.parse(data);
    if (message.invitation) showInvitation(message.invitation);
    else show(message);
  });
  live.addEventListener("close", () => {
    at("status").textContent = "The hub is not running. Trying again…";
    setTimeout(connect, 1000);
  });
}

function show(picture) {
  document.title = `Desk · ${picture.agency}`;
  at("agency").textContent = picture.agency;
  options(at("officer"), picture.officers.map((name) => [name, name]));
  options(at("purpose"), picture.purposes.map(({ purpose, label }) => [purpose, label]));
  const connected = picture.homes.filter((home) => home.connected).length;
  at("status").textContent = `Homes connected: ${connected} of ${picture.homes.length}`;
  at("nobody").hidden = picture.homes.length > 0;
  arrange(at("homes"), picture.homes.map(section));
  dropOthers(picture.homes);
}

// A video stops when it is taken out of the page, so what is in its place already stays there.
function arrange(parent, wanted) {
  const same = wanted.length === parent.children.length && wanted.every((each, at) => each === parent.children[at]);
  if (!same) parent.replaceChildren(...wanted);
}

function section(home) {
  if (!sections.has(home.home)) {
    const parts = { root: element("section"), title: element("h2"), name: element("p", "pseudonym"), record: element("p", "record"), remove: element("button", "remove"), grid: element("div", "grid") };
    parts.remove.type = "button";
    parts.remove.textContent = "Remove this home";
    parts.remove.addEventListener("click", () => live.send(JSON.stringify({ do: "forget", home: home.home })));
    parts.root.append(parts.title, parts.name, parts.record, parts.remove, parts.grid);
    sections.set(home.home, parts);
  }
  const { root, title, name, record, remove, grid } = sections.get(home.home);
  root.className = home.connected ? "home" : "home away";
  title.textContent = home.name || "A home";
  const presence = home.gone ? "its owner has ended the pairing" : home.connected ? "connected" : "not connected";
  name.textContent = `Known here as ${home.home.slice(0, 10)}… · ${presence}`;
  remove.hidden = !home.gone;
  record.textContent = recordInWords(home.record);
  record.classList.toggle("objection", Boolean(home.record.objection));
  arrange(grid, home.cameras.map((camera) => card(home, camera).element));
  return root;
}

function recordInWords({ signed, objection }) {
  if (objection) return `What it shows of its record is not taken: ${objection}`;
  return signed ? `Its record is signed here up to entry ${signed}` : "Nothing of its record is signed here yet";
}

function card(home, camera) {
  const key = `${home.home} ${camera.camera}`;
  if (!cards.has(key)) {
    const ask = (id) => live.send(JSON.stringify({ do: "ask", ...viewer(), home: home.home, camera: id }));
    cards.set(key, new Card(home.home, viewer, ask));
  }
  const kept = cards.get(key);
  kept.update(camera, home.connected);
  return kept;
}

function dropOthers(homes) {
  const listed = new Set(homes.flatMap(({ home, cameras }) => cameras.map(({ camera }) => `${home} ${camera}`)));
  for (const [key, gone] of cards) {
    if (listed.has(key)) continue;
    gone.leave();
    cards.delete(key);
  }
}

function showInvitation(link) {
  at("link").value = link;
  at("made").hidden = false;
}

at("viewer").addEventListener("submit", (event) => event.preventDefault());
at("viewer").addEventListener("input", () => cards.forEach((each) => each.viewerChanged()));
at("invite").addEventListener("click", () => {
  at("made").hidden = true;
  at("note").value = "";
  at("invitation").showModal();
});
at("invitation-close").addEventListener("click", () => at("invitation").close());
at("invitation-form").addEventListener("submit", (event) => {
  event.preventDefault();
  live.send(JSON.stringify({ do: "invite", note: at("note").value.trim() }));
});
at("copy").addEventListener("click", () => navigator.clipboard.writeText(at("link").value));

connect();
