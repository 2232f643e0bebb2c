/** The banner of a till without a line: since when, and what may still be redeemed. */

import { element } from "../card/element.js";
import { clockTime } from "./times.js";
import { say, yuan } from "../words.js";

const HOUR_MS = 60 * 60 * 1000;

/** Show how the line stands. @param {import("./keeper.js").Keeper} keeper */
export async function showLine(keeper) {
  const region = document.getElementById("line");
  const pending = (await keeper.queue?.pending()) ?? [];
  const texts = keeper.isOn ? sending(pending) : await offline(keeper, pending);
  const said = texts.join(" ");
  if (region.dataset.said === said) return; // a live region is read out again whenever it changes
  region.dataset.said = said;
  region.hidden = texts.length === 0;
  region.classList.toggle("off", !keeper.isOn);
  const [first, ...rest] = texts;
  region.replaceChildren(element("strong", {}, first ?? ""), ` ${rest.join(" ")}`);
}

function sending(pending) {
  const waiting = pending.filter(({ problem }) => !problem).length;
  if (!waiting) return [];
  return [say("正在上传 {n} 笔离线核销…", "Sending {n} offline redemptions…", { n: waiting })];
}

async function offline(keeper, pending) {
  const since = keeper.heardAt
    ? say("没有网络，离线收银（{time} 起）。", "No network since {time}: working offline.", { time: clockTime(keeper.heardAt) })
    : say("没有网络。", "No network.");
  const queued = pending.length
    ? [say("{n} 笔等待上传。", "{n} wait to be sent.", { n: pending.length })]
    : [];
  return [since, await stillAllowed(keeper), ...queued];
}

async function stillAllowed({ known, queue, clock }) {
  const { mark, at, limits } = known?.sync ?? { mark: null };
  if (!mark || !queue) {
    return say("还没有联网备好，请按原价收款。", "It was never made ready: charge the full price.");
  }
  if (!limits) return say("现在不能离线核销，请按原价收款。", "Nothing may be redeemed offline now: charge the full price.");
  const tally = await queue.tally(clock.now());
  const times = limits.redemptions - tally.redemptions;
  const amount = limits.amount_minor - tally.amountMinor;
  const hours = Math.floor((at + limits.hours * HOUR_MS - clock.now()) / HOUR_MS);
  if (hours < 0) return say("离线太久，请按原价收款，联网后恢复。", "Offline for too long: charge the full price until there is a network.");
  if (times <= 0 || amount <= 0) {
    return say("离线额度已用完，请按原价收款。联网可照常核销；离线额度在上传一天后恢复。", "The offline limit is used up: charge the full price. Online, redeem as usual; the limit returns a day after what was given is sent.");
  }
  return say("还可核销 {times} 笔，优惠共 {amount}，{hours} 小时内。", "Still {times} redemptions, {amount} off in all, for {hours} hours.", {
    times,
    amount: yuan(amount),
    hours: Math.max(hours, 1),
  });
}
