/** Sending what a till redeemed without a connection: in order, again and again until it is told. */

import { ask } from "./asking.js";
import { backoffMs } from "./backoff.js";

const WAITS = new Set([0, 408, 425, 429, 500, 502, 503, 504]);
const NOT_LET_IN = new Set([401, 403]);
const UNKNOWN_KEY = "device_key_missing";

/**
 * @typedef {object} Flushed
 * @property {number} sent how many slips were answered
 * @property {number} left how many are still there
 * @property {object | null} problem what first went wrong, as a Problem of asking.js
 */

/** Sends a queue's slips. */
export class Sending {
  #queue;
  #ask;
  #onFlushed;
  #timer = 0;
  #failures = 0;

  /**
   * @param {import("./queue.js").Queue} queue
   * @param {object} [by]
   * @param {(flushed: Flushed) => void} [by.onFlushed] called after each attempt
   * @param {typeof ask} [by.asking]
   */
  constructor(queue, { onFlushed = () => {}, asking = ask } = {}) {
    this.#queue = queue;
    this.#ask = asking;
    this.#onFlushed = onFlushed;
  }

  /**
   * Send what there is, now and whenever the connection is back; after a failure later and later.
   * @returns {() => void} stop
   */
  start() {
    const again = () => {
      this.#failures = 0;
      this.#attempt();
    };
    addEventListener("online", again);
    this.#attempt();
    return () => {
      removeEventListener("online", again);
      clearTimeout(this.#timer);
    };
  }

  /**
   * Tell the server this till's key, and learn from which number to go on. At each start online.
   * @returns {Promise<void>}
   * @throws {Problem}
   */
  async introduce() {
    const { highest } = await this.#ask("PUT", "/till/device-key", await this.#queue.introduction());
    await this.#queue.goOnAfter(highest);
  }

  /**
   * Send what there is, once. One tab does at a time: the others only say what is left.
   * @returns {Promise<Flushed>}
   */
  async flush() {
    const attempt = async (lock) => (lock ? this.#sendAll() : { sent: 0, problem: null });
    const outcome = await this.#queue.alone("sending", attempt, { ifAvailable: true });
    const flushed = { ...outcome, left: (await this.#queue.pending()).length };
    this.#onFlushed(flushed);
    return flushed;
  }

  async #attempt() {
    clearTimeout(this.#timer);
    const { problem, left } = await this.flush();
    const isDone = problem === null && left === 0;
    this.#failures = isDone ? 0 : this.#failures + 1;
    if (isDone) return;
    this.#timer = setTimeout(() => this.#attempt(), backoffMs(this.#failures, Math.random()));
  }

  async #sendAll() {
    let sent = 0;
    let first = null;
    for (const slip of await this.#queue.pending()) {
      const problem = await this.#send(slip);
      if (!problem) sent += 1;
      first ??= problem;
      if (problem && stops(problem)) break;
    }
    return { sent, problem: first ?? (await this.#count()) };
  }

  /** A slip leaves the queue only once its answer is kept. */
  async #send(slip) {
    try {
      await this.#queue.settle(slip.number, await this.#put(slip));
      return null;
    } catch (problem) {
      if (problem.status === undefined) throw problem;
      if (!stops(problem)) await this.#queue.keepWithProblem(slip, problem.reason);
      return problem;
    }
  }

  async #put({ redemptionId, slip, signature }) {
    const address = `/late-redemptions/${encodeURIComponent(redemptionId)}`;
    try {
      return await this.#ask("PUT", address, { slip, signature });
    } catch (problem) {
      if (problem.reason !== UNKNOWN_KEY) throw problem;
      await this.introduce();
      return this.#ask("PUT", address, { slip, signature });
    }
  }

  async #count() {
    const counted = await this.#queue.count();
    if (!counted) return null;
    const { highest, slip, signature } = counted;
    try {
      const { missing } = await this.#ask("PUT", "/till/count", { slip, signature });
      await this.#queue.setCount(highest, missing);
      return null;
    } catch (problem) {
      if (problem.status === undefined) throw problem;
      return problem;
    }
  }
}

/** Whether the next slip would fare no better. */
function stops({ status }) {
  return WAITS.has(status) || NOT_LET_IN.has(status);
}
