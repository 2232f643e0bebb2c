/** A ticket, a wait and a part in a draw, as a person reads them. */

import { drawCode } from "../codes/draw.js";
import { showBright } from "../bright.js";
import { notifyProblem } from "../notice.js";
import { keepAwake } from "../wake.js";
import { say } from "../words.js";
import { button, element } from "./element.js";
import { pass } from "./share.js";
import { aheadWords, numberWords, peopleWords } from "./ticket_words.js";
import { countdown, span, when } from "./times.js";

const STATUS = {
  held: () => [say("可用", "Good"), "good"],
  used: () => [say("已用", "Used"), "plain"],
  released: () => [say("已退", "Given back"), "plain"],
  over: () => [say("过期", "Over"), "plain"],
  cancelled: () => [say("活动取消", "Called off"), "bad"],
};

/**
 * @param {object} ticket as GET /tickets tells of it
 * @param {{code: Function, giveBack: Function, placesOf: Function}} acts
 */
export function ticketView(ticket, acts) {
  const [words, kind] = STATUS[ticket.status]();
  const good = ticket.status === "held";
  const unused = good && ticket.left === ticket.party;
  const back = unused && Date.parse(ticket.returns_until) > Date.now();
  return element(
    "article",
    { class: `ticket ${good ? "good" : "past"}`, "data-ticket": ticket.ticket },
    element(
      "header",
      { class: "spread" },
      element("h2", {}, ticket.title),
      element("span", { class: `badge ${kind}` }, words),
    ),
    element("p", { class: "when" }, span(ticket.starts_at, ticket.ends_at)),
    good && peopleView(ticket),
    ...(good ? acts.placesOf(ticket).map(whereView) : []),
    good && buttons(ticket, acts, back),
  );
}

/** A wait; once places are offered, until when they are kept. */
export function waitView(wait, acts) {
  const offered = wait.offered_until !== null;
  const badge = offered ? say("轮到您了！", "It is your turn!") : say("候补中", "Waiting");
  const look = offered ? say("去领取", "Take them") : say("看活动", "See the drop");
  return element(
    "article",
    { class: `box wait${offered ? " offered" : ""}` },
    element("p", { class: "badge wait" }, badge),
    element("h2", {}, acts.titleOf(wait)),
    element("p", {}, offered ? offerWords(wait) : aheadWords(wait)),
    element(
      "div",
      { class: "buttons" },
      dropLink(wait, look, offered ? "main" : "quiet"),
      button(say("退出候补", "Leave the list"), () => acts.leave(wait), "plain"),
    ),
  );
}

/** A part in a draw that is not drawn yet. */
export function entryView(entry, acts) {
  return element(
    "article",
    { class: "box wait" },
    element("p", { class: "badge good" }, say("已报名摇号", "Entered in the draw")),
    element("h2", {}, acts.titleOf(entry)),
    element("p", {}, say("公布时您的编号：",
        "Your number in the published list: "), element("span", { class: "mono" }, entry.entry)),
    element(
      "div",
      { class: "buttons" },
      dropLink(entry, say("看活动", "See the drop"), "quiet"),
      button(say("取消报名", "Withdraw"), () => acts.withdraw(entry), "plain"),
    ),
  );
}

function buttons(ticket, acts, back) {
  return element(
    "div",
    { class: "buttons" },
    button(say("出示票码", "Show the code"), () => withCode(ticket, acts, show), "main"),
    button(say("发给代领的人",
        "Send it on"), () => withCode(ticket, acts, (code) => pass(ticket, code)), "quiet"),
    back && button(say("退票", "Give back"), () => acts.giveBack(ticket), "plain"),
  );
}

async function withCode(ticket, acts, act) {
  try {
    await act((await acts.code(ticket.ticket)).code, ticket);
  } catch (problem) {
    notifyProblem(problem);
  }
}

function show(code, ticket) {
  const label = say("{title}的票码", "The code of {title}", ticket);
  const panel = element(
    "div",
    { class: "shown-ticket" },
    drawCode(code, label),
    element("p", {}, element("strong", {}, ticket.title), " ", numberWords(ticket)),
    element("p", {}, span(ticket.starts_at, ticket.ends_at), " · ", peopleWords(ticket)),
  );
  const letGo = keepAwake();
  showBright(panel, { label, close: say("关闭", "Close") }).addEventListener("close", letGo);
}

function offerWords({ offered_until: until }) {
  const left = countdown(Date.parse(until) - Date.now());
  return say("名额为您保留到 {at}（还有 {left}）。",
    "Places are kept for you until {at} ({left} left).", { at: when(until), left });
}

function dropLink({ drop }, text, kind) {
  return element("a", { class: `button ${kind}`, href: `/card/drops/${drop}` }, text);
}

function peopleView(ticket) {
  const number = element("span", { class: "soft" }, numberWords(ticket));
  return element("p", { class: "spread" }, peopleWords(ticket), number);
}

function whereView({ name, outlets }) {
  const [first] = outlets;
  const address = [first?.name, first?.address, first?.hours].filter(Boolean).join(" · ");
  const merchant = element("strong", {}, name);
  return element("p", { class: "soft small" }, merchant, address && ` · ${address}`);
}
