/** COSE_Sign1 (RFC 9052), untagged, signed and verified by the browser itself. */

import { verifyAsync } from "@noble/ed25519";

import { hex } from "./bytes.js";
import { cborEncode } from "./cbor.js";

const NOTHING = new Uint8Array();

/** The points of Ed25519 whose order is 1, 2, 4 or 8, as a signature would begin with them. */
const SMALL_ORDER = new Set([
  `01${"00".repeat(31)}`,
  `ec${"ff".repeat(30)}7f`,
  "00".repeat(32),
  `${"00".repeat(31)}80`,
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
]);

/** How COSE numbers the two algorithms of codes, and what the browser calls them. */
const ALGORITHMS = {
  [-8]: { name: "Ed25519" },
  [-7]: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
};
export const EDDSA = -8;
export const ES256 = -7;

/**
 * A protected header: the algorithm and, where there is one, the hint which key it was.
 * @param {number} algorithm `EDDSA` or `ES256`
 * @param {Uint8Array} [kid]
 * @returns {Uint8Array}
 */
export function protectedHeader(algorithm, kid) {
  return cborEncode(new Map(kid ? [[1, algorithm], [4, kid]] : [[1, algorithm]]));
}

/**
 * The message in its one spelling.
 * @param {Uint8Array} header protected
 * @param {Uint8Array} payload
 * @param {Uint8Array} signature
 * @param {Map<number, import("./cbor.js").Value>} [unprotected]
 * @returns {Uint8Array}
 */
export function sign1Message(header, payload, signature, unprotected = new Map()) {
  return cborEncode([header, unprotected, payload, signature]);
}

/**
 * Sign a payload, and what is signed along with it but not sent.
 * @param {CryptoKey} privateKey
 * @param {number} algorithm
 * @param {Uint8Array} header
 * @param {Uint8Array} payload
 * @param {Uint8Array} [alongside]
 * @returns {Promise<Uint8Array>} 64 bytes
 */
export function sign1(privateKey, algorithm, header, payload, alongside = NOTHING) {
  return signBytes(privateKey, algorithm, toBeSigned(header, payload, alongside));
}

/**
 * Whether this key signed. The key's own record says by which algorithm, never the message.
 * @param {CryptoKey | Uint8Array} publicKey of `publicKeyOf`
 * @param {number} algorithm
 * @param {{header: Uint8Array, payload: Uint8Array, signature: Uint8Array}} message
 * @param {Uint8Array} [alongside]
 * @returns {Promise<boolean>}
 */
export async function verify1(publicKey, algorithm, message, alongside = NOTHING) {
  const { header, payload, signature } = message;
  // The server's library refuses these too; else a till would take what is refused later.
  if (algorithm === EDDSA && SMALL_ORDER.has(hex(signature.subarray(0, 32)))) return false;
  const signed = toBeSigned(header, payload, alongside);
  if (publicKey instanceof Uint8Array) {
    return verifyAsync(signature, signed, publicKey, { zip215: false });
  }
  return crypto.subtle.verify(ALGORITHMS[algorithm], publicKey, signature, signed);
}

/**
 * A public key as the browser uses it; where it has no Ed25519 (before 2025, most), as a library does.
 * @param {number} algorithm
 * @param {Uint8Array} raw 32 bytes of Ed25519; of P-256 the point, 65 bytes
 * @returns {Promise<CryptoKey | Uint8Array>}
 * @throws {DOMException} where it is no such key
 */
export async function publicKeyOf(algorithm, raw) {
  try {
    return await crypto.subtle.importKey("raw", raw, ALGORITHMS[algorithm], true, ["verify"]);
  } catch (wrong) {
    if (algorithm === EDDSA && wrong.name === "NotSupportedError") return raw;
    throw wrong;
  }
}

/**
 * A pair that signs, whose private half the browser never gives out: by Ed25519, or, in browsers
 * from before 2025, P-256.
 * @param {number[]} [algorithms] the first the browser has is taken
 * @returns {Promise<{algorithm: number, pair: CryptoKeyPair}>}
 * @throws {DOMException} where the browser has none of them
 */
export async function makePair([algorithm, ...others] = [EDDSA, ES256]) {
  try {
    const how = ALGORITHMS[algorithm];
    return { algorithm, pair: await crypto.subtle.generateKey(how, false, ["sign", "verify"]) };
  } catch (wrong) {
    if (others.length === 0) throw wrong;
    return makePair(others);
  }
}

/**
 * @param {CryptoKey} privateKey
 * @param {number} algorithm
 * @param {Uint8Array} bytes
 * @returns {Promise<Uint8Array>} 64 bytes; of P-256, r and s
 */
export async function signBytes(privateKey, algorithm, bytes) {
  return new Uint8Array(await crypto.subtle.sign(ALGORITHMS[algorithm], privateKey, bytes));
}

function toBeSigned(header, payload, alongside) {
  return cborEncode(["Signature1", header, alongside, payload]);
}
