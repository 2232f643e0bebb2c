/** How long to wait before asking again what got no answer. */

const FIRST_MS = 2_000;
const LONGEST_MS = 5 * 60_000;

/**
 * Twice as long each time, up to five minutes, less up to half by chance so that a street of tills
 * does not ask at once.
 * @param {number} failures how often in a row, 1 or more
 * @param {number} random 0 … 1
 * @returns {number} milliseconds
 */
export function backoffMs(failures, random) {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 20));
  return Math.round(longest * (1 - random / 2));
}
