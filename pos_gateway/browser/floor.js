/** What a till may redeem without a connection, and what of it is used up. */

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
/** A redemption counts so long if it never arrives: the server takes it no later. */
const LATE_MOST_MS = 14 * DAY_MS;

/**
 * @typedef {"never_synced" | "not_allowed" | "count" | "amount" | "hours"} FloorProblem
 * @typedef {{redemptions: number, amount_minor: number, hours: number}} FloorLimits
 * @typedef {{number: number, offMinor: number, until: number}} Counted until when one counts
 * @typedef {{redemptions: number, amountMinor: number}} Tally
 *
 * @typedef {object} Sync what the till last heard of the server
 * @property {string | null} mark
 * @property {number} at server time, in milliseconds
 * @property {FloorLimits | null} limits null: nothing may be redeemed without a connection
 */

/**
 * What counts against the limits at a time.
 * @param {Counted[]} given
 * @param {number} at server time
 * @returns {Tally}
 */
export function tallyAt(given, at) {
  const now = given.filter(({ until }) => until > at);
  return { redemptions: now.length, amountMinor: now.reduce((sum, one) => sum + one.offMinor, 0) };
}

/**
 * What is given, with one redemption more, and without what counts no longer.
 * @param {Counted[]} given
 * @param {{number: number, offMinor: number, at: number}} redemption
 * @returns {Counted[]}
 */
export function counted(given, { number, offMinor, at }) {
  return [...given.filter(({ until }) => until > at), { number, offMinor, until: at + LATE_MOST_MS }];
}

/**
 * What is given, once one of it arrived: it counts a day from then on, as the server has it.
 * @param {Counted[]} given
 * @param {number} number
 * @param {number} arrivedAt server time
 * @returns {Counted[]}
 */
export function arrived(given, number, arrivedAt) {
  return given.map((one) => (one.number === number ? { ...one, until: arrivedAt + DAY_MS } : one));
}

/**
 * Which limit stands against one redemption more, or null.
 * @param {Counted[]} given
 * @param {Sync} sync
 * @param {{offMinor: number, at: number}} redemption what it takes off, and the server's time
 * @returns {FloorProblem | null}
 */
export function overFloor(given, { mark, at: syncedAt, limits }, { offMinor, at }) {
  if (!mark) return "never_synced";
  if (!limits) return "not_allowed";
  const { redemptions, amountMinor } = tallyAt(given, at);
  if (redemptions + 1 > limits.redemptions) return "count";
  if (amountMinor + offMinor > limits.amount_minor) return "amount";
  return at - syncedAt > limits.hours * HOUR_MS ? "hours" : null;
}

/** The till may not redeem this by itself; `problem` says why: a limit, or `seen` before. */
export class NotOffline extends Error {
  /** @param {FloorProblem | "seen"} problem */
  constructor(problem) {
    super(problem);
    this.name = "NotOffline";
    this.problem = problem;
  }
}
