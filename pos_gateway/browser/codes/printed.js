/** The number printed on plastic: normalised as people type it, and checked. */

import { InvalidCode } from "./invalid.js";

const PREFIX = "HK0:";
const CHARACTERS = 26;
const SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; // Crockford's: no I, L, O or U
const VALUES = new Map([...SYMBOLS].map((symbol, value) => [symbol, value]));

// Space as the server knows it: JavaScript's own counts U+FEFF and leaves out the separators.
// eslint-disable-next-line no-control-regex
const SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/g;

/**
 * What people typed, as the code would have it: capitals, no spaces or hyphens, O as 0, I, L as 1.
 * @param {string} text
 * @returns {string}
 */
export function normalised(text) {
  const plain = text.normalize("NFKC").toUpperCase().replace(SPACE, "");
  return plain.replace(/[-‐–—−]/g, "").replaceAll("O", "0").replace(/[IL]/g, "1");
}

/**
 * The 26 characters by which a card is looked up.
 * @param {string} text scanned, or typed with or without prefix and hyphens
 * @returns {string}
 * @throws {InvalidCode} unsupported, malformed or check_character
 */
export function readPrinted(text) {
  const typed = normalised(text);
  if (/^HK[23]:/.test(typed)) throw new InvalidCode("unsupported");
  const number = typed.startsWith(PREFIX) ? typed.slice(PREFIX.length) : typed;
  if (number.length !== CHARACTERS || ![...number].every((symbol) => VALUES.has(symbol))) {
    throw new InvalidCode("malformed");
  }
  if (checkSum(number) !== 0) throw new InvalidCode("check_character");
  return number;
}

/**
 * The sum of the symbols in the field of 32, weighed by powers of x, modulo x⁵ + x² + 1.
 * It is nought for a number without mistakes.
 * @param {string} number
 * @returns {number}
 */
export function checkSum(number) {
  let total = 0;
  for (const symbol of number) {
    total <<= 1;
    if (total & 0b100000) total ^= 0b100101;
    total ^= VALUES.get(symbol);
  }
  return total;
}
