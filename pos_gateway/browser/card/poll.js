/** When a page of a drop looks again at what is left. */

const FAR_MS = 10 * 60_000;

/**
 * How long until the drop is asked for again: often where it matters, never all phones at once.
 * @param {object} drop
 * @param {number} now server time
 * @param {number} random 0 … 1
 * @returns {number} milliseconds
 */
export function pollIn({ opens_at: opens, closes_at: closes, status }, now, random) {
  const left = Date.parse(opens) - now;
  const spread = 0.75 + random / 2;
  if (left > FAR_MS) return 60_000 * spread;
  if (left > 0) return Math.min(15_000 * spread, left + 1_000 + random * 3_000);
  return (status === "open" && now < Date.parse(closes) ? 4_000 : 30_000) * spread;
}
