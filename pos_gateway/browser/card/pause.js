/** When a claim that got no answer is sent again. */

const FIRST_MS = 400;
const LONGEST_MS = 5_000;
const BROKEN_MAX = 8;
const CHALLENGES_MAX = 3;

/**
 * How long to wait before the same claim is sent again; null: that was the answer.
 * @param {{status: number, reason: string, particulars: object}} problem
 * @param {number} tries how often it was sent, 1 or more
 * @param {{now: number, random: number}} by server time, and 0 … 1
 * @returns {number | null} milliseconds
 */
export function pauseAfter({ status, reason, particulars = {} }, tries, { now, random }) {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(tries - 1, 10));
  const backoff = longest * (0.5 + random / 2);
  if (status === 0) return Math.round(backoff);
  if (status === 429 || status === 503) {
    return Math.round((particulars.retry_after_seconds ?? 1) * 1000 + random * 500);
  }
  if (status >= 500) return tries < BROKEN_MAX ? Math.round(backoff) : null;
  if (reason === "not_open_yet") {
    return Math.round(Math.max(200, Date.parse(particulars.opens_at) - now) + random * 300);
  }
  return reason === "challenge_needed" && tries <= CHALLENGES_MAX ? 0 : null;
}
