/** The choices of a purchase: what each takes off, what the member pays, and what is refused. */

import { button, element } from "../card/element.js";
import { money, say, yuan } from "../words.js";

/**
 * @param {object} shown
 * @param {import("./judging.js").Verdict} shown.verdict
 * @param {number} shown.amountMinor
 * @param {(choices: string[]) => {leftMinor: number} | null} shown.reckon null where only the
 *   server can tell what several give together
 * @param {(choices: string[]) => void} shown.onConfirm
 * @param {() => void} shown.onBack
 * @returns {HTMLElement}
 */
export function choosing({ verdict, amountMinor, reckon, onConfirm, onBack }) {
  const { choices, refused, isPlastic } = verdict;
  const chosen = new Set(choices.slice(0, 1).map(({ choice }) => choice));
  const total = element("p", { class: "pays", role: "status" });
  const yes = button("", () => onConfirm([...chosen]), "main huge");
  const boxes = choices.map((one) => box(one, amountMinor, (isTicked) => tick(one, isTicked)));
  const tick = (one, isTicked) => {
    if (isTicked && (one.exclusive || hasExclusive())) chosen.clear();
    if (isTicked) chosen.add(one.choice);
    else chosen.delete(one.choice);
    show();
  };
  const hasExclusive = () => choices.some(({ choice, exclusive }) => exclusive && chosen.has(choice));
  const show = () => {
    choices.forEach(({ choice }, index) => {
      boxes[index].querySelector("input").checked = chosen.has(choice);
    });
    const { leftMinor, isSure } = pays(choices, chosen, amountMinor, reckon);
    const amount = isSure ? yuan(leftMinor) : say("约 {amount}", "about {amount}", { amount: yuan(leftMinor) });
    total.replaceChildren(say("会员付", "The member pays"), " ", element("strong", {}, amount));
    yes.disabled = chosen.size === 0;
    yes.textContent = isPlastic
      ? say("是本人，收 {amount}", "It is them: take {amount}", { amount })
      : say("确认，收 {amount}", "Confirm: take {amount}", { amount });
  };
  show();
  const found = element("div", { class: "choosing" }, ...holderOf(verdict));
  if (choices.length === 0) found.append(nothing());
  else found.append(group(boxes), total, yes);
  if (refused.length) found.append(folded(refused, choices.length === 0));
  found.append(element("div", { class: "buttons" }, button(say("返回", "Go back"), onBack)));
  return found;
}

function holderOf({ holder, isPlastic, live }) {
  if (!isPlastic) {
    const text = live
      ? say("会员码有效", "The code is good")
      : say("会员码有效（离线核对）", "The code is good (checked offline)");
    return [element("p", { class: "valid" }, text)];
  }
  const rule = element("p", {}, say("请核对：是卡主本人吗？不是本人不要核销。", "Compare: is it the holder? If not, do not redeem."));
  const name = holder ?? say("离线，看不到姓名", "Offline: the name is not known");
  const about = holder
    ? rule
    : element("p", {}, say("请看卡面的姓名，核对本人；核对不了就按原价收款。", "Compare the name on the card; if you cannot, charge the full price."));
  return [element("div", { class: "holder" }, element("strong", {}, name), about)];
}

function group(boxes) {
  return element("fieldset", { class: "field gives" }, element("legend", {}, say("用哪项优惠", "Which benefit")), ...boxes);
}

function box({ choice, title, words, offMinor }, amountMinor, onTick) {
  const input = element("input", { type: "checkbox", value: choice, onchange: () => onTick(input.checked) });
  const what = element("span", { class: "what" }, element("strong", {}, title), " ", element("small", {}, words));
  const off = element("span", { class: "off amount" }, `−${money(offMinor)}`);
  return element("label", { class: "choice" }, input, what, off);
}

function nothing() {
  return element("p", { class: "notice bad", role: "alert" },
    element("strong", {}, say("这次没有可用的优惠。", "Nothing can be used this time.")), " ",
    say("请按原价收款。", "Charge the full price."));
}

function folded(refused, open) {
  const text = say("用不了的 {n} 项", "{n} cannot be used", { n: refused.length });
  const rows = refused.map(({ title, nextStep }) =>
    element("li", {}, element("strong", {}, title), " ", element("span", { class: "soft" }, nextStep)));
  return element("details", { open }, element("summary", {}, text), element("ul", { class: "list" }, ...rows));
}

function pays(choices, chosen, amountMinor, reckon) {
  const ids = [...chosen];
  const alone = choices.filter(({ choice }) => chosen.has(choice));
  if (ids.length <= 1) {
    return { leftMinor: amountMinor - (alone[0]?.offMinor ?? 0), isSure: true };
  }
  const sum = reckon(ids);
  if (sum) return { leftMinor: sum.leftMinor, isSure: true };
  const offMinor = alone.reduce((all, one) => all + one.offMinor, 0);
  return { leftMinor: Math.max(0, amountMinor - offMinor), isSure: false };
}
