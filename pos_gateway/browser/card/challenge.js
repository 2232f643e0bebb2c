/** The proof of work that some drops ask of whoever claims: it costs a robot more than a person. */

import { solveChallengeWorkers } from "altcha/lib";

import { address } from "../addresses.js";

const GOOD_MS = 9 * 60_000;
const WORKERS_MAX = 4;

/** A solution, worked out when it is needed and good for some minutes. */
export class Proof {
  #kept;
  #drop;
  #solved = null;

  /** @param {import("./kept.js").Kept} kept @param {string} drop */
  constructor(kept, drop) {
    this.#kept = kept;
    this.#drop = drop;
  }

  /**
   * @param {number} now
   * @returns {Promise<string>} as a claim carries it
   * @throws {Problem} of asking.js
   */
  async ready(now) {
    if (!this.#solved || this.#solved.until <= now) {
      this.#solved = { until: now + GOOD_MS, payload: this.#solve() };
    }
    try {
      return await this.#solved.payload;
    } catch (wrong) {
      this.#solved = null;
      throw wrong;
    }
  }

  /** The server took it no longer. */
  forget() {
    this.#solved = null;
  }

  async #solve() {
    const challenge = await this.#kept.ask("GET", `/drops/${this.#drop}/challenge`);
    const solution = await solveChallengeWorkers({
      challenge,
      concurrency: Math.min(WORKERS_MAX, navigator.hardwareConcurrency ?? 1),
      createWorker: () => new Worker(address("pbkdf2.js")),
    });
    return btoa(JSON.stringify({ challenge, solution }));
  }
}
