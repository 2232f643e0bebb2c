/** The key by which a till signs what it did without a connection; the browser never gives it out. */

import { base64url, hex } from "./codes/bytes.js";
import { makePair, signBytes } from "./codes/cose.js";

/** @typedef {{merchantId: string, tillId: string}} Till */

/** Signs for one till, with the key kept in its store (table `kept`, made on first use). */
export class TillSigner {
  #store;
  #till;

  /**
   * @param {import("./store.js").Store} store
   * @param {Till} till
   */
  constructor(store, till) {
    this.#store = store;
    this.#till = till;
  }

  /**
   * The till's public key, signed with itself.
   * @returns {Promise<{key: string, signature: string}>} hex and base64url
   */
  async introduction() {
    const key = await this.#key();
    const { merchantId, tillId } = this.#till;
    const text = `${merchantId}\n${tillId}\n${key.hex}`;
    return { key: key.hex, signature: await signed(key, "hongka till key 1", text) };
  }

  /**
   * What was written, as text, signed as what it is so that it is good for nothing else.
   * @param {"hongka late 1" | "hongka count 1"} purpose
   * @param {object} written
   * @returns {Promise<{slip: string, signature: string}>} to be sent unchanged
   */
  async sealed(purpose, written) {
    const { merchantId, tillId } = this.#till;
    const slip = JSON.stringify({ merchant_id: merchantId, till_id: tillId, ...written });
    return { slip, signature: await signed(await this.#key(), purpose, slip) };
  }

  #key() {
    const { merchantId, tillId } = this.#till;
    // Two tabs that began at once would each make one.
    return navigator.locks.request(`hongka-key-${merchantId}-${tillId}`, async () => {
      const kept = await this.#store.get("kept", "key");
      if (kept) return kept;
      const made = await makeTillKey();
      await this.#store.put("kept", made, "key");
      return made;
    });
  }
}

async function makeTillKey() {
  const { algorithm, pair } = await makePair();
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return { algorithm, pair, hex: hex(raw) };
}

async function signed({ algorithm, pair }, purpose, text) {
  const bytes = new TextEncoder().encode(`${purpose}\n${text}`);
  return base64url(await signBytes(pair.privateKey, algorithm, bytes));
}
