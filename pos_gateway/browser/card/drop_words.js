/** What the one big button of a drop says, and what stands above it. */

import { say } from "../words.js";
import { button, element } from "./element.js";
import { when } from "./times.js";
import { aheadWords } from "./ticket_words.js";
import { placeOf } from "./truth.js";

/**
 * @param {import("./truth.js").Truth} truth
 * @param {import("./truth.js").Moment} moment
 * @param {{phase: string, tries: number} | null} state of a claim on its way
 * @returns {{button: string, text: string, until?: number}} `until` is what the countdown runs to
 */
export function buttonOf(truth, moment, state) {
  return WORDS[truth.name](moment, truth, state);
}

/** What the badge beside the title says: its words, and its kind. */
export function badgeOf({ status, mode, items, opens_at: opensAt }, now) {
  if (status === "cancelled") return [say("已取消", "Called off"), "bad"];
  if (status === "closed") return [say("已结束", "Closed"), ""];
  if (now < Date.parse(opensAt)) return [say("未开始", "Not yet"), "wait"];
  if (mode === "draw") return [say("报名中", "Taking entries"), "good"];
  if (mode === "allotment") return [say("直接发放", "Given out"), "good"];
  const isLeft = items.some(({ sessions }) => sessions.some(({ left }) => left > 0));
  return isLeft ? [say("进行中", "Open"), "good"] : [say("已抢完", "Sold out"), "bad"];
}

/** What else can be done, beside the button. */
export function besideOf({ name, wait, entry }, act) {
  if (wait) {
    const words = {
      title: say("退出候补？", "Wait no longer?"),
      text: say("您的排位会让给后面的人。", "Your place goes to those behind you."),
      yes: say("退出候补", "Leave the list"),
    };
    const { item, session } = wait;
    return [button(words.yes, () => act("leaving", { item, session }, words), "plain")];
  }
  if (entry && name === "entered") {
    const words = {
      title: say("取消报名？", "Take part no longer?"),
      text: say("取消后在截止前还可以再报名。", "Until entries close you may enter again."),
      yes: say("取消报名", "Withdraw"),
    };
    return [button(words.yes, () => act("withdrawal", {}, words), "plain")];
  }
  if (!LOST.has(name)) return [];
  return [element("p", {}, element("a", { href: "/card/drops" }, say("看看别的活动",
      "See other drops")))];
}

const LOST = new Set(["sold_out", "all_gone", "closed", "cancelled", "not_drawn"]);

