/** A code the server signed: claims in a COSE_Sign1 after `HK1:`. */

import { base45Decode } from "./base45.js";
import { hex, holds, same } from "./bytes.js";
import { cborDecode } from "./cbor.js";
import { EDDSA, sign1Message, verify1 } from "./cose.js";
import { InvalidCode } from "./invalid.js";

export const SIGNED_PREFIX = "HK1:";

// A header of ours up to the `kid`: array of four; map {1: -8, 4: two bytes} in seven bytes.
const HEADER_START = Uint8Array.of(0x84, 0x47, 0xa2, 0x01, 0x27, 0x04, 0x42);

/**
 * The claims of a code and the key that signed them; their times are still to be judged.
 * @param {string} text
 * @param {import("./keys.js").KeyRing} keys
 * @returns {Promise<{claims: Map<number, unknown>, key: import("./keys.js").Key}>}
 * @throws {InvalidCode} malformed, unsupported, unknown_key, malleated or forged
 */
export async function verifySigned(text, keys) {
  const raw = bytesOf(text.slice(SIGNED_PREFIX.length));
  // The parts are cut where ours stand, and what we would have written from them must be what was
  // read. One message so has one spelling.
  const message = { header: raw.slice(2, 9), payload: raw.slice(12, -66), signature: raw.slice(-64) };
  const candidates = keys.get(hex(message.header));
  if (!candidates) throw new InvalidCode(stranger(raw, keys));
  const { header, payload, signature } = message;
  if (!same(sign1Message(header, payload, signature), raw)) throw new InvalidCode("malleated");
  for (const key of candidates) {
    if (await verify1(key.publicKey, EDDSA, message)) return { claims: claimsOf(payload), key };
  }
  throw new InvalidCode("forged");
}

/**
 * The bytes of the Base45 after a prefix.
 * @param {string} text
 * @returns {Uint8Array}
 * @throws {InvalidCode} malformed
 */
export function bytesOf(text) {
  try {
    return base45Decode(text);
  } catch {
    throw new InvalidCode("malformed");
  }
}

/**
 * Signed claims; the server writes them as they should be, so anything else is not for us.
 * @param {Uint8Array} payload
 * @returns {unknown}
 * @throws {InvalidCode} unsupported
 */
function claimsOf(payload) {
  try {
    return cborDecode(payload);
  } catch {
    throw new InvalidCode("unsupported");
  }
}

function stranger(raw, keys) {
  for (const [{ header }] of keys.values()) if (holds(raw, header)) return "malleated";
  if (same(raw.slice(0, HEADER_START.length), HEADER_START)) return "unknown_key";
  return raw[0] === HEADER_START[0] ? "unsupported" : "malformed";
}
