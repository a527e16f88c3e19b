/** @file What was scanned and is not on the station's disk yet: sent in order, again and again. */

/** A code that could not be stored for so long is scanned again: its time would be wrong. */
export const STALE_MS = 15_000;
const AGAIN_MS = 400;
const MOST_AT_ONCE = 32;
const KEPT = "giaonhan.desk.outbox";
const KEPT_LOST = "giaonhan.desk.lost"; // else whoever loads the page again would never scan them
const MALFORMED = 400;

/** @typedef {{id: string, codes: string[], order?: string, at: number}} Scan */

export class Outbox {
  /** @param {(state: {waiting: number, lost: string[]}) => void} told */
  constructor(told) {
    this.told = told;
    /** @type {Scan[]} */
    this.waiting = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
    /** @type {{lost: string[], lostAt: number}} */
    const { lost, lostAt } = JSON.parse(localStorage.getItem(KEPT_LOST) ?? '{"lost":[],"lostAt":0}');
    this.lost = lost;
    this.lostAt = lostAt;
    this.sending = false;
    this.told({ waiting: this.waiting.length, lost });
    void this.send();
  }

  /** @param {string[]} codes @param {string=} order @returns {string} its name */
  put(codes, order) {
    const id = crypto.randomUUID();
    this.waiting.push({ id, codes, ...(order && { order }), at: Date.now() });
    this.keep();
    void this.send();
    return id;
  }

  keep() {
    localStorage.setItem(KEPT, JSON.stringify(this.waiting));
    localStorage.setItem(KEPT_LOST, JSON.stringify({ lost: this.lost, lostAt: this.lostAt }));
  }

  /** One post at a time, so that nothing overtakes; one scan a post where one spoils the others. */
  async send() {
    if (this.sending) return;
    this.sending = true;
    let most = MOST_AT_ONCE;
    while (this.waiting.length) {
      this.putStaleAside();
      const batch = this.waiting.slice(0, most);
      if (!batch.length) break;
      const scans = batch.map(({ id, codes, order }) => ({ id, codes, ...(order && { order }) }));
      const status = await posted("/scans", scans);
      if (status === MALFORMED && batch.length > 1) {
        most = 1;
      } else if (status === MALFORMED) {
        this.lose(batch);
      } else if (status === 200) {
        this.waiting.splice(0, batch.length);
        if (batch.some((one) => one.at > this.lostAt)) this.lost = [];
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
    if (old.length) this.lose(old);
  }

  /** What the station will not have; told until it has stored something scanned later. @param {Scan[]} scans */
  lose(scans) {
    this.waiting = this.waiting.filter((one) => !scans.includes(one));
    this.lost = [...this.lost, ...scans.flatMap((one) => one.codes)];
    this.lostAt = Date.now();
    this.keep();
    this.told({ waiting: this.waiting.length, lost: this.lost });
  }
}

/** @param {string} path @param {unknown} scans @returns {Promise<number>} the status, 0 without an answer */
async function posted(path, scans) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ scans }),
    });
    return answer.status;
  } catch {
    return 0;
  }
}
