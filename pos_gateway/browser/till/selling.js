/** Redeeming: by the server, else into the queue; under one id, so that it happens once. */

import { NotOffline } from "../queue.js";
import { newId } from "./attempts.js";
import { reckoned } from "./judging.js";
import { whyNot } from "./why_not.js";

const TRIES = 2;

/**
 * @typedef {object} Sold
 * @property {"done" | "kept" | "unanswered"} state `kept`: in the queue; `unanswered`: nobody knows
 * @property {string} id
 * @property {number} amountMinor
 * @property {number} [leftMinor] what the member pays
 * @property {number} [unionMinor] what the union pays of it
 */

/**
 * @param {import("./keeper.js").Keeper} keeper
 * @param {import("./attempts.js").Attempts} attempts
 * @param {import("./judging.js").Purchase} purchase
 * @param {string[]} choices
 * @returns {Promise<Sold>}
 * @throws {{title: string, nextStep: string}} it is refused
 */
export async function sold(keeper, attempts, purchase, choices) {
  const { code, amountMinor, category } = purchase;
  const body = { code, amount_minor: amountMinor, category, choices };
  const attempt = { id: newId("r"), kind: "redemptions", body, at: keeper.clock.now() };
  await attempts.put(attempt);
  const tried = keeper.isOn;
  const answer = tried ? await answered(keeper, attempts, attempt) : null;
  if (answer?.reversed) throw whyNot("undone");
  if (answer) {
    await remember(keeper, purchase);
    return live(answer);
  }
  return alone(keeper, attempts, purchase, attempt, tried);
}

/**
 * Ask until it is answered, a few times.
 * @returns {Promise<object | null>} null where no answer came
 * @throws {Problem} the answer is no
 */
export async function answered(keeper, attempts, { id, kind, body }) {
  for (let left = TRIES; left > 0; left -= 1) {
    try {
      const answer = await keeper.ask("PUT", `/${kind}/${id}`, body);
      await attempts.remove(id);
      return answer;
    } catch (problem) {
      const isUnknown = problem.isUnanswered || problem.status >= 500;
      if (isUnknown) continue;
      await attempts.remove(id);
      throw problem;
    }
  }
  return null;
}

/** A redemption as the server answers it. @returns {Sold} */
export function live(answer) {
  return {
    state: "done",
    id: answer.redemption_id,
    amountMinor: answer.amount_minor,
    leftMinor: answer.member_share_minor,
    unionMinor: answer.union_share_minor,
  };
}

async function alone(keeper, attempts, purchase, attempt, tried) {
  const { id, body } = attempt;
  const at = keeper.clock.now();
  const sum = reckoned(keeper, purchase, body.choices, at);
  const scan = purchase.scan;
  if (!sum || !scan || !keeper.queue) {
    if (tried) return { state: "unanswered", id, amountMinor: purchase.amountMinor };
    await attempts.remove(id);
    throw whyNot("not_allowed");
  }
  try {
    await keeper.take({
      redemptionId: id,
      code: purchase.code,
      jti: scan.jti,
      expiresAt: scan.expiresAt,
      amountMinor: purchase.amountMinor,
      category: purchase.category,
      given: sum.given,
      cashierId: keeper.page.cashier,
      at,
    });
  } catch (wrong) {
    if (!(wrong instanceof NotOffline)) throw wrong;
    if (tried) return { state: "unanswered", id, amountMinor: purchase.amountMinor };
    await attempts.remove(id);
    throw whyNot(wrong.problem);
  }
  await attempts.remove(id);
  const unionMinor = sum.given.reduce((all, one) => all + one.union_share_minor, 0);
  const { amountMinor } = purchase;
  return { state: "kept", id, amountMinor, leftMinor: sum.leftMinor, unionMinor };
}

async function remember(keeper, { scan }) {
  if (!scan?.jti) return;
  await keeper.queue?.saw({ jti: scan.jti, at: keeper.clock.now(), expiresAt: scan.expiresAt });
}
