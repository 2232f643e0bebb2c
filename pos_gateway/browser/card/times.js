/** Times as people read them, in the zone of the gateway and the language of the page. */

import { say, tongue } from "../words.js";

let zone = "Asia/Shanghai";

/** Read times in this zone from now on. */
export function setZone(named) {
  zone = named;
}

/** A date and time: 2026年5月1日 周五 09:00. @param {number | string} at milliseconds, or RFC 3339 */
export function when(at) {
  return formatted(at, { ...DAY, ...TIME });
}

/** A date: 2026年5月1日 周五. */
export function dayOf(at) {
  return formatted(at, DAY);
}

/** A session: the day once where it ends on the day it began. */
export function span(from, until) {
  if (dayOf(from) !== dayOf(until)) return `${when(from)} – ${when(until)}`;
  return `${when(from)} – ${formatted(until, TIME)}`;
}

/** What is left of a countdown: 3 天 04:05:06, 04:05:06 or 05:06; nought once it is over. */
export function countdown(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const two = (number) => String(number).padStart(2, "0");
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3_600);
  const clock = `${two(Math.floor((seconds % 3_600) / 60))}:${two(seconds % 60)}`;
  const text = days + hours === 0 ? clock : `${two(hours)}:${clock}`;
  return days === 0 ? text : say("{days} 天 {text}", "{days} d {text}", { days, text });
}

const DAY = { year: "numeric", month: "long", day: "numeric", weekday: "short" };
const TIME = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

function formatted(at, wanted) {
  const locale = tongue() === "en" ? "en-GB" : "zh-CN";
  return new Intl.DateTimeFormat(locale, { timeZone: zone, ...wanted }).format(new Date(at));
}
