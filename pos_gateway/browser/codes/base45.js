/** Base45 (RFC 9285), to the letter: nothing is stripped, lower case is no Base45. */

const SYMBOLS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const VALUES = new Map([...SYMBOLS].map((symbol, value) => [symbol, value]));

/**
 * The text of these bytes.
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function base45Encode(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 2) {
    const pair = at + 1 < bytes.length;
    let rest = pair ? bytes[at] * 256 + bytes[at + 1] : bytes[at];
    for (let symbols = pair ? 3 : 2; symbols > 0; symbols -= 1) {
      text += SYMBOLS[rest % 45];
      rest = Math.floor(rest / 45);
    }
  }
  return text;
}

/**
 * The bytes of a text.
 * @param {string} text
 * @returns {Uint8Array}
 * @throws {RangeError} where it is no Base45
 */
export function base45Decode(text) {
  const values = Array.from(text, (symbol) => VALUES.get(symbol));
  if (values.length % 3 === 1 || values.includes(undefined)) throw new RangeError("no Base45");
  const bytes = [];
  for (let at = 0; at < values.length; at += 3) {
    const [first, second, third] = values.slice(at, at + 3);
    const number = first + second * 45 + (third ?? 0) * 45 * 45;
    if (number > (third === undefined ? 0xff : 0xffff)) throw new RangeError("no Base45");
    if (third !== undefined) bytes.push(number >> 8);
    bytes.push(number & 0xff);
  }
  return Uint8Array.from(bytes);
}
