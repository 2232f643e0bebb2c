/** What a till keeps of the server for the time without a connection: keys, dead cards, offers. */

import { keyRing } from "./codes/keys.js";
import { read } from "./codes/read.js";
import { Store } from "./store.js";
import { endsAfter } from "./timeout.js";

const TIMEOUT_MS = 10_000;
const NOT_CHANGED = 304;
const NOT_LET_IN = new Set([401, 403]);

/**
 * @typedef {object} Kept
 * @property {object} body as `GET /api/v1/till/offline` answered it
 * @property {string} tag its ETag
 * @property {string} mark of the last sync, to be shown with what was done since
 * @property {number} at server time of that sync, milliseconds since 1970
 */

/** The till's knowledge, in this browser; all its tabs share it. */
export class Known {
  #store;
  /** @type {Kept | undefined} */
  #kept;
  #keys = new Map();
  #dead = { cards: new Set(), devices: new Set(), prints: new Set(), allPrints: true };

  constructor(store) {
    this.#store = store;
  }

  /**
   * What was kept, or nothing yet.
   * @returns {Promise<Known>}
   * @throws {DOMException} where the browser keeps nothing
   */
  static async open() {
    const known = new Known(await Store.open("hongka-till-known", { known: {} }));
    await known.#take(await known.#store.get("known", "this"));
    return known;
  }

  /** The answer of the server (till_id, merchant, outlet, offers …), or undefined. */
  get body() {
    return this.#kept?.body;
  }

  /** What limits the till without a connection. @returns {import("./floor.js").Sync} */
  get sync() {
    if (!this.#kept) return { mark: null, at: 0, limits: null };
    const { body, mark, at } = this.#kept;
    // Where the server could not tell of all dead cards, nothing may be given.
    return { mark, at, limits: body.complete ? body.floor_limits : null };
  }

  /**
   * Ask the server for what is new.
   * @returns {Promise<boolean>} whether it answered; false too where the till is not let in, and
   *   then it knows nothing any more
   */
  async refresh() {
    const answer = await this.#ask();
    if (!answer) return false;
    if (NOT_LET_IN.has(answer.status)) {
      await this.forget();
      return false;
    }
    const isSame = answer.status === NOT_CHANGED;
    if (!answer.ok && !isSame) return false;
    const body = isSame ? this.#kept.body : await answer.json();
    await this.#keep({
      body,
      tag: answer.headers.get("ETag"),
      mark: answer.headers.get("Hongka-Sync-Mark"),
      at: Date.parse(answer.headers.get("Hongka-Time")),
    });
    return true;
  }

  /**
   * What a scanned or typed text stands for, as far as the till knows.
   * @param {string} text
   * @param {number} now server time
   * @returns {Promise<import("./codes/read.js").Scan>}
   * @throws {import("./codes/invalid.js").InvalidCode}
   */
  read(text, now) {
    return read(text, { keys: this.#keys, now, dead: this.#dead });
  }

  /** The till is no till of ours any more. */
  async forget() {
    await this.#store.remove("known", "this");
    await this.#take(undefined);
  }

  async #ask() {
    const headers = { Accept: "application/json" };
    if (this.#kept) headers["If-None-Match"] = this.#kept.tag;
    try {
      const signal = endsAfter(TIMEOUT_MS);
      return await fetch("/api/v1/till/offline", { headers, cache: "no-store", signal });
    } catch {
      return null;
    }
  }

  async #keep(kept) {
    await this.#store.put("known", kept, "this");
    await this.#take(kept);
  }

  async #take(kept) {
    const { keys = [], dead_cards: cards = [], dead_devices: devices = [] } = kept?.body ?? {};
    const { dead_prints: prints = [], prints_complete: allPrints = true } = kept?.body ?? {};
    this.#keys = await keyRing(keys);
    this.#dead = { cards: new Set(cards), devices: new Set(devices), prints: new Set(prints), allPrints };
    this.#kept = kept;
  }
}
