/** The part of CBOR (RFC 8949) that codes are written in, in its one shortest spelling. */

import { joined } from "./bytes.js";

const DEPTH_MAX = 8;
const UNSIGNED = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const FALSE = 0xf4;
const TRUE = 0xf5;

/** @typedef {number | boolean | string | Uint8Array | Value[] | Map<number | string, Value>} Value */

/**
 * The bytes of a whole number, yes or no, text, bytes, array or map (in its own order).
 * @param {Value} value
 * @returns {Uint8Array}
 * @throws {TypeError} for anything else
 */
export function cborEncode(value) {
  if (Number.isSafeInteger(value)) {
    return value < 0 ? head(NEGATIVE, -1 - value) : head(UNSIGNED, value);
  }
  if (typeof value === "boolean") return Uint8Array.of(value ? TRUE : FALSE);
  if (typeof value === "string") {
    const bytes = new TextEncoder().encode(value);
    return joined(head(TEXT, bytes.length), bytes);
  }
  if (value instanceof Uint8Array) return joined(head(BYTES, value.length), value);
  if (Array.isArray(value)) return joined(head(ARRAY, value.length), ...value.map(cborEncode));
  if (value instanceof Map) {
    const pairs = [...value].flatMap(([key, held]) => [cborEncode(key), cborEncode(held)]);
    return joined(head(MAP, value.size), ...pairs);
  }
  throw new TypeError("codes hold no such value");
}

/**
 * The value these bytes spell. Tags, floats, null, lengths left open or written longer than need
 * be, keys that come twice, bytes left over and depths over 8 are refused.
 * @param {Uint8Array} bytes
 * @returns {Value}
 * @throws {RangeError} where they spell none, or not as they should
 */
export function cborDecode(bytes) {
  const [value, end] = valueAt(bytes, 0, DEPTH_MAX);
  if (end !== bytes.length) throw new RangeError("bytes left over");
  return value;
}

function head(major, count) {
  if (count < 24) return Uint8Array.of((major << 5) | count);
  for (const [more, width] of [[24, 1], [25, 2], [26, 4], [27, 8]]) {
    if (count >= 256 ** width) continue;
    const bytes = new Uint8Array(1 + width);
    bytes[0] = (major << 5) | more;
    for (let at = width, rest = count; at > 0; at -= 1, rest = Math.floor(rest / 256)) {
      bytes[at] = rest % 256;
    }
    return bytes;
  }
  throw new RangeError("too large");
}

function headAt(bytes, at) {
  if (at >= bytes.length) throw new RangeError("cut short");
  const major = bytes[at] >> 5;
  const more = bytes[at] & 31;
  if (more < 24) return [major, more, at + 1];
  if (more > 27) throw new RangeError("no length");
  const width = 2 ** (more - 24);
  const end = at + 1 + width;
  if (end > bytes.length) throw new RangeError("cut short");
  const count = bytes.subarray(at + 1, end).reduce((whole, byte) => whole * 256 + byte, 0);
  const least = width === 1 ? 24 : 256 ** (width / 2);
  if (count < least || count > Number.MAX_SAFE_INTEGER) throw new RangeError("no shortest head");
  return [major, count, end];
}

function valueAt(bytes, at, depthLeft) {
  if (bytes[at] === FALSE || bytes[at] === TRUE) return [bytes[at] === TRUE, at + 1];
  const [major, count, next] = headAt(bytes, at);
  if (depthLeft === 0) throw new RangeError("too deep");
  if (major === UNSIGNED) return [count, next];
  if (major === NEGATIVE) return [-1 - count, next];
  if (major === ARRAY) return arrayAt(bytes, next, count, depthLeft - 1);
  if (major === MAP) return mapAt(bytes, next, count, depthLeft - 1);
  if (major !== BYTES && major !== TEXT) throw new RangeError("no such kind");
  const end = next + count;
  if (end > bytes.length) throw new RangeError("cut short");
  return [major === BYTES ? bytes.slice(next, end) : textOf(bytes.subarray(next, end)), end];
}

function textOf(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new RangeError("no text");
  }
}

function arrayAt(bytes, start, count, depthLeft) {
  const values = [];
  let at = start;
  for (let left = count; left > 0; left -= 1) {
    const [value, end] = valueAt(bytes, at, depthLeft);
    values.push(value);
    at = end;
  }
  return [values, at];
}

function mapAt(bytes, start, count, depthLeft) {
  const values = new Map();
  let at = start;
  for (let left = count; left > 0; left -= 1) {
    const [key, keyEnd] = valueAt(bytes, at, depthLeft);
    if (typeof key === "object" || values.has(key)) throw new RangeError("no such key");
    const [value, end] = valueAt(bytes, keyEnd, depthLeft);
    values.set(key, value);
    at = end;
  }
  return [values, at];
}
