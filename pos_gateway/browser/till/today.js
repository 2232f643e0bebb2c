/** Today's page: what was redeemed without a line and still waits stands above what the server has. */

import { byId, element } from "../card/element.js";
import { say, yuan } from "../words.js";
import { clockTime } from "./times.js";

const LISTED_MS = 1_000;

/** @param {import("./keeper.js").Keeper} keeper */
export async function startToday(keeper) {
  let before = 0;
  const show = async () => {
    const pending = (await keeper.queue?.pending()) ?? [];
    // The server has it now, and its list a moment later.
    if (pending.length < before) setTimeout(() => location.reload(), LISTED_MS);
    before = pending.length;
    byId("pending").replaceChildren(...(pending.length ? listed(pending) : []));
  };
  keeper.addEventListener("change", show);
  await show();
}

function listed(pending) {
  return [
    element("h2", {}, say("等待上传", "Waiting to be sent")),
    element("ul", { class: "list entries" }, ...pending.map(({ slip }) => row(JSON.parse(slip)))),
  ];
}

function row({ amount_minor: amountMinor, given, scanned_at: at }) {
  const off = given.reduce((sum, one) => sum + one.merchant_share_minor + one.union_share_minor, 0);
  return element("li", { class: "spread" },
    element("strong", { class: "amount" }, yuan(amountMinor - off)),
    element("span", { class: "small soft" }, `${clockTime(at)} · ${say("原价 {price}，优惠 {off}", "{price} less {off}", { price: yuan(amountMinor), off: yuan(off) })}`));
}
