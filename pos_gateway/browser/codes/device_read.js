/** Reading a code a device signed: its certificate, its signature and its time. */

import { hex, same } from "./bytes.js";
import { cborEncode } from "./cbor.js";
import { EDDSA, ES256, publicKeyOf, verify1 } from "./cose.js";
import {
  claimBytes,
  coseKey,
  DEVICE_PREFIX,
  deviceHeader,
  deviceMessage,
  grantedBytes,
} from "./device_message.js";
import { InvalidCode } from "./invalid.js";
import { point } from "./p256.js";
import { bytesOf } from "./signed.js";

export { DEVICE_PREFIX };

const CERTIFIED_SECONDS_MAX = 7 * 24 * 60 * 60;
const CLOCK_APART_SECONDS = 60;
const CLOCK_APART_MS = CLOCK_APART_SECONDS * 1000;
const HALF = 32; // of a signature; and a coordinate
const SEALED = 2 + 2 * HALF; // a signature with its head, which ends what it signs
const CLAIMS = 17;
const CARD = 12;
const BEGUN = Uint8Array.of(0x84, 0x43, 0xa1, 0x01);

/**
 * @param {string} text
 * @param {import("./keys.js").KeyRing} keys
 * @param {number} now server time in milliseconds
 * @returns {Promise<{kind: "device", card: string, device: string, jti: string, issuedAt: number}>}
 * @throws {InvalidCode} `problem` says why not
 */
export async function readDevice(text, keys, now) {
  const raw = bytesOf(text.slice(DEVICE_PREFIX.length));
  const parts = cut(raw);
  // What would have been written from the parts must be what was read: one message, one spelling.
  if (!same(written(parts), raw)) {
    throw new InvalidCode(same(raw.slice(0, BEGUN.length), BEGUN) ? "malleated" : "malformed");
  }
  await checkCertificate(parts, keys);
  const { issued, expires, card, jti, key } = parts;
  const lived = expires - issued <= CERTIFIED_SECONDS_MAX + CLOCK_APART_SECONDS;
  if (!(await isSigned(parts)) || !lived) throw new InvalidCode("forged");
  const issuedAt = issued * 1000;
  if (now < issuedAt - CLOCK_APART_MS) throw new InvalidCode("not_yet_valid");
  if (now > issuedAt + CLOCK_APART_MS || issued >= expires) throw new InvalidCode("expired");
  return { kind: "device", card: hex(card), device: await thumbprint(key), jti: hex(jti), issuedAt };
}

/**
 * Which device has this key.
 * @param {import("./device_message.js").DeviceKey} key
 * @returns {Promise<string>} 32 hex characters
 */
export async function thumbprint(key) {
  const digest = await crypto.subtle.digest("SHA-256", cborEncode(coseKey(key)));
  return hex(new Uint8Array(digest).slice(0, 16));
}

function cut(raw) {
  const certificate = raw.slice(7, -SEALED - CLAIMS - 1);
  const claims = raw.slice(-SEALED - CLAIMS, -SEALED);
  const granted = certificate.slice(12, -SEALED);
  return {
    certificate,
    header: certificate.slice(2, 9),
    granted,
    seal: certificate.slice(2 - SEALED),
    claims,
    signature: raw.slice(2 - SEALED),
    expires: number(granted.slice(3, 7)),
    card: granted.slice(-CARD),
    issued: number(claims.slice(3, 7)),
    jti: claims.slice(9),
    key: keyIn(granted.slice(10, -CARD - 8)),
  };
}

function written({ header, expires, key, card, seal, issued, jti, signature }) {
  const certificate = [header, new Map(), grantedBytes(expires, key, card), seal];
  return deviceMessage(key.algorithm, certificate, claimBytes(issued, jti), signature);
}

function keyIn(cose) {
  if (cose.length <= 8 + HALF) return { algorithm: EDDSA, x: cose.slice(8) };
  return { algorithm: ES256, x: cose.slice(8, -2), odd: cose.at(-1) === 0xf5 };
}

function number(bytes) {
  return bytes.reduce((whole, byte) => whole * 256 + byte, 0);
}

async function checkCertificate({ header, granted, seal, expires }, keys) {
  const candidates = keys.get(hex(header));
  if (!candidates) throw new InvalidCode("unknown_key");
  const message = { header, payload: granted, signature: seal };
  for (const key of candidates) {
    if (!(await verify1(key.publicKey, EDDSA, message))) continue;
    // A key that leaks after its time must not certify devices for today.
    if (key.notBefore < expires && expires <= key.notAfter + CERTIFIED_SECONDS_MAX) return;
  }
  throw new InvalidCode("forged");
}

async function isSigned({ key, claims, signature, certificate }) {
  const { algorithm, x, odd } = key;
  const publicKey = await publicKeyOf(algorithm, algorithm === EDDSA ? x : point(x, odd));
  const message = { header: deviceHeader(algorithm), payload: claims, signature };
  return verify1(publicKey, algorithm, message, certificate);
}
