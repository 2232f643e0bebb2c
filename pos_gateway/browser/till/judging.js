/** What a code is good for at an amount: asked of the server, or reckoned without a line. */

import { InvalidCode } from "../codes/invalid.js";
import { openOffers, reckon } from "../formula.js";
import { say, tongue } from "../words.js";
import { whyNot } from "./why_not.js";

const ELSEWHERE = "not_agreed_here";

/**
 * @typedef {object} Purchase
 * @property {string} code
 * @property {number} amountMinor
 * @property {string | null} category null: none was named
 * @property {import("../codes/read.js").Scan | null} scan as far as the till can tell
 *
 * @typedef {object} Verdict
 * @property {boolean} live whether the server said so
 * @property {boolean} isPlastic whether the holder is to be compared with who stands there
 * @property {string | null} holder masked
 * @property {Choice[]} choices the best first
 * @property {Array<{title: string, nextStep: string}>} refused
 *
 * @typedef {{choice: string, title: string, words: string, offMinor: number, exclusive: boolean}} Choice
 */

/** What the till itself makes of a text: null where it cannot tell. */
export async function scanOf(keeper, text) {
  try {
    return keeper.known?.body ? await keeper.read(text) : null;
  } catch {
    return null;
  }
}

/**
 * @param {import("./keeper.js").Keeper} keeper
 * @param {Purchase} purchase
 * @returns {Promise<Verdict>}
 * @throws {{title: string, nextStep: string}} it is refused whole
 */
export async function judged(keeper, purchase) {
  if (keeper.isOn) {
    try {
      return await asked(keeper, purchase);
    } catch (problem) {
      if (!problem.isUnanswered) throw problem;
    }
  }
  return alone(keeper, purchase);
}

/** The offers chosen, as they are reckoned without a line; null where they cannot be. */
export function reckoned(keeper, { amountMinor, category }, chosen, now) {
  const offers = openOffers(keeper.known?.body?.offers ?? [], { now, category: meant(keeper, category) });
  const found = offers.filter(({ choice }) => chosen.includes(choice));
  return found.length === chosen.length && chosen.length > 0 ? reckon(found, amountMinor) : null;
}

async function asked(keeper, { code, amountMinor, category }) {
  const body = { code, amount_minor: amountMinor, category };
  const { card, choices, refused } = await keeper.ask("POST", "/validations", body);
  return {
    live: true,
    isPlastic: isPlastic(code),
    holder: card.holder,
    choices: choices.map((one) => ({
      choice: one.choice,
      title: one.title,
      words: one.words[tongue()],
      offMinor: one.covered_minor,
      exclusive: one.exclusive,
    })),
    // What others give alone is nothing to say at this shop.
    refused: refused
      .filter(({ reason }) => reason !== ELSEWHERE)
      .map(({ title, next_step: nextStep }) => ({ title, nextStep })),
  };
}

async function alone(keeper, purchase) {
  const now = keeper.clock.now();
  const scan = await read(keeper, purchase.code);
  if (scan.jti && (await keeper.queue?.hasSeen(scan.jti))) throw whyNot("seen");
  const category = meant(keeper, purchase.category);
  const offers = openOffers(keeper.known.body.offers, { now, category });
  const choices = offers.flatMap((offer) => {
    const sum = reckon([offer], purchase.amountMinor);
    const { choice, title, words, exclusive } = offer;
    return sum ? [{ choice, title, words: words[tongue()], exclusive, offMinor: sum.offMinor }] : [];
  });
  choices.sort((one, other) => other.offMinor - one.offMinor);
  const given = new Set(choices.map(({ choice }) => choice));
  const refused = keeper.known.body.offers
    .filter(({ choice }) => !given.has(choice))
    .map(({ title }) => ({ title, nextStep: say("这笔消费现在用不上。", "It takes nothing off this purchase now.") }));
  return { live: false, isPlastic: scan.kind === "printed", holder: null, choices, refused };
}

async function read(keeper, code) {
  if (!keeper.known?.body) throw whyNot("never_synced");
  try {
    return await keeper.read(code);
  } catch (wrong) {
    if (wrong instanceof InvalidCode) throw whyNot(wrong.problem);
    throw wrong;
  }
}

/** Where the till names none and the merchant has exactly one, that one is meant. */
function meant(keeper, category) {
  const { categories } = keeper.page;
  return category ?? (categories.length === 1 ? categories[0][0] : null);
}

function isPlastic(code) {
  return !/^HK[1-9]:/.test(code);
}
