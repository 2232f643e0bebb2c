/** The server's time on a phone whose own clock may be wrong. */

import { ask } from "./asking.js";

const SAMPLES = 5;
const ROUND_TRIP_MS_MAX = 5_000;
const KEPT = "hongka.clock";

/**
 * @typedef {object} Sample one question and its answer
 * @property {number} offsetMs the server's clock less ours, as the server reckoned it
 * @property {number} roundTripMs
 */

/**
 * How far the server's clock is ahead of ours: off the quickest answer, less half its way.
 * @param {Sample[]} samples
 * @returns {number | null} milliseconds; null where no answer was quick enough
 */
export function bestOffset(samples) {
  const quick = samples.filter(({ roundTripMs }) => roundTripMs <= ROUND_TRIP_MS_MAX);
  if (quick.length === 0) return null;
  const best = quick.reduce((one, other) => (other.roundTripMs < one.roundTripMs ? other : one));
  return Math.round(best.offsetMs - best.roundTripMs / 2);
}

/** Server time. Without a connection the last offset holds, across restarts too. */
export class Clock {
  #ask;
  #local;
  #steady;
  #kept;
  #began;

  /**
   * @param {object} [by]
   * @param {(clientMs: number) => Promise<{offset_ms: number}>} [by.ask]
   * @param {() => number} [by.local] this machine's clock, in milliseconds
   * @param {() => number} [by.steady] one that nobody sets; it may stand still in a phone's sleep
   * @param {Storage} [by.storage] where the last offset is kept
   */
  constructor({
    ask: askTime = askServer,
    local = Date.now,
    steady = () => performance.now(),
    storage = localStorage,
  } = {}) {
    this.#ask = askTime;
    this.#local = local;
    this.#steady = steady;
    this.#kept = keptIn(storage);
    this.#begin();
  }

  /**
   * The server's time. It goes on by the longer of two clocks: one is put back by hand, the other
   * sleeps.
   * @returns {number} milliseconds since 1970
   */
  now() {
    const { server, local, steady } = this.#began;
    return server + Math.max(this.#local() - local, Math.round(this.#steady() - steady));
  }

  /** The server's time when it was last asked, or null. */
  get syncedAt() {
    return this.#kept.get()?.syncedAt ?? null;
  }

  /**
   * Ask the server a few times.
   * @returns {Promise<boolean>} whether it answered
   */
  async sync() {
    const samples = [];
    for (let left = SAMPLES; left > 0; left -= 1) {
      const sample = await this.#sample();
      if (!sample) break; // offline: asking again would only drain the battery
      samples.push(sample);
    }
    const offsetMs = bestOffset(samples);
    if (offsetMs === null) return false;
    this.#kept.set({ offsetMs, syncedAt: this.#local() + offsetMs });
    this.#begin();
    return true;
  }

  #begin() {
    const local = this.#local();
    const server = local + (this.#kept.get()?.offsetMs ?? 0);
    this.#began = { server, local, steady: this.#steady() };
  }

  async #sample() {
    const asked = this.#steady();
    try {
      const { offset_ms: offsetMs } = await this.#ask(this.#local());
      return Number.isFinite(offsetMs) ? { offsetMs, roundTripMs: this.#steady() - asked } : null;
    } catch {
      return null;
    }
  }
}

function askServer(clientMs) {
  return ask("GET", `/time/${Math.round(clientMs)}`, undefined, { timeoutMs: ROUND_TRIP_MS_MAX });
}

/** One value kept in a storage that may be full or forbidden; then it is kept in memory. */
function keptIn(storage) {
  let kept = null;
  try {
    const { offsetMs, syncedAt } = JSON.parse(storage.getItem(KEPT)) ?? {};
    if (Number.isFinite(offsetMs) && Number.isFinite(syncedAt)) kept = { offsetMs, syncedAt };
  } catch {
    kept = null;
  }
  return {
    get: () => kept,
    set: (value) => {
      kept = value;
      try {
        storage.setItem(KEPT, JSON.stringify(value));
      } catch {
        // In memory is all there is then.
      }
    },
  };
}
