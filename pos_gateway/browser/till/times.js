/** Times of the day at a till. */

import { when } from "../card/times.js";

/** The hour and minute: 14:05; with the date where it was not today. @param {number | string} at */
export function clockTime(at) {
  const text = when(at);
  const [, time] = /(\d{2}:\d{2})$/.exec(text) ?? [text, text];
  const isToday = when(Date.now()).replace(/\d{2}:\d{2}$/, "") === text.replace(/\d{2}:\d{2}$/, "");
  return isToday ? time : text;
}
