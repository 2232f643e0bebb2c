/** What the member pays, reckoned without asking the server, as ledger/benefits/formula.py would have it. */

const WHOLE = 10_000n; // basis points

/**
 * @typedef {object} Formula
 * @property {number} threshold_minor
 * @property {number} basis_points
 * @property {number | null} amount_minor
 * @property {number | null} price_minor
 * @property {number | null} worth_max_minor
 * @property {number} union_basis_points
 *
 * @typedef {{merchant_share_minor: number, union_share_minor: number}} Given
 */

/**
 * What an offer takes off, and who gives it.
 * @param {Formula} formula
 * @param {number} priceMinor price of the purchase
 * @param {number} leftMinor what is left to pay after the choices before, 1 … price
 * @returns {Given | null} null where it gives nothing
 */
export function given(formula, priceMinor, leftMinor) {
  if (priceMinor < formula.threshold_minor) return null;
  const left = BigInt(leftMinor); // a large price times basis points is no safe number any more
  let off = (left * BigInt(formula.basis_points)) / WHOLE + BigInt(formula.amount_minor ?? 0);
  if (formula.price_minor !== null) off = left - BigInt(formula.price_minor);
  off = least(off, left);
  if (off <= 0n) return null;
  if (formula.worth_max_minor !== null) off = least(off, BigInt(formula.worth_max_minor));
  const union = (off * BigInt(formula.union_basis_points)) / WHOLE;
  return { merchant_share_minor: Number(off - union), union_share_minor: Number(union) };
}

/**
 * @typedef {object} Offer as GET /api/v1/till/offline lists it
 * @property {string} choice
 * @property {string[]} categories none: any
 * @property {Array<{from: string, until: string}>} windows
 * @property {boolean} exclusive
 * @property {number} order
 * @property {Formula} formula
 */

/**
 * The offers that may be chosen for a purchase now.
 * @param {Offer[]} offers
 * @param {{now: number, category: string | null}} purchase server time; null: none was named
 * @returns {Offer[]}
 */
export function openOffers(offers, { now, category }) {
  const isOpen = ({ from, until }) => Date.parse(from) <= now && now < Date.parse(until);
  const suits = ({ categories }) => categories.length === 0 || categories.includes(category);
  return offers.filter((offer) => suits(offer) && offer.windows.some(isOpen));
}

/**
 * The purchase with these offers, each on what is left after the one before.
 * @param {Offer[]} chosen
 * @param {number} priceMinor
 * @returns {{given: Array<Given & {choice: string}>, offMinor: number, leftMinor: number} | null}
 *   null where they cannot be had together, or one of them gives nothing
 */
export function reckon(chosen, priceMinor) {
  if (chosen.length > 1 && chosen.some(({ exclusive }) => exclusive)) return null;
  const lines = [];
  let leftMinor = priceMinor;
  for (const { choice, formula } of [...chosen].sort(before)) {
    const share = leftMinor > 0 ? given(formula, priceMinor, leftMinor) : null;
    if (!share) return null;
    leftMinor -= share.merchant_share_minor + share.union_share_minor;
    lines.push({ choice, ...share });
  }
  return { given: lines, offMinor: priceMinor - leftMinor, leftMinor };
}

function before(one, other) {
  if (one.order !== other.order) return one.order - other.order;
  return one.choice < other.choice ? -1 : Number(one.choice > other.choice);
}

function least(one, other) {
  return one < other ? one : other;
}
