/** What a till may redeem without a connection, and what it has redeemed since it last had one. */

const HOUR_MS = 60 * 60 * 1000;

/**
 * @typedef {"never_synced" | "not_allowed" | "count" | "amount" | "hours"} FloorProblem
 * @typedef {{redemptions: number, amount_minor: number, hours: number}} FloorLimits
 * @typedef {{mark: string, redemptions: number, amountMinor: number}} Tally
 *
 * @typedef {object} Sync what the till last heard of the server
 * @property {string | null} mark
 * @property {number} at server time, in milliseconds
 * @property {FloorLimits | null} limits null: nothing may be redeemed without a connection
 */

/**
 * What counts against the limits: nothing yet, once there is a new mark.
 * @param {Tally | undefined} tally
 * @param {string | null} mark
 * @returns {Tally}
 */
export function tallySince(tally, mark) {
  return tally?.mark === mark ? tally : { mark, redemptions: 0, amountMinor: 0 };
}

/**
 * The tally with one redemption more.
 * @param {Tally} tally
 * @param {number} offMinor what it takes off in all
 * @returns {Tally}
 */
export function counted({ mark, redemptions, amountMinor }, offMinor) {
  return { mark, redemptions: redemptions + 1, amountMinor: amountMinor + offMinor };
}

/**
 * Which limit stands against one redemption more, or null.
 * @param {Tally} tally
 * @param {Sync} sync
 * @param {{offMinor: number, at: number}} redemption what it takes off, and the server's time
 * @returns {FloorProblem | null}
 */
export function overFloor(tally, { mark, at: syncedAt, limits }, { offMinor, at }) {
  if (!mark) return "never_synced";
  if (!limits) return "not_allowed";
  const { redemptions, amountMinor } = counted(tallySince(tally, mark), offMinor);
  if (redemptions > limits.redemptions) return "count";
  if (amountMinor > limits.amount_minor) return "amount";
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
