/** What became of it, large; and undoing it. */

import { button, byId, element } from "../card/element.js";
import { say, yuan } from "../words.js";

/**
 * A redemption that was made, live or into the queue.
 * @param {import("./selling.js").Sold} sold
 * @param {{onNext: () => void, onUndo: () => void}} by
 */
export function soldView({ state, amountMinor, leftMinor, unionMinor }, { onNext, onUndo }) {
  const off = amountMinor - leftMinor;
  const lines = [
    say("原价 {price}，优惠 {off}", "{price} less {off}", { price: yuan(amountMinor), off: yuan(off) }),
    unionMinor ? say("其中工会出 {union}，以后结给你们。", "The union pays {union} of it, and settles with you later.", { union: yuan(unionMinor) }) : "",
    state === "kept" ? say("已离线记下，联网后自动上传。上传后可在“今日”里撤销。", "Kept offline: it is sent by itself once there is a network. It can be undone under Today then.") : "",
  ];
  return result({
    title: say("收 {amount}", "Take {amount}", { amount: yuan(leftMinor) }),
    lines,
    onNext,
    onUndo: state === "done" ? onUndo : null,
  });
}

/** A ticket that was used. */
export function usedView({ title, kind, people, left }, { onNext, onUndo }) {
  const isGoods = kind === "goods";
  const text = isGoods
    ? say("可以交付", "Hand it over")
    : say("放行 {n} 人", "Let {n} in", { n: people });
  const rest = left && !isGoods ? say("这张票还能进 {n} 人。", "The ticket admits {n} more.", { n: left }) : "";
  return result({ title: text, lines: [title, rest], onNext, onUndo });
}

/** Something was undone. */
export function undoneView(text, nextStep, onNext) {
  return result({ title: text, lines: [nextStep], onNext, kind: "undone" });
}

/** It is refused. @param {{title: string, nextStep: string}} problem */
export function refusedView({ title, nextStep }, { onNext, onBack }) {
  const back = onBack && button(say("返回", "Go back"), onBack);
  return element("div", { class: "outcome refused", role: "alert" },
    element("p", { class: "big" }, title),
    element("p", {}, nextStep ?? ""),
    element("div", { class: "buttons" }, button(say("下一位", "Next"), onNext, "main huge"), back));
}

/** Nobody knows whether it was redeemed. */
export function unknownView(onNext) {
  return element("div", { class: "outcome waiting", role: "alert" },
    element("p", { class: "big" }, say("没有收到答复", "No answer came")),
    element("p", {}, say("请先按原价收款，不要再扫。联网后会自动查清，结果显示在这一页。", "Charge the full price, and do not scan again. It is asked by itself and told on this page.")),
    element("div", { class: "buttons" }, button(say("下一位", "Next"), onNext, "main huge")));
}

/** Ask for the reason, then do it; the dialog is in the page. @param {(reason: string) => void} undo */
export function askReason(undo) {
  const dialog = byId("undoing");
  const form = byId("undo");
  form.reset();
  form.onsubmit = (event) => {
    event.preventDefault();
    dialog.close();
    undo(new FormData(form).get("reason"));
  };
  dialog.showModal();
}

function result({ title, lines, onNext, onUndo, kind = "good" }) {
  return element("div", { class: `outcome ${kind}` },
    element("p", { class: "big", role: "status" }, title),
    ...lines.filter(Boolean).map((line) => element("p", {}, line)),
    element("div", { class: "buttons" },
      button(say("下一位", "Next"), onNext, "main huge"),
      onUndo && button(say("撤销这一笔", "Undo this one"), onUndo, "quiet")));
}
