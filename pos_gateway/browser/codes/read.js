/** What a scanned or typed text stands for, judged without asking the server. */

import { hex } from "./bytes.js";
import { DEVICE_PREFIX, readDevice } from "./device_read.js";
import { InvalidCode } from "./invalid.js";
import { readPrinted } from "./printed.js";
import { SIGNED_PREFIX, verifySigned } from "./signed.js";

/** The longest text that is looked at, in characters. */
export const TEXT_MAX = 600;
/** How far apart the clocks of those who make and those who read codes may be. */
export const SKEW_MS = 30_000;

const PRINT_LENGTH = 8;
const SESSION_SECONDS_MAX = 300;
const TICKET_SECONDS_MAX = 62 * 24 * 60 * 60;

/**
 * @typedef {object} Scan
 * @property {"session" | "device" | "ticket" | "printed"} kind
 * @property {string} [card] the card's id, 24 hex characters; a printed number has none
 * @property {string} [number] of a printed code, 26 characters
 * @property {string} [jti] the code's own id, 16 hex characters: it redeems once
 * @property {string} [device] which device signed, 32 hex characters
 * @property {string} [ticket] the ticket's id, 24 hex characters
 * @property {number} [issuedAt] milliseconds since 1970
 * @property {number} [expiresAt] milliseconds since 1970
 */

/**
 * @typedef {object} Dead
 * @property {Set<string>} cards their ids
 * @property {Set<string>} devices
 * @property {Set<string>} [prints] beginnings of the hashes of printed numbers
 * @property {boolean} [allPrints] whether these are all
 */

/**
 * A code as it was made: capitals of plain width, without line ends, and without the mark (`]Q1`)
 * by which a scanner names the kind of code.
 * @param {string} text scanned or typed
 * @returns {string}
 */
export function plain(text) {
  // eslint-disable-next-line no-control-regex
  const kept = text.normalize("NFKC").toUpperCase().replace(/[\x01-\x1f]/g, "");
  return kept.replace(/^ *(?:\][A-Z][0-9])?/, "");
}

/**
 * A printed number may be typed by hand; a signed code has all of its spaces.
 * @param {string} text
 * @param {object} by
 * @param {import("./keys.js").KeyRing} by.keys the server's public keys
 * @param {number} by.now server time in milliseconds
 * @param {Dead} [by.dead] what holds no more
 * @returns {Promise<Scan>}
 * @throws {InvalidCode} `problem` says why not
 */
export async function read(text, { keys, now, dead }) {
  if (text.length > TEXT_MAX && [...text].length > TEXT_MAX) throw new InvalidCode("too_long");
  const scan = await readAny(plain(text), keys, now);
  if (dead?.cards.has(scan.card)) throw new InvalidCode("dead_card");
  if (dead?.devices.has(scan.device)) throw new InvalidCode("dead_device");
  if (dead?.allPrints === false && scan.number) throw new InvalidCode("print_unknown");
  if (dead?.prints?.size && scan.number && dead.prints.has(await printOf(scan.number))) {
    throw new InvalidCode("dead_card");
  }
  return scan;
}

/** The beginning of a printed number's hash, as the server lists it. */
async function printOf(number) {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(number));
  return hex(new Uint8Array(hash)).slice(0, PRINT_LENGTH);
}

async function readAny(text, keys, now) {
  if (text.startsWith(SIGNED_PREFIX)) return readSigned(text, keys, now);
  if (text.startsWith(DEVICE_PREFIX)) return readDevice(text, keys, now);
  return { kind: "printed", number: readPrinted(text) };
}

async function readSigned(text, keys, now) {
  const { claims, key } = await verifySigned(text, keys);
  const standsFor = claims instanceof Map ? claims.get(-65537) : undefined;
  const [kind, card, ticket] = Array.isArray(standsFor) ? standsFor : [];
  const shape = `${kind}/${Array.isArray(standsFor) ? standsFor.length : 0}`;
  if (shape === "1/2" && card instanceof Uint8Array) {
    const times = timesOf(claims, SESSION_SECONDS_MAX, key, now);
    return { kind: "session", card: hex(card), ...times };
  }
  if (shape === "3/3" && card instanceof Uint8Array && ticket instanceof Uint8Array) {
    const times = timesOf(claims, TICKET_SECONDS_MAX, key, now);
    return { kind: "ticket", card: hex(card), ticket: hex(ticket), ...times };
  }
  throw new InvalidCode("unsupported");
}

/** The code's own id and times, if it holds now. */
function timesOf(claims, secondsMax, key, now) {
  const [ends, began, jti] = [4, 6, 7].map((claim) => claims.get(claim));
  if (!Number.isInteger(ends) || !Number.isInteger(began) || !(jti instanceof Uint8Array)) {
    throw new InvalidCode("unsupported");
  }
  // A key that leaks after its time must not sign codes for today.
  if (began < key.notBefore || began > key.notAfter || ends - began > secondsMax) {
    throw new InvalidCode("forged");
  }
  if (now < began * 1000 - SKEW_MS) throw new InvalidCode("not_yet_valid");
  if (now >= ends * 1000 + SKEW_MS) throw new InvalidCode("expired");
  return { jti: hex(jti), issuedAt: began * 1000, expiresAt: ends * 1000 };
}
