/** Hand scanners that type what they read: keys by their place, so that no layout garbles them. */

/** Between two keys of one code; a busy phone hands on late what a scanner typed at once. */
export const GAP_MS = 300;
const TEXT_MAX = 600;
const BEGINNING = /^(?:\](?:[A-Z](?:\d)?)?)?$|^(?:\][A-Z]\d)?H(?:K(?:\d(?::.*)?)?)?$/;
const WHOLE = /^(?:\][A-Z]\d)?HK\d:./;
const STARTS = new Set(["H", "]"]);

/** Keys of a US board, as scanners press them: [bare, with Shift]. Letters have one case. */
const KEYS = new Map([
  ...[..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"].map((letter) => [`Key${letter}`, [letter, letter]]),
  ...[...")!@#$%^&*("].map((shifted, digit) => [`Digit${digit}`, [String(digit), shifted]]),
  ...[..."0123456789"].map((digit) => [`Numpad${digit}`, [digit, digit]]),
  ["NumpadAdd", ["+", "+"]],
  ["NumpadSubtract", ["-", "-"]],
  ["NumpadMultiply", ["*", "*"]],
  ["NumpadDivide", ["/", "/"]],
  ["NumpadDecimal", [".", "."]],
  ["BracketRight", ["]", "}"]],
  ["Space", [" ", " "]],
  ["Minus", ["-", "_"]],
  ["Equal", ["=", "+"]],
  ["Period", [".", ">"]],
  ["Slash", ["/", "?"]],
  ["Semicolon", [";", ":"]],
]);
/** Keys a scanner presses after a code. */
export const ENDS = new Set(["Enter", "NumpadEnter"]);
const FIELDS = "input, textarea, select, [contenteditable]:not([contenteditable='false'])";

/**
 * @typedef {object} Press a key going down
 * @property {string} code its place on the board, as `KeyboardEvent.code` names it
 * @property {boolean} shiftKey
 * @property {number} at milliseconds, of any clock
 */

/** What has been typed so far of a code. */
export class Typing {
  #typed = "";
  #last = -Infinity;

  /** Whether the keys that come now belong to a code. */
  get underWay() {
    return /^(?:\][A-Z]\d)?HK\d:/.test(this.#typed);
  }

  /**
   * Take one key.
   * @param {Press} press
   * @returns {string | undefined} the code, when this key ended it
   */
  press({ code, shiftKey, at }) {
    if (at - this.#last > GAP_MS) this.#typed = "";
    this.#last = at;
    if (ENDS.has(code)) {
      const text = this.#typed;
      this.#typed = "";
      return WHOLE.test(text) ? text : undefined;
    }
    const symbol = KEYS.get(code)?.[shiftKey ? 1 : 0];
    if (symbol === undefined) return undefined;
    const typed = this.#typed + symbol;
    const fits = BEGINNING.test(typed) && typed.length <= TEXT_MAX;
    this.#typed = fits ? typed : STARTS.has(symbol) ? symbol : "";
    return undefined;
  }
}

/**
 * Call with every code a hand scanner types while no field has the focus.
 * @param {(text: string) => void} onText
 * @param {{target?: EventTarget, now?: (event: KeyboardEvent) => number}} [by]
 * @returns {() => void} stop listening
 */
export function listenToWedge(onText, { target = document, now = timeOf } = {}) {
  const typing = new Typing();
  let taken = new Set();
  const down = (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || isField(event.target)) return;
    const before = typing.underWay;
    const text = event.repeat ? undefined : typing.press({ ...pressOf(event), at: now(event) });
    // Space and Enter would press a button, / and ' open the browser's search.
    if (text || (before && typing.underWay)) {
      event.preventDefault();
      taken.add(event.code);
    }
    if (text) onText(text);
  };
  const up = (event) => {
    if (taken.delete(event.code)) event.preventDefault();
  };
  target.addEventListener("keydown", down, true);
  target.addEventListener("keyup", up, true);
  return () => {
    taken = new Set();
    target.removeEventListener("keydown", down, true);
    target.removeEventListener("keyup", up, true);
  };
}

/** When the key was pressed, however long the page was busy since. */
function timeOf(event) {
  return event.timeStamp;
}

function pressOf({ code, shiftKey }) {
  return { code, shiftKey };
}

function isField(target) {
  return target instanceof Element && target.closest(FIELDS) !== null;
}
