/** The amount, typed on the keys of the page or of a board. */

import { ENDS, GAP_MS } from "../wedge.js";
import { money } from "../words.js";

const BEGINS = new Set(["KeyH", "BracketRight"]);
const WHOLE_DIGITS_MAX = 7;
const FIELDS = "input, textarea, select, dialog";

/** What has been typed of an amount. */
export class Amount {
  #typed = "";

  /** In minor units. */
  get minor() {
    const [whole = "", rest = ""] = this.#typed.split(".");
    return Number(whole) * 100 + Number(rest.padEnd(2, "0"));
  }

  /** As it is shown while it is typed. */
  get shown() {
    return this.#typed === "" ? money(0) : this.#typed;
  }

  clear() {
    this.#typed = "";
  }

  /** @param {string} key a digit, `.` or `back` */
  press(key) {
    if (key === "back") {
      this.#typed = this.#typed.slice(0, -1);
      return;
    }
    const typed = key === "." && this.#typed === "" ? "0." : this.#typed + key;
    const [whole, rest = "", ...more] = typed.split(".");
    if (more.length || whole.length > WHOLE_DIGITS_MAX || rest.length > 2) return;
    this.#typed = /^0\d/.test(typed) ? typed.slice(1) : typed;
  }
}

/**
 * Call with each key of the amount, from the page's keys and a real board.
 * @param {HTMLElement} keypad
 * @param {(key: string) => void} onKey
 */
export function listenToKeys(keypad, onKey) {
  keypad.addEventListener("click", (event) => {
    const key = event.target.closest("[data-key]")?.dataset.key;
    if (key) onKey(key);
  });
  let last = -Infinity;
  let isCode = false;
  document.addEventListener("keydown", (event) => {
    // What comes quickly after an H or ] is typed by a hand scanner, until it presses Enter.
    const isQuick = event.timeStamp - last < GAP_MS;
    last = event.timeStamp;
    isCode = (BEGINS.has(event.code) || (isCode && isQuick)) && !ENDS.has(event.code);
    const isElsewhere = event.ctrlKey || event.altKey || event.metaKey || event.target.closest?.(FIELDS);
    if (isCode || isElsewhere) return;
    const key = event.key === "Backspace" ? "back" : event.key === "," ? "." : event.key;
    if (/^(?:\d|\.|back)$/.test(key)) onKey(key);
  });
}
