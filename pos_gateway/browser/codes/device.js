/** This browser as a device of a card: a key it cannot give out, and codes signed with it. */

import { ask } from "../asking.js";
import { Store } from "../store.js";
import { base45Encode } from "./base45.js";
import { base64url, fromBase64url } from "./bytes.js";
import { cborDecode } from "./cbor.js";
import { EDDSA, ES256, makePair, sign1 } from "./cose.js";
import { claimBytes, DEVICE_PREFIX, deviceHeader, deviceMessage } from "./device_message.js";

const DAY_MS = 24 * 60 * 60 * 1000;
const RENEWED_AFTER_MS = 2 * DAY_MS;
const JTI_BYTES = 8;
const NAMES = { [EDDSA]: "Ed25519", [ES256]: "P-256" };

/**
 * @typedef {object} Kept what the browser keeps of itself
 * @property {number} algorithm
 * @property {CryptoKeyPair} pair its private half cannot be exported; it lies on the disk all the
 *   same, so the code is bound to this profile of the browser, not to the machine
 * @property {Uint8Array} [certificate]
 * @property {string} [card] the card's id
 * @property {string} [device] the key's thumbprint, as the server writes it
 * @property {number} [certifiedAt] server time, milliseconds since 1970
 * @property {number} [expiresAt] of the certificate, milliseconds since 1970
 */

/**
 * A code for this moment.
 * @param {Kept} kept with its certificate
 * @param {number} now server time, in milliseconds
 * @param {Uint8Array} random 8 random bytes, never used before
 * @returns {Promise<string>} `HK3:…`, 363 or 366 characters
 */
export async function mint({ algorithm, pair, certificate }, now, random) {
  const claims = claimBytes(Math.floor(now / 1000), random);
  const header = deviceHeader(algorithm);
  const signature = await sign1(pair.privateKey, algorithm, header, claims, certificate);
  const message = deviceMessage(algorithm, cborDecode(certificate), claims, signature);
  return DEVICE_PREFIX + base45Encode(message);
}

/** This browser, as a device of whoever's card is signed in. */
export class CardDevice {
  #store;
  #put;
  /** @type {Kept | undefined} */
  #kept;

  constructor(store, put, kept) {
    this.#store = store;
    this.#put = put;
    this.#kept = kept;
  }

  /**
   * What this browser kept, or nothing yet.
   * @param {{put?: (body: object) => Promise<object>}} [by] asks the server for a certificate
   * @returns {Promise<CardDevice>}
   * @throws {DOMException} where the browser keeps nothing
   */
  static async open({ put = askForCertificate } = {}) {
    const store = await Store.open("hongka-card", { device: {} });
    return new CardDevice(store, put, await store.get("device", "this"));
  }

  /** The card's id codes are signed for, or undefined. */
  get card() {
    return this.#kept?.card;
  }

  /** When no more codes can be signed without asking: milliseconds, 0 without a certificate. */
  get expiresAt() {
    return this.#kept?.expiresAt ?? 0;
  }

  /** Whether codes can be signed at this server time. */
  canMint(now) {
    return this.expiresAt > now;
  }

  /** Whether the server should be asked, when it can be: the certificate is two days old. */
  isStale(now) {
    return now >= (this.#kept?.certifiedAt ?? -Infinity) + RENEWED_AFTER_MS;
  }

  /**
   * Get a certificate, or a later one; on first use make the key.
   * @returns {Promise<void>}
   * @throws {Problem} of asking.js: no connection, or the card is blocked, expired or none
   */
  renew() {
    // Two tabs that began at once would each certify a key, and the server knows one a card.
    return navigator.locks.request("hongka-card-device", () => this.#renew());
  }

  /**
   * A code for this moment.
   * @param {number} now server time
   * @returns {Promise<string>}
   * @throws {Error} without a certificate that holds: see `canMint`
   */
  async mint(now) {
    if (!this.canMint(now)) throw new Error("no certificate holds");
    return mint(this.#kept, now, crypto.getRandomValues(new Uint8Array(JTI_BYTES)));
  }

  /** Give up key and certificate: on signing out, and when the server says it is revoked. */
  async forget() {
    this.#kept = undefined;
    await this.#store.remove("device", "this");
  }

  async #renew() {
    this.#kept = await this.#store.get("device", "this");
    const { algorithm, pair } = this.#kept ?? (await this.#begin());
    const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
    const body = { algorithm: NAMES[algorithm], public_key: base64url(raw) };
    const granted = await this.#put(body);
    await this.#keep({
      algorithm,
      pair,
      certificate: fromBase64url(granted.certificate),
      card: granted.card,
      device: granted.device,
      certifiedAt: Date.parse(granted.server_time),
      expiresAt: Date.parse(granted.expires_at),
    });
  }

  async #begin() {
    // Without this a browser short of space may drop the key; a new one is a renewal away. Some ask
    // the person, and the answer may never come: nobody waits for it.
    navigator.storage?.persist?.().catch(() => {});
    const kept = await makePair();
    await this.#keep(kept);
    return kept;
  }

  async #keep(kept) {
    await this.#store.put("device", kept, "this");
    this.#kept = kept;
  }
}

function askForCertificate(body) {
  return ask("PUT", "/card/device", body);
}