const WORDS = {
  asking: (_moment, _truth, state) => askingWords(state),
  cancelled: () => ({
    button: say("活动已取消", "Called off"),
    text: say("工会取消了这个活动，已抢到的票作废。", "The union called this drop off, and its tickets with it."),
  }),
  given_out: () => ({
    button: say("不用抢", "Nothing to press"),
    text: say("由工会直接发放，发到您就会出现在“我的票”。",
        "The union gives these out. Yours will stand under “Tickets”."),
  }),
  yours: (_moment, { ticket }) => ({
    button: say("已抢到，看票", "It is yours: see the ticket"),
    text: say("{title}，第 {number} 号。", "{title}, no. {number}.", ticket),
  }),
  offered: (_moment, { wait }) => ({
    button: say("轮到您了，领取", "Your turn: take it"),
    text: say("名额为您保留到 {at}，过时给下一位。",
        "Kept for you until {at}, then for the next.", { at: when(wait.offered_until) }),
    until: Date.parse(wait.offered_until),
  }),
  not_yet: ({ drop }) => ({
    button: say("还没开始", "Not open yet"),
    text: say("到点按钮会亮，不用提前点。时间以工会的钟为准。",
        "The button lights up at the opening: no need to press before. The union’s clock counts."),
    until: Date.parse(drop.opens_at),
  }),
  opening: ({ drop }) => ({
    button: say("马上开始…", "Opening…"),
    text: say("请看好要的场次，到点再点。", "Have your session ready. Press when it opens."),
    until: Date.parse(drop.opens_at),
  }),
  choose: () => ({
    button: say("先选一个场次", "Choose a session first"),
    text: say("在上面选好，按钮就会亮。", "Choose above, then the button lights up."),
  }),
  open: ({ drop, chosen, party }) => ({
    button: say("抢！", "Get it"),
    text: chosenWords(drop, chosen, party),
  }),
  enter: ({ drop, chosen, party }) => ({
    button: say("报名摇号", "Enter the draw"),
    text: `${chosenWords(drop, chosen, party)} ${say("先后一样，不用抢。",
        "Early or late makes no difference.")}`,
  }),
  entered: ({ drop }, { entry }) => ({
    button: say("已报名", "You have entered"),
    text: say("公布时您的编号：{entry}。{at} 截止报名。",
        "Your number in the list: {entry}. Entries close {at}.",
      { ...entry, at: when(drop.closes_at) }),
  }),
  to_be_drawn: ({ drop }, { entry }) => ({
    button: say("等待摇号", "To be drawn"),
    text: say("您的编号：{entry}。{rule}",
        "Your number: {entry}. {rule}", { ...entry, rule: drop.seed_rule?.statement ?? "" }),
  }),
  not_drawn: (_moment, { act }) => ({
    button: act ? say("参加候补", "Join the waiting list") : say("已摇号", "Drawn"),
    text: act
      ? say("这次没有摇中。有人退票就按候补顺序给。", "Not drawn this time. Places given back go to who waits.")
      : say("结果已出。摇中的票在“我的票”；没有就是没摇中。", "Lots are drawn. If you won, it stands under “Tickets”."),
  }),
  in_line: (_moment, { wait }) => ({
    button: say("候补中", "Waiting"),
    text: `${aheadWords(wait)}${say("轮到您时这里会变，名额只保留一会儿，请常来看看。",
        " This changes when it is your turn. A place is kept for a while only: look again.")}`,
  }),
  sold_out_wait: ({ drop, chosen }) => ({
    button: say("已抢完，参加候补", "Gone: join the waiting list"),
    text: say("有人退票就按候补顺序给。现在有 {waiting} 人候补。{elsewhere}",
        "Places given back go to who waits: {waiting} do. {elsewhere}",
      { ...placeOf(drop, chosen).session, elsewhere: elsewhereWords(drop) }),
  }),
  sold_out: ({ drop }) => ({
    button: say("已抢完", "Gone"),
    text: elsewhereWords(drop) || say("都抢完了，候补也满了。有人退票时这里会变。",
        "All is gone, and the waiting list is full. It changes when a ticket is given back."),
  }),
  all_gone: ({ drop }) => ({
    button: say("已抢完", "Gone"),
    text: drop.waiting_max
      ? say("都抢完了。选一个场次可以参加候补。", "All is gone. Choose a session to wait for it.")
      : say("都抢完了。有人退票时这里会变。", "All is gone. This changes when somebody gives a ticket back."),
  }),
  closed: () => ({
    button: say("已结束", "Closed"),
    text: say("这个活动已经截止。", "This drop takes no more claims."),
  }),
};

function askingWords(state) {
  const tries = state?.tries ?? 1;
  const once = say("不用再点，也请别关页面；不会重复抢。",
      "No need to press again, nothing is claimed twice. Keep this page open.");
  switch (state?.phase) {
    case "proving":
      return { button: say("正在验证…",
          "Checking…"), text: say("手机正在做一道防刷题，一两秒。",
          "Your phone solves a small puzzle that keeps robots out: a second or two.") };
    case "offline":
      return { button: say("等网络…",
          "Waiting for the network…"), text: say("网络断了，连上就自动继续，用的是同一个编号。",
          "The line is lost. It goes on by itself, under the same number, once it is back.") };
    case "early":
      return { button: say("马上开始…", "Opening…"), text: once };
    case "retrying":
      return { button: say("正在排队…",
          "In the queue…"), text: `${say("第 {tries} 次没有回音，正在再问。",
          "No answer at try {tries}: asking again.", { tries })}${once}` };
    default:
      return { button: say("正在排队…", "In the queue…"), text: once };
  }
}

function chosenWords(drop, chosen, party) {
  const { item, session } = placeOf(drop, chosen);
  const named = { title: item.title, at: when(session.starts_at), party };
  if (item.party_max < 2) return say("{title}，{at}。", "{title}, {at}.", named);
  return say("{title}，{at}，{party} 人。", "{title}, {at}, for {party}.", named);
}

function elsewhereWords({ items }) {
  const left = items.flatMap(({ title, sessions }) =>
    sessions.filter((one) => one.left > 0).map((one) => `${title} ${when(one.starts_at)}`));
  if (left.length === 0) return "";
  const named = { places: left.slice(0, 3).join(say("；", "; ")) };
  return say("还有：{places}。", "Still to be had: {places}.", named);
}
