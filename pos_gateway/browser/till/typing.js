/** Typing a card's number: checked as it is typed. */

import { byId } from "../card/element.js";
import { InvalidCode } from "../codes/invalid.js";
import { normalised } from "../codes/printed.js";
import { say } from "../words.js";
import { whyNot } from "./why_not.js";

const CHARACTERS = 26;

/**
 * @param {(text: string) => void} onText called with a number that is without mistakes
 * @param {(text: string) => string} check throws InvalidCode
 */
export function startTyping(onText, check) {
  const field = byId("number");
  const told = (text) => {
    byId("error-number").textContent = text;
    byId("typed-field").classList.toggle("wrong", text !== "");
    field.setAttribute("aria-invalid", String(text !== ""));
  };
  field.addEventListener("input", () => {
    const typed = normalised(field.value).replace(/^HK0:/, "");
    told(typed.length < CHARACTERS ? "" : mistake(field.value, check));
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault(); // a number has one line
    byId("typed").querySelector("button").click();
  });
  byId("typed").addEventListener("submit", (event) => {
    event.preventDefault();
    const wrong = mistake(field.value, check);
    told(wrong);
    if (wrong) return;
    byId("typing").close();
    onText(`HK0:${check(field.value)}`);
    field.value = "";
  });
}

function mistake(text, check) {
  try {
    check(text);
    return "";
  } catch (wrong) {
    if (!(wrong instanceof InvalidCode)) throw wrong;
    if (wrong.problem !== "malformed") return whyNot(wrong.problem).title;
    return say("要 26 位字母和数字。", "It takes 26 letters and digits.");
  }
}
