/** What was asked before and never answered: looked up, and told until somebody has read it. */

import { button, byId, element } from "../card/element.js";
import { say, yuan } from "../words.js";
import { live } from "./selling.js";
import { clockTime } from "./times.js";
import { whyNot } from "./why_not.js";

const NOT_FOUND = 404;

/** Look them all up, now and whenever the line is back. */
export async function tellUnanswered(keeper, attempts) {
  const told = new Map();
  const look = async () => {
    const open = await attempts.all();
    for (const attempt of open) {
      if (!told.get(attempt.id)?.isSure) told.set(attempt.id, await lookedUp(keeper, attempt));
    }
    const boxes = open.map((attempt) => box(attempt, told.get(attempt.id), async () => {
      await attempts.remove(attempt.id);
      await look();
    }));
    byId("unanswered").replaceChildren(...boxes);
  };
  keeper.addEventListener("back", look);
  await look();
  return look;
}

async function lookedUp(keeper, { id, kind, body }) {
  const unsure = { isSure: false, kind: "plain", text: say("还没有收到答复，联网后自动查。", "No answer yet: it is asked once there is a network.") };
  if (!keeper.isOn) return unsure;
  try {
    const answer = await keeper.ask("GET", `/${kind}/${id}`);
    if (answer.reversed) return { isSure: true, kind: "bad", text: whyNot("undone").title };
    const text = kind === "uses"
      ? say("已办：{title}", "Done: {title}", { title: answer.title })
      : say("已核销：收 {amount}。", "It was redeemed: take {amount}.", { amount: yuan(live(answer).leftMinor) });
    return { isSure: true, kind: "good", text };
  } catch (problem) {
    if (problem.status !== NOT_FOUND) return unsure;
    const text = body.amount_minor
      ? say("没有核销，优惠没有用掉。", "It was not redeemed: nothing was used up.")
      : say("没有办成，票没有用掉。", "It was not done: the ticket was not used.");
    return { isSure: true, kind: "bad", text };
  }
}

function box({ at, body }, { isSure, kind, text }, onRead) {
  const amount = body.amount_minor ? ` · ${yuan(body.amount_minor)}` : "";
  return element("section", { class: `notice ${kind}`, "aria-label": say("没有收到答复的一笔", "One that got no answer") },
    element("p", {}, element("strong", {}, `${clockTime(at)}${amount}`), " ", text),
    isSure && button(say("知道了", "I have read it"), onRead));
}
