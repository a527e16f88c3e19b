/** @file A photo of many labels as one receipt: sent, and shown with what was read. */

const SVG = "http://www.w3.org/2000/svg";
const place = document.getElementById("picture");
const image = /** @type {HTMLImageElement} */ (document.getElementById("picture-image"));
const outlines = document.getElementById("picture-outlines");
const said = document.getElementById("picture-said");

/** @param {File} file @param {Record<string, string>} words */
export async function read(file, words) {
  close();
  place.hidden = false;
  image.src = URL.createObjectURL(file);
  said.textContent = "…";
  const answer = await fetch(`/pictures?id=${crypto.randomUUID()}`, { method: "POST", body: file })
    .catch(() => null);
  const { width, height, labels } = answer?.ok ? await answer.json() : {};
  if (!labels) {
    said.textContent = words["The photo cannot be read."];
    return;
  }
  said.textContent = `${words["Labels read"]}: ${new Set(labels.map((one) => one.text)).size}`;
  outlines.setAttribute("viewBox", `0 0 ${width} ${height}`);
  outlines.replaceChildren(...labels.map(outline));
}

/** @param {{text: string, corners: number[][], tone: string}} label */
function outline({ text, corners, tone }) {
  const drawn = document.createElementNS(SVG, "polygon");
  drawn.setAttribute("points", corners.map((corner) => corner.join(",")).join(" "));
  drawn.setAttribute("class", tone);
  const name = document.createElementNS(SVG, "title");
  name.textContent = text;
  drawn.append(name);
  return drawn;
}

/** @returns {boolean} whether one was open */
export function close() {
  if (place.hidden) return false;
  place.hidden = true;
  URL.revokeObjectURL(image.src);
  outlines.replaceChildren();
  return true;
}

/** The camera on its stand, as it is read. @param {HTMLImageElement} camera */
export function watch(camera) {
  const again = () => setTimeout(() => { camera.src = `/camera?${Date.now()}`; }, LOOK_EVERY_MS);
  camera.addEventListener("load", again);
  camera.addEventListener("error", again);
  again();
}
const LOOK_EVERY_MS = 500;
