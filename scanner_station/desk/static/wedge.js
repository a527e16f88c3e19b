/** @file Keys to codes: a keyboard-wedge scanner or a person types; nobody says which. */

/** Milliseconds between two keys of one scan; slow Bluetooth scanners need a good 100. */
const BURST_GAP_MS = 150;
/** A pause before a scan: what stands in the line from before was a person's. */
const PAUSE_MS = 400;
/** So long after the last key of a scan without a suffix it is taken to be whole. */
export const WHOLE_AFTER_MS = 350;
/** A half-typed number left behind is nobody's after that. */
const FORGOTTEN_MS = 20_000;
const MOST_KEYS = 4_096;
const LABEL = /^[1-7][0-9]{15}$/;
const SYMBOLOGY = /^[\]ưƯ][A-Za-z][0-9](?=[0-9])/;
const SEAL = /^(?:NP|S)[-: ]?[0-9]{1,12}$/i;

const SIGNS = {
  Minus: "-", NumpadSubtract: "-", Period: ".", NumpadDecimal: ".", Slash: "/", NumpadDivide: "/",
  Comma: ",", Semicolon: ";", Space: " ", BracketRight: "]",
};
const ENDS = new Set(["Enter", "NumpadEnter", "Tab"]);

/**
 * What the key stands for by its place on the keyboard: input methods rewrite what is typed, not
 * where it was pressed. Only a key without a place says itself what it is.
 * @param {string} code the event's `code`
 * @param {string} key the event's `key`
 * @returns {string} one sign, or nothing
 */
export function signOf(code, key) {
  const place = /^(?:Digit|Numpad|Key)([0-9A-Z])$/.exec(code);
  if (place) return place[1];
  if (code in SIGNS) return SIGNS[code];
  return code === "" && [...key].length === 1 ? key : "";
}

/** ISO 7064 mod 97-10 over the first 14 digits. @param {string} digits */
export function isLabel(digits) {
  if (!LABEL.test(digits)) return false;
  return 98n - ((BigInt(digits.slice(0, 14)) * 100n) % 97n) === BigInt(digits.slice(14));
}

/** One line being typed by whoever types; `submit` gets each whole code, `show` what stands there. */
export class Line {
  /** @param {{submit: (text: string) => void, show: (text: string) => void}} out */
  constructor(out) {
    this.out = out;
    /** @type {{sign: string, at: number}[]} */
    this.keys = [];
    this.timer = 0;
  }

  get text() {
    return this.keys.map((one) => one.sign).join("");
  }

  /**
   * @param {string} code the event's `code`
   * @param {string} key the event's `key`
   * @param {number} at milliseconds
   * @returns {boolean} whether the key was ours
   */
  press(code, key, at) {
    clearTimeout(this.timer);
    const last = this.keys.at(-1);
    if (last && at - last.at > FORGOTTEN_MS) this.keys = [];
    if (ENDS.has(code) || (code === "" && key === "Enter")) return this.end();
    if (code === "Backspace" || code === "Escape") {
      if (!this.keys.length) return false;
      this.keys = code === "Escape" ? [] : this.keys.slice(0, -1);
      this.out.show(this.text);
      return true;
    }
    const sign = signOf(code, key);
    if (!sign || (sign === " " && !this.keys.length)) return false;
    if (this.keys.length < MOST_KEYS) this.keys.push({ sign, at });
    this.out.show(this.text);
    this.timer = setTimeout(() => this.endIfWhole(), WHOLE_AFTER_MS);
    return true;
  }

  /** What a field took in that no key could be seen of. @param {string} text @param {number} at */
  replace(text, at) {
    this.keys = [...text.slice(0, MOST_KEYS)].map((sign) => ({ sign, at }));
  }

  /** Enter or Tab: whether there was anything to end. */
  end() {
    clearTimeout(this.timer);
    if (!this.keys.length) return false;
    const text = this.whole();
    this.keys = [];
    this.out.show("");
    this.out.submit(text);
    return true;
  }

  /** A scanner without a suffix: nothing but whole labels, typed fast, and then silence. */
  endIfWhole() {
    const lasted = this.keys[this.keys.length - 1].at - this.keys[0].at;
    if (isScan(this.text) && lasted <= BURST_GAP_MS * this.keys.length) this.end();
  }

  /** What was scanned: if the line is no code but what follows its last pause is one, just that. */
  whole() {
    let from = this.keys.length - 1;
    while (from > 0 && this.keys[from].at - this.keys[from - 1].at < PAUSE_MS) from -= 1;
    const last = this.keys.slice(from).map((one) => one.sign).join("");
    return !isScan(this.text) && (isScan(last) || SEAL.test(last)) ? last : this.text;
  }
}

/** One label, or several run together. @param {string} text */
function isScan(text) {
  return text !== "" && labelsAtEnd(text) === text;
}

/** The scan that ends a text, with its symbology if it has one; nothing where none does. @param {string} text */
export function labelsAtEnd(text) {
  let from = text.length;
  while (from >= 16 && isLabel(text.slice(from - 16, from))) from -= 16;
  const before = from < text.length && from >= 3 && SYMBOLOGY.test(text.slice(from - 3, from + 1)) ? 3 : 0;
  return text.slice(from - before);
}
