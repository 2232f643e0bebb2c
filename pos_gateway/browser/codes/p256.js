/** The curve P-256, as far as a compressed point needs it: browsers import whole ones only. */

import { fromHex, hex, joined } from "./bytes.js";

const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/**
 * The point with this x, of the two that have it.
 * @param {Uint8Array} x 32 bytes
 * @param {boolean} odd which of the two: whether y is odd
 * @returns {Uint8Array} 65 bytes, uncompressed
 * @throws {RangeError} where the curve has no such point
 */
export function point(x, odd) {
  const across = BigInt(`0x${hex(x)}`);
  const square = (across ** 3n - 3n * across + B) % P;
  const root = power(square < 0n ? square + P : square, (P + 1n) / 4n);
  if (across >= P || (root * root - square) % P !== 0n) throw new RangeError("no point");
  const up = (root & 1n) === (odd ? 1n : 0n) ? root : P - root;
  return joined(Uint8Array.of(4), x, fromHex(up.toString(16).padStart(64, "0")));
}

function power(base, exponent) {
  let result = 1n;
  for (let square = base, left = exponent; left > 0n; left >>= 1n, square = (square * square) % P) {
    if (left & 1n) result = (result * square) % P;
  }
  return result;
}
