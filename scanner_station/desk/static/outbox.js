/** @file What was scanned and is not on the station's disk yet: sent in order, again and again. */

/** A code that could not be stored for so long is scanned again: its time would be wrong. */
export const STALE_MS = 15_000;
const AGAIN_MS = 400;
const MOST_AT_ONCE = 32;
const KEPT = "giaonhan.desk.outbox";

/** @typedef {{id: string, codes: string[], order?: string, at: number}} Scan */

export class Outbox {
  /** @param {(state: {waiting: number, lost: string[]}) => void} told */
  constructor(told) {
    this.told = told;
    /** @type {Scan[]} */
    this.waiting = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
    /** @type {string[]} */
    this.lost = [];
    this.sending = false;
    void this.send();
  }

  /** @param {string[]} codes @param {string=} order @returns {string} its name */
  put(codes, order) {
    const id = crypto.randomUUID();
    this.lost = [];
    this.waiting.push({ id, codes, ...(order && { order }), at: Date.now() });
    this.keep();
    void this.send();
    return id;
  }

  keep() {
    localStorage.setItem(KEPT, JSON.stringify(this.waiting));
  }

  /** One post at a time, so that nothing overtakes. */
  async send() {
    if (this.sending) return;
    this.sending = true;
    while (this.waiting.length) {
      this.putStaleAside();
      const batch = this.waiting.slice(0, MOST_AT_ONCE);
      if (!batch.length) break;
      const scans = batch.map(({ id, codes, order }) => ({ id, codes, ...(order && { order }) }));
      if (await posted("/scans", scans)) {
        this.waiting.splice(0, batch.length);
        this.keep();
        this.told({ waiting: 0, lost: this.lost });
      } else {
        this.told({ waiting: this.waiting.length, lost: this.lost });
        await new Promise((done) => setTimeout(done, AGAIN_MS));
      }
    }
    this.sending = false;
  }

  putStaleAside() {
    const old = this.waiting.filter((one) => Date.now() - one.at > STALE_MS);
    if (!old.length) return;
    this.waiting = this.waiting.filter((one) => !old.includes(one));
    this.lost = [...this.lost, ...old.flatMap((one) => one.codes)];
    this.keep();
    this.told({ waiting: this.waiting.length, lost: this.lost });
  }
}

/** @param {string} path @param {unknown} scans @returns {Promise<boolean>} whether it is through */
async function posted(path, scans) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ scans }),
    });
    return answer.ok || answer.status === 400; // a post that is malformed stays so
  } catch {
    return false;
  }
}
