/** What was asked of the server and not answered yet; it outlives the page. */

import { Store } from "../store.js";

/**
 * @typedef {object} Attempt
 * @property {string} id made here, so that asking again does nothing twice
 * @property {"redemptions" | "uses"} kind
 * @property {object} body what is asked
 * @property {number} at server time
 */

/** Attempts of the till in this browser. */
export class Attempts {
  #store;

  static async open() {
    const attempts = new Attempts();
    attempts.#store = await Store.open("hongka-till-attempts", { attempts: { keyPath: "id" } }).catch(() => null);
    return attempts;
  }

  /** @returns {Promise<void>} once it is on disk, where anything is kept */
  async put(attempt) {
    await this.#store?.put("attempts", attempt);
  }

  async remove(id) {
    await this.#store?.remove("attempts", id);
  }

  /** @returns {Promise<Attempt[]>} */
  async all() {
    return (await this.#store?.all("attempts")) ?? [];
  }
}

/** An id nobody has: 96 random bits. @param {string} letter */
export function newId(letter) {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `${letter}-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
