/** What was contested afterwards, why, and who bears it: until somebody has read it. */

import { button, byId, element } from "../card/element.js";
import { notify } from "../notice.js";
import { say, yuan } from "../words.js";
import { clockTime } from "./times.js";

const TOLD = "hongka.till.told";

let shownBefore = "";

/** Show what became of what the till did without a line. @param {import("./keeper.js").Keeper} keeper */
export async function showAfterwards(keeper) {
  if (!keeper.queue) return;
  const results = await keeper.queue.results();
  const stuck = (await keeper.queue.pending()).filter(({ problem }) => problem);
  const missing = await keeper.queue.missing();
  const contested = results.filter(({ outcome }) => outcome === "contested");
  tellAccepted(results.filter(({ outcome }) => outcome === "accepted"));
  const shown = JSON.stringify([contested, stuck, missing]);
  if (shownBefore === shown) return; // nobody loses the button they are at
  shownBefore = shown;
  byId("afterwards").replaceChildren(
    ...contested.map((result) => contestedBox(keeper, result)),
    ...stuck.map(stuckBox),
    ...(missing.length ? [missingBox(missing)] : []),
  );
}

function contestedBox(keeper, { number, scanned_at: scannedAt, amount_minor: amountMinor, contested }) {
  const offMinor = contested.given.reduce((sum, one) => sum + one.merchant_share_minor + one.union_share_minor, 0);
  const who = contested.borne_by === "union"
    ? say("由工会承担", "the union bears it")
    : say("由商户承担", "you bear it");
  const what = say("{time} 离线核销的一笔：原价 {price}，优惠 {off}", "Redeemed offline at {time}: {price} less {off}", {
    time: clockTime(scannedAt),
    price: yuan(amountMinor),
    off: yuan(offMinor),
  });
  return element("section", { class: "notice bad contested", "aria-label": say("有争议的离线核销", "A contested offline redemption") },
    element("p", {}, element("strong", {}, say("有争议，{who}", "Contested: {who}", { who }))),
    element("p", {}, what),
    element("p", {}, `${contested.title} · ${contested.because_words}`),
    element("p", {}, contested.next_step),
    button(say("知道了", "I have read it"), async () => {
      await keeper.queue.dismiss(number);
      await showAfterwards(keeper);
    }));
}

function stuckBox({ number, problem }) {
  return element("section", { class: "notice bad", "aria-label": say("没有被接受的离线核销", "An offline redemption that was not taken") },
    element("p", {}, element("strong", {}, say("第 {number} 号离线核销没有被接受（{problem}）。", "Offline redemption {number} was not taken ({problem}).", { number, problem }))),
    element("p", {}, say("它还留在这台设备上。请联系工会。", "It is kept on this device. Ask the union.")));
}

function missingBox(numbers) {
  const named = numbers.slice(0, 10).join(say("、", ", "));
  return element("section", { class: "notice bad", "aria-label": say("没有送达的离线核销", "Offline redemptions that never arrived") },
    element("p", {}, say("工会没有收到这台收银端的离线核销：第 {named} 号。请联系工会。", "The union never got these offline redemptions of this till: {named}. Ask the union.", { named })));
}

function tellAccepted(accepted) {
  const last = Math.max(0, ...accepted.map(({ number }) => number));
  const before = Number(localStorage.getItem(TOLD) ?? 0);
  const fresh = accepted.filter(({ number }) => number > before).length;
  if (last !== before) localStorage.setItem(TOLD, String(last));
  if (fresh) notify(say("已上传 {n} 笔离线核销。", "{n} offline redemptions were sent and accepted.", { n: fresh }), "good");
}
