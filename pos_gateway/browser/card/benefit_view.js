/** One benefit as a person reads it: what, when, how much is left, why not, and where. */

import { say, yuan } from "../words.js";
import { element } from "./element.js";
import { distanceWords } from "./near.js";
import { said } from "./said.js";
import { dayOf } from "./times.js";

const PLACES_FIRST = 2;
const PLACES_MAX = 60;
const DAYS = () => [
  say("周一", "Mon"), say("周二", "Tue"), say("周三", "Wed"), say("周四", "Thu"),
  say("周五", "Fri"), say("周六", "Sat"), say("周日", "Sun"),
];
const PERIODS = {
  day: () => say("今天", "today"),
  week: () => say("本周", "this week"),
  month: () => say("本月", "this month"),
  year: () => say("今年", "this year"),
  term: () => say("一共", "in all"),
};

/** @param {{benefit: object, places: object[]}} found as GET /card/benefits tells of it */
export function benefitView({ benefit, places }) {
  const facts = [...conditions(benefit)];
  return element(
    "article",
    { class: `box benefit${benefit.usable ? "" : " not-now"}` },
    element(
      "header",
      { class: "spread" },
      element("h2", {}, benefit.title),
      element("strong", { class: "what" }, said(benefit.words)),
    ),
    benefit.why_not && whyNot(benefit.why_not),
    facts.length > 0 && element("p", { class: "soft small" }, facts.join(" · ")),
    ...placesView(places),
  );
}

function whyNot({ title, next_step: nextStep }) {
  return element("p", { class: "why" }, element("strong", {}, said(title)), " ", said(nextStep));
}

function* conditions(benefit) {
  const { weekdays, hours, first_day: first, last_day: last } = benefit;
  const { remaining, limits, exclusive } = benefit;
  if (remaining) yield* remainingWords(remaining);
  for (const { period, most, left } of limits) {
    const named = { period: PERIODS[period](), most, left };
    yield say("{period}还能用 {left} 次（共 {most} 次）", "{left} of {most} left {period}", named);
  }
  if (weekdays.length) yield weekdays.map((day) => DAYS()[day - 1]).join(say("、", ", "));
  for (const one of hours) yield hoursWords(one);
  if (first && Date.parse(first) > Date.now()) yield say("{day} 起",
      "from {day}", { day: dayOf(first) });
  if (last) yield say("到 {day}", "until {day}", { day: dayOf(last) });
  if (exclusive) yield say("不与其他优惠同享", "not together with others");
}

/** Hours that do not close after they open run into the next day; 00:00 is the end of the day. */
function hoursWords({ opens, closes }) {
  const [from, until] = [opens.slice(0, 5), closes.slice(0, 5)];
  if (closes > opens) return `${from}–${until}`;
  return until === "00:00" ? `${from}–24:00` : say("{from}–次日 {until}", "{from}–{until} the next day", { from, until });
}

function* remainingWords({ period, amount_minor: amount, times, stamps }) {
  const when = PERIODS[period]?.() ?? "";
  if (amount !== null) yield say("{when}还剩 {amount}",
      "{amount} left {when}", { when, amount: yuan(amount) });
  if (times !== null) yield say("还能用 {times} 次", "{times} left", { times });
  if (stamps !== null) yield say("再用 {stamps} 次送一次", "{stamps} more, then one is free", { stamps });
}

function placesView(places) {
  const first = places.slice(0, PLACES_FIRST).map(placeView);
  const rest = places.slice(PLACES_FIRST, PLACES_MAX);
  const list = element("ul", { class: "list places" }, ...first);
  if (rest.length === 0) return first.length ? [list] : [];
  const title = say("另外 {n} 处", "{n} more places", { n: places.length - PLACES_FIRST });
  const more = element("details", {}, element("summary", {}, title));
  const fill = () => more.append(element("ul", { class: "list places" }, ...rest.map(placeView)));
  more.addEventListener("toggle", fill, { once: true });
  return [list, more];
}

function placeView(place) {
  const { merchant_name: merchant, outlet_name: outlet, address, hours, metres } = place;
  const about = [address, hours].filter(Boolean).join(" · ");
  return element(
    "li",
    {},
    element(
      "p",
      { class: "spread" },
      element("strong", {}, `${merchant}${outlet && outlet !== merchant ? ` · ${outlet}` : ""}`),
      metres !== null && element("span", { class: "amount" }, distanceWords(metres)),
    ),
    about && element("p", { class: "soft small" }, about),
    place.phone && callLink(place),
  );
}

function callLink({ merchant_name: merchant, phone }) {
  const label = say("打电话给 {merchant}：{phone}", "Call {merchant}: {phone}", { merchant, phone });
  const href = `tel:${phone.replaceAll(/[^+\d]/g, "")}`;
  return element("a", { class: "call", href, "aria-label": label }, phone);
}
