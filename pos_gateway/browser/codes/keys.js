/** The server's public keys, ready to verify codes. */

import { fromBase64url, hex } from "./bytes.js";
import { EDDSA, protectedHeader, publicKeyOf } from "./cose.js";

/**
 * @typedef {object} Key a key of the server; it signs codes issued between two times, both inside
 * @property {Uint8Array} header the protected header of every code it signs
 * @property {CryptoKey | Uint8Array} publicKey
 * @property {number} notBefore Unix seconds
 * @property {number} notAfter Unix seconds
 */

/** @typedef {Map<string, Key[]>} KeyRing keys by their header in hex; usually one each */

/**
 * The keys as `GET /api/v1/keys` lists them.
 * @param {Array<{kid: string, x: string, alg: string, not_before: number, not_after: number}>} listed
 * @returns {Promise<KeyRing>}
 * @throws {DOMException} where a key is none
 */
export async function keyRing(listed) {
  const ring = new Map();
  for (const { kid, x, alg, not_before: notBefore, not_after: notAfter } of listed) {
    if (alg !== "EdDSA") continue;
    const header = protectedHeader(EDDSA, fromBase64url(kid));
    const publicKey = await publicKeyOf(EDDSA, fromBase64url(x));
    const shared = ring.get(hex(header)) ?? [];
    ring.set(hex(header), [...shared, { header, publicKey, notBefore, notAfter }]);
  }
  return ring;
}
