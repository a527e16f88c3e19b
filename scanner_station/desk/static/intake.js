/** @file Intake without the network: the form of a counter. Nothing typed into it is kept anywhere. */

const AGAIN_MS = 700;
const HERE_MS = 60_000;
const MOST_LISTED = 200;

/** @typedef {{code: string, title_vi: string, title_en: string, pieces: {kind: string, title: string}[]}} Procedure */

const $ = (id) => document.getElementById(id);
const form = /** @type {HTMLFormElement | null} */ ($("intake-form"));

/** Without tones and đ, as people search. @param {string} text */
export const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đĐ]/g, "d").toLowerCase();

/**
 * @param {Record<string, string>} words
 * @param {(order: string) => void} order tells the station something that is no scan
 */
export function intake(words, order) {
  if (!form) return { hear: () => {} };
  const place = $("intake");
  const find = /** @type {HTMLInputElement} */ ($("intake-find"));
  const list = /** @type {HTMLSelectElement} */ ($("intake-procedure"));
  const pieces = $("intake-pieces");
  const all = /** @type {HTMLFieldSetElement} */ ($("intake-all"));
  const said = $("intake-said");
  /** @type {Procedure[]} */
  let procedures = [];
  let sticker = null;
  let here = 0;

  async function open() {
    if (!place.hidden) return;
    place.hidden = false;
    document.body.classList.add("taking-in");
    procedures = await fetch("/procedures").then((answer) => answer.ok ? answer.json() : []).catch(() => []);
    offer();
    find.focus();
  }

  /** Whoever comes next finds an empty form. */
  function close() {
    form.reset();
    all.disabled = false;
    said.textContent = "";
    place.hidden = true;
    document.body.classList.remove("taking-in");
    if (place.contains(document.activeElement)) document.activeElement.blur();
  }

  function offer() {
    const wanted = folded(find.value).split(/\s+/).filter(Boolean);
    const title = (one) => (document.documentElement.lang === "en" && one.title_en) || one.title_vi;
    const found = procedures.filter((one) => {
      const text = folded(`${one.code} ${one.title_vi} ${one.title_en}`);
      return wanted.every((word) => text.includes(word));
    });
    const chosen = list.value;
    list.replaceChildren(...found.slice(0, MOST_LISTED).map((one) => new Option(`${title(one)} (${one.code})`, one.code)));
    list.value = found.some((one) => one.code === chosen) ? chosen : found.length === 1 ? found[0].code : "";
    $("intake-found").textContent = procedures.length ? `${words["procedures found"]}: ${found.length}` : words["No procedure is known here yet: go online once."];
    askPieces();
  }

  function askPieces() {
    const kinds = procedures.find((one) => one.code === list.value)?.pieces ?? [];
    pieces.hidden = !kinds.length;
    const had = new Map(counted().map((one) => [one.kind, one.count]));
    pieces.querySelector("div").replaceChildren(...kinds.map(({ kind, title }, at) => {
      const count = document.createElement("input");
      Object.assign(count, { id: `intake-piece-${at}`, type: "number", min: "0", max: "200", value: String(had.get(kind) ?? "") });
      count.dataset.kind = kind;
      const name = document.createElement("label");
      name.htmlFor = count.id;
      name.textContent = title;
      const line = document.createElement("p");
      line.append(count, name);
      return line;
    }));
  }

  function counted() {
    return [...pieces.querySelectorAll("input")]
      .map((one) => ({ kind: one.dataset.kind, count: Number(one.value) }))
      .filter((one) => one.count);
  }

  /** @param {string} text @param {HTMLElement=} field */
  function objects(text, field) {
    said.textContent = text;
    for (const one of form.querySelectorAll("[aria-invalid]")) one.removeAttribute("aria-invalid");
    field?.setAttribute("aria-invalid", "true");
    field?.focus();
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const name = /** @type {HTMLInputElement} */ ($("intake-name"));
    if (!list.value) return objects(words["Choose the procedure."], list);
    if (!name.value.trim()) return objects(words["Type the applicant's name."], name);
    const applicant = Object.fromEntries([...form.querySelectorAll(".fields input")]
      .map((one) => [one.name, one.value.trim()]).filter(([, value]) => value));
    const registration = {
      procedure: list.value, applicant, pieces: counted(),
      request_text: $("intake-request_text").value.trim() || null,
    };
    all.disabled = true; // what is on its way stays as it is
    objects(words["Waiting for the station…"]);
    const { status, told } = await sent({ id: crypto.randomUUID(), sticker, registration });
    all.disabled = false;
    if (status === 200) return close();
    const { field } = told;
    objects(told[document.documentElement.lang] ?? words["Not taken in."], field && ($(`intake-${field}`) ?? undefined));
  });

  form.addEventListener("input", (event) => {
    if (event.target === find) offer();
    if (event.target === list) askPieces();
    if (performance.now() - here < HERE_MS) return;
    here = performance.now();
    order("here");
  });

  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.ctrlKey) form.requestSubmit();
    else if (event.key === "Escape") $("intake-close").focus(); // Enter drops it, one key alone never
    else if (event.target === find && (event.key === "ArrowDown" || event.key === "ArrowUp")) step(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Enter" && !event.isComposing && event.target instanceof HTMLInputElement) goOn(event.target);
    else if (event.key === "Enter" && event.target === list) goOn(list);
    else return;
    event.preventDefault();
  });

  /** The search line and the list are one thing to the hand. @param {number} by */
  function step(by) {
    const at = Math.min(Math.max(list.selectedIndex + by, 0), list.options.length - 1);
    list.selectedIndex = at;
    askPieces();
  }

  /** Enter goes to the next field; only the button, or Ctrl and Enter, takes in. @param {HTMLElement} from */
  function goOn(from) {
    const fields = [...form.querySelectorAll("input, select, textarea, button.main")].filter((one) => one.offsetParent && (one !== list || !list.value));
    const next = fields[fields.indexOf(from) + 1] ?? fields.find((one) => from.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
    next?.focus();
  }

  function drop() {
    if (sticker) order("no sticker"); // the next form has a number of its own
    close();
  }
  $("intake-close").addEventListener("click", drop);
  $("intake-open").addEventListener("click", () => (place.hidden ? open() : find.focus()));

  return {
    /** @param {{operator: string | null, sticker: string | null}} told */
    hear(told) {
      $("intake-open").hidden = !told.operator;
      if (!told.operator) close();
      else if (told.sticker && told.sticker !== sticker) void open();
      sticker = told.sticker;
    },
  };
}

/** Sent again under the same name until the station answers: it takes it in once. @param {object} asked */
async function sent(asked) {
  const body = JSON.stringify(asked);
  for (;;) {
    const answer = await fetch("/intake", { method: "POST", headers: { "Content-Type": "application/json" }, body })
      .catch(() => null);
    if (answer && answer.status < 500) return { status: answer.status, told: await answer.json().catch(() => ({})) };
    await new Promise((done) => setTimeout(done, AGAIN_MS));
  }
}

/** A draft that the server refused is tried once more. */
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element && event.target.closest("button[data-resend]");
  if (button instanceof HTMLElement) void fetch(`/drafts/${button.dataset.resend}/resend`, { method: "POST" });
});
