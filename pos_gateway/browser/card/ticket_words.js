/** What stands on a ticket. */

import { say } from "../words.js";

/** Which number it is in the drop. */
export function numberWords({ number }) {
  return say("第 {number} 号", "No. {number}", { number });
}

/** For how many people it still is. */
export function peopleWords({ kind, party, left }) {
  if (kind === "goods") return say("领取 {left} 份", "{left} to collect", { left });
  if (left < party) return say("还可进 {left} 人（共 {party} 人）",
      "{left} of {party} people still to come", { left, party });
  return say("{party} 人", "for {party}", { party });
}

/** How many stand before a wait. */
export function aheadWords({ ahead }) {
  if (ahead === 0) return say("您排在最前面。", "You are the next.");
  return say("前面还有 {ahead} 位。", "{ahead} before you.", { ahead });
}
