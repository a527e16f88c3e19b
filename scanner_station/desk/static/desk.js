/** @file The desk page: keys in, regions out; see wedge.js, outbox.js, tones.js. */

import { Outbox } from "./outbox.js";
import { intake } from "./intake.js";
import { close as closePhoto, read, watch } from "./photo.js";
import { play, wake } from "./tones.js";
import { isLabel, labelsAtEnd, Line, signOf, WHOLE_AFTER_MS } from "./wedge.js";

/** @type {Record<string, string>} */
const WORDS = JSON.parse(document.getElementById("words").textContent);
const typed = /** @type {HTMLInputElement} */ (document.getElementById("typed"));
const hint = document.getElementById("hint");
const lost = document.getElementById("lost");
const MOST_MEASURES = 2_000;
const ADVICE_MS = 8_000;
const MOST_BESIDE = 400;

/** What is wrong, by who says so. @type {Record<string, string>} */
const losses = {};
let lostBefore = 0;
const outbox = new Outbox(({ waiting, lost: codes }) => {
  const said = [];
  if (codes.length) said.push(`${WORDS["Not stored, scan again"]}: ${codes.join(", ")}`);
  if (waiting) said.push(`${WORDS["Waiting to be stored"]}: ${waiting}`);
  tellLost("outbox", said.join(" · "));
  if (codes.length > lostBefore) play("bad");
  lostBefore = codes.length;
});

/** @type {Map<string, number>} */
const begun = new Map();

/** @param {string[]} codes @param {string=} order */
function scan(codes, order) {
  begun.set(outbox.put(codes, order), performance.now());
}

const line = new Line({
  submit: (text) => scan([text]),
  show: (text) => {
    typed.value = text;
    hint.className = "";
    hint.textContent = "";
    if (/^[0-9]{16}$/.test(text)) {
      hint.className = isLabel(text) ? "good" : "bad";
      hint.textContent = WORDS[isLabel(text) ? "Check digits right" : "Check digits wrong: look again"];
    }
  },
});

const counter = intake(WORDS, (order) => void scan([], order));

/* Keys: whatever has the focus, a scan is a scan. */

/** Keys pressed in another field, each with what it held before: a scanner types there too. @type {{code: string, key: string, at: number, from: string}[]} */
let beside = [];
let besideEnds = 0;

document.addEventListener("keydown", (event) => {
  wake();
  if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
  const button = document.querySelector(`[data-key="${event.code}"]`);
  const moves = isField(event.target) && ["Home", "End"].includes(event.code); // in what is written
  if (button instanceof HTMLElement && !moves) {
    event.preventDefault();
    button.click();
    return;
  }
  if (event.code === "Escape" && closePhoto()) return;
  const target = event.target;
  if (isField(target)) {
    if (scannedBeside(target, event)) {
      event.preventDefault();
      event.stopPropagation(); // its Enter is not the form's
    }
    return;
  }
  if (event.key === "Process" || event.isComposing) {
    adviseOnInputMethod();
    if (event.code) typed.blur(); // it would write the digits a second time; keys are seen anywhere
  }
  const before = line.keys.length;
  if ((event.code === "Enter" || event.code === "Space") && !before && isPressable(target)) return;
  if (line.press(event.code, event.key, event.timeStamp)) event.preventDefault();
}, true);

/** One that is not ours, in which people write. @param {EventTarget | null} target */
function isField(target) {
  return target !== typed && (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
    || (target instanceof HTMLInputElement && target.type !== "file"));
}

/** @param {EventTarget | null} target */
function isPressable(target) {
  return target instanceof Element && target.closest("button, a, summary, label") !== null;
}

/**
 * Labels typed into a field that is not ours and ended by Enter, Tab or silence are a scan; the field
 * gets back what it held before them.
 * @param {HTMLInputElement} field @param {KeyboardEvent} event @returns {boolean} whether one ended
 */
function scannedBeside(field, event) {
  clearTimeout(besideEnds);
  if (["Enter", "NumpadEnter", "Tab"].includes(event.code)) {
    const scanned = endBeside(field);
    beside = [];
    return scanned;
  }
  if (signOf(event.code, event.key)) {
    beside.push({ code: event.code, key: event.key, at: event.timeStamp, from: field.value });
    beside.splice(0, beside.length - MOST_BESIDE);
    besideEnds = setTimeout(() => endBeside(field), WHOLE_AFTER_MS);
  } else if (event.key !== "Shift") {
    beside = []; // a person's
  }
  return false;
}

