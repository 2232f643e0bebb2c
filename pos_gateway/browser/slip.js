/** One redemption without a connection, as a till writes it down. */

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * @typedef {object} Redemption
 * @property {string} redemptionId that of a live attempt without an answer, or a new one
 * @property {string} code as scanned or typed
 * @property {string} [jti] the code's own id; it is taken once
 * @property {number} [expiresAt] how long the code could be shown again
 * @property {number} amountMinor
 * @property {string | null} [category]
 * @property {Line[]} given what was taken off, in the order it was reckoned
 * @property {string} [cashierId]
 * @property {number} at server time of the scan, in milliseconds
 *
 * @typedef {{choice: string, merchant_share_minor: number, union_share_minor: number}} Line
 *
 * @typedef {object} Slip
 * @property {number} number 1, 2, 3 …, never twice
 * @property {string} redemptionId
 * @property {string} slip what was signed, to be sent as it is
 * @property {string} signature
 * @property {string} [problem] the reason for which the server did not take it
 */

/** What a slip says besides which till wrote it. @param {Redemption} redemption */
export function written(redemption, number, mark) {
  const { redemptionId, code, amountMinor, category, given, at, cashierId } = redemption;
  return {
    redemption_id: redemptionId,
    number,
    code,
    amount_minor: amountMinor,
    category: category ?? null,
    given,
    scanned_at: new Date(at).toISOString(),
    mark,
    cashier_id: cashierId ?? "",
  };
}

/** @param {Line[]} given @returns {number} all that is taken off */
export function offMinorOf(given) {
  return given.reduce((sum, line) => sum + line.merchant_share_minor + line.union_share_minor, 0);
}

/** How long a code is remembered: a day, or a day after it can last be shown. */
export function seenOf({ jti, at, expiresAt = at }) {
  return { jti, until: Math.max(at, expiresAt) + DAY_MS };
}
