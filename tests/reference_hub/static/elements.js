// Everything that comes from a home or an agency goes through textContent: it is never HTML.

export function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

export function button(text, className, onClick) {
  const made = element("button", className, text);
  made.type = "button";
  made.addEventListener("click", onClick);
  return made;
}

export function options(select, choices) {
  const chosen = select.value;
  select.replaceChildren(
    ...choices.map(([value, label]) => {
      const option = element("option", "", label);
      option.value = value;
      return option;
    }),
  );
  if (choices.some(([value]) => value === chosen)) select.value = chosen;
}

export function socket(path) {
  const made = new WebSocket(`wss://${location.host}${path}`);
  made.binaryType = "arraybuffer";
  return made;
}

const POINTS = ["north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"];

const METRES_IN_A_DEGREE = 111_320;

export function placeInWords(place) {
  if (!place) return "No place given";
  const [east, north] = place.point.coordinates;
  // So many decimals that rounding moves the point by half the radius at most.
  const decimals = Math.max(0, Math.ceil(Math.log10(METRES_IN_A_DEGREE / place.radius_m)));
  const degrees = (value, plus, minus) => `${Math.abs(value).toFixed(decimals)}° ${value < 0 ? minus : plus}`;
  const within = place.radius_m >= 1000 ? `${place.radius_m / 1000} km` : `${place.radius_m} m`;
  const facing =
    place.heading_deg === undefined ? "" : `, facing ${POINTS[Math.round(place.heading_deg / 45) % 8]}`;
  return `Within ${within} of ${degrees(north, "N", "S")}, ${degrees(east, "E", "W")}${facing}`;
}

export function imagesInWords(images) {
  return images ? `Images, at most one every ${images.interval_ms / 1000} s` : "";
}

export function bytesInWords(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(0)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

export const timeInWords = (date) =>
  date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
