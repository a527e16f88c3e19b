/** @file Three tones that differ in pitch and length: go on, something is wanted, come back. */

/** @type {Record<string, {wave: OscillatorType, notes: {hz: number, ms: number}[]}>} */
export const TONES = {
  good: { wave: "sine", notes: [{ hz: 1320, ms: 90 }] },
  ask: { wave: "triangle", notes: [{ hz: 660, ms: 140 }, { hz: 0, ms: 60 }, { hz: 660, ms: 140 }] },
  bad: {
    wave: "square",
    notes: [{ hz: 240, ms: 300 }, { hz: 0, ms: 80 }, { hz: 180, ms: 300 }, { hz: 0, ms: 80 }, { hz: 130, ms: 500 }],
  },
};
/** The tone that calls somebody back is said again while nobody comes. */
const AGAIN_AFTER_MS = 5_000;
const TIMES = 3;

let again = 0;
/** @type {AudioContext | undefined} */
let audio;

/** Browsers are silent until somebody has touched a key. */
export function wake() {
  clearTimeout(again);
  audio ??= new AudioContext();
  if (audio.state === "suspended") void audio.resume();
}

export const isAwake = () => audio?.state === "running";

/** @param {string} tone @param {number} times how often at most */
export function play(tone, times = tone === "bad" ? TIMES : 1) {
  clearTimeout(again);
  document.body.dataset.tone = tone;
  document.body.dataset.tones = String(Number(document.body.dataset.tones ?? 0) + 1);
  if (audio) sound(audio, TONES[tone]);
  if (times > 1) again = setTimeout(() => play(tone, times - 1), AGAIN_AFTER_MS);
}

/** @param {AudioContext} on @param {{wave: OscillatorType, notes: {hz: number, ms: number}[]}} tone */
function sound(on, { wave, notes }) {
  let at = on.currentTime;
  for (const { hz, ms } of notes) {
    const until = at + ms / 1000;
    if (hz) {
      const source = new OscillatorNode(on, { type: wave, frequency: hz });
      const level = new GainNode(on, { gain: 0 });
      level.gain.setValueAtTime(0, at);
      level.gain.linearRampToValueAtTime(0.4, at + 0.008);
      level.gain.setValueAtTime(0.4, until - 0.02);
      level.gain.linearRampToValueAtTime(0, until);
      source.connect(level).connect(on.destination);
      source.start(at);
      source.stop(until);
    }
    at = until;
  }
}
