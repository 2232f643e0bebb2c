/** A code a device signs, as it is laid out; pos_gateway/codes/device.py says so byte for byte. */

import { cborEncode } from "./cbor.js";
import { EDDSA, ES256, protectedHeader, sign1Message } from "./cose.js";

export const DEVICE_PREFIX = "HK3:";

const KIND = 2;
const KCWT = 13;

/**
 * @typedef {object} DeviceKey the public key of a device
 * @property {number} algorithm `EDDSA` or `ES256`
 * @property {Uint8Array} x 32 bytes
 * @property {boolean} [odd] of P-256: whether y is odd
 */

/** @param {DeviceKey} key @returns {Map<number, import("./cbor.js").Value>} as a COSE_Key */
export function coseKey({ algorithm, x, odd }) {
  if (algorithm === EDDSA) return new Map([[1, 1], [-1, 6], [-2, x]]);
  return new Map([[1, 2], [-1, 1], [-2, x], [-3, odd]]);
}

/** @returns {Uint8Array} what a certificate grants: until when, to which key, for which card */
export function grantedBytes(expires, key, card) {
  const granted = [[4, expires], [8, new Map([[1, coseKey(key)]])], [-65537, [KIND, card]]];
  return cborEncode(new Map(granted));
}

/** @returns {Uint8Array} the claims of a code: when, in Unix seconds, and its own id */
export function claimBytes(issued, jti) {
  return cborEncode(new Map([[6, issued], [7, jti]]));
}

/**
 * The whole code.
 * @param {number} algorithm
 * @param {import("./cbor.js").Value} certificate as an array, not bytes
 * @param {Uint8Array} claims
 * @param {Uint8Array} signature
 * @returns {Uint8Array}
 */
export function deviceMessage(algorithm, certificate, claims, signature) {
  const unprotected = new Map([[KCWT, certificate]]);
  return sign1Message(deviceHeader(algorithm), claims, signature, unprotected);
}

/** @param {number} algorithm @returns {Uint8Array} the protected header of a device's codes */
export function deviceHeader(algorithm) {
  return protectedHeader(algorithm === ES256 ? ES256 : EDDSA);
}