/** @param {HTMLInputElement} field */
function endBeside(field) {
  const scan = labelsAtEnd(beside.map((one) => signOf(one.code, one.key)).join(""));
  const keys = beside.slice(beside.length - scan.length);
  if (!keys.length || document.activeElement !== field) return false;
  beside = [];
  field.value = keys[0].from;
  for (const one of keys) line.press(one.code, one.key, one.at);
  return line.end();
}

typed.addEventListener("input", () => {
  // Keys that were seen never come here; this is what an on-screen keyboard or an input method did.
  line.replace(typed.value, performance.now());
});
typed.addEventListener("compositionend", () => {
  typed.value = line.text;
});
document.getElementById("typing").addEventListener("submit", (event) => {
  event.preventDefault();
  line.end();
});

let advised = 0;
function adviseOnInputMethod() {
  const advice = document.getElementById("advice");
  advice.textContent = WORDS["Turn the Vietnamese input method off"];
  clearTimeout(advised);
  advised = setTimeout(() => { advice.textContent = ""; }, ADVICE_MS);
}

/* Buttons: a card without the card. */

document.addEventListener("click", (event) => {
  wake();
  const button = event.target instanceof Element && event.target.closest("button[data-codes], button[data-order]");
  if (!(button instanceof HTMLElement)) return;
  scan(button.dataset.codes?.split(" ") ?? [], button.dataset.order);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.id !== "pin-form") return;
  event.preventDefault();
  const pin = /** @type {HTMLInputElement} */ (document.getElementById("pin"));
  const body = JSON.stringify({ pin: pin.value });
  pin.value = "";
  void fetch("/pin", { method: "POST", headers: { "Content-Type": "application/json" }, body });
});

/* What the station has to say. */

/** @param {string} name @param {string} said */
function tellLost(name, said) {
  losses[name] = said;
  const all = Object.values(losses).filter(Boolean);
  lost.hidden = !all.length;
  lost.textContent = all.join(" · ");
  document.body.classList.toggle("lost", Boolean(losses.station)); // what it said last is old
}

/** @param {string} name @param {string} markup */
function redraw(name, markup) {
  const region = document.querySelector(`[data-region="${name}"]`);
  if (!region || region.innerHTML === markup) return;
  const focused = region.contains(document.activeElement) ? document.activeElement : null;
  const open = [...region.querySelectorAll("details[open]")].map((one) => one.id);
  const place = focused && [...region.querySelectorAll("button, a, input, summary")].indexOf(focused);
  region.innerHTML = markup;
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focused) {
    const again = region.querySelectorAll("button, a, input, summary")[place];
    if (again instanceof HTMLElement) again.focus();
  }
  const wanted = region.querySelector("[autofocus]");
  if (wanted instanceof HTMLElement) wanted.focus();
}

let sounds = -1;
/** @param {{regions: Record<string, string>, sound: number, tone: string, taken: string[], operator: string | null, sticker: string | null}} told */
function hear(told) {
  for (const [name, markup] of Object.entries(told.regions)) redraw(name, markup);
  counter.hear(told);
  if (sounds >= 0 && told.sound !== sounds) play(told.tone);
  sounds = told.sound;
  const shown = told.taken.filter((id) => begun.has(id));
  if (shown.length) requestAnimationFrame(() => shown.forEach(measure));
}

/** How long it took from the last key to the screen; read by `bench` through the browser's own list. @param {string} id */
function measure(id) {
  if (performance.getEntriesByType("measure").length > MOST_MEASURES) performance.clearMeasures();
  performance.measure("scan to screen", { start: begun.get(id), end: performance.now() });
  begun.delete(id);
}

const events = new EventSource("/events");
events.onmessage = (event) => {
  tellLost("station", "");
  hear(JSON.parse(event.data));
};
events.onerror = () => {
  if (!losses.station) play("bad");
  tellLost("station", `${WORDS["THE STATION DOES NOT ANSWER"]}. ${WORDS["Start the station again. What waits here is stored as soon as it answers."]}`);
};

/* Pictures. */

const photo = /** @type {HTMLInputElement} */ (document.getElementById("photo"));
photo.addEventListener("change", () => {
  const [file] = photo.files ?? [];
  if (file) void read(file, WORDS);
  photo.value = "";
});
document.getElementById("picture-close").addEventListener("click", closePhoto);
const camera = document.getElementById("camera");
if (camera instanceof HTMLImageElement) watch(camera);
