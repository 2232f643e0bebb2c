/** The counter: an amount and a code, in either order; the choices; the result. */

import { button, byId, element } from "../card/element.js";
import { InvalidCode } from "../codes/invalid.js";
import { readPrinted } from "../codes/printed.js";
import { plain } from "../codes/read.js";
import { clearNotice, notify } from "../notice.js";
import { keepAwake } from "../wake.js";
import { listenToWedge } from "../wedge.js";
import { money, say } from "../words.js";
import { Attempts } from "./attempts.js";
import { choosing } from "./choosing.js";
import { Eye } from "./eye.js";
import { judged, reckoned, scanOf } from "./judging.js";
import { Amount, listenToKeys } from "./keypad.js";
import { askReason, refusedView, soldView, undoneView, unknownView } from "./outcome.js";
import { sold } from "./selling.js";
import { isLoud, setLoud, signalBad, signalGood, signalSeen } from "./signals.js";
import { TicketFlow } from "./ticket.js";
import { startTyping } from "./typing.js";
import { tellUnanswered } from "./unanswered.js";
import { whyNot } from "./why_not.js";

const SCANNING = new Set(["enter", "collector"]);

/** @param {import("./keeper.js").Keeper} keeper */
export async function startCounter(keeper) {
  const attempts = await Attempts.open();
  const counter = new Counter(keeper, attempts);
  counter.start();
  await tellUnanswered(keeper, attempts);
  keepAwake();
}

/** Why a text cannot be a code of ours, such as a code for paying; null where it may be one. */
function whyForeign(text) {
  try {
    if (!/^HK[1-9]:/.test(text)) readPrinted(text);
  } catch (wrong) {
    if (!(wrong instanceof InvalidCode)) throw wrong;
    return whyNot(wrong.problem);
  }
  return null;
}

class Counter {
  #amount = new Amount();
  #code = null;
  #step = "enter";

  constructor(keeper, attempts) {
    this.keeper = keeper;
    this.attempts = attempts;
    this.eye = new Eye((text) => this.#seen(text), () => this.#showScan());
    const show = (view, step) => this.#show(view, step);
    this.ticket = new TicketFlow(keeper, attempts, { show, onNext: () => this.#next() });
  }

  start() {
    listenToKeys(document.querySelector(".keypad"), (key) => this.#press(key));
    listenToWedge((text) => this.#seen(text));
    startTyping((text) => this.#seen(text), readPrinted);
    byId("scan").addEventListener("click", () => this.#scan());
    const sound = byId("sound");
    const showSound = () => sound.setAttribute("aria-pressed", String(isLoud()));
    sound.addEventListener("click", () => {
      setLoud(!isLoud());
      showSound();
    });
    showSound();
    this.#showScan();
  }

  #press(key) {
    if (this.#step !== "enter") return;
    clearNotice();
    this.#amount.press(key);
    byId("amount").textContent = this.#amount.shown;
    this.#showScan();
  }

  get #isReady() {
    return this.#step === "enter" && this.#code && this.#amount.minor;
  }

  #scan() {
    if (this.#isReady) this.#judge();
    else if (this.eye.isOpen) this.eye.close();
    else this.eye.open();
  }

  /** A code was read by camera, hand scanner or hand. */
  async #seen(scanned) {
    const text = plain(scanned);
    if (this.#step === "wait") return;
    if (this.#step === "choose") {
      notify(say("先确认或返回，再扫下一位。", "Confirm or go back before the next code."));
      return;
    }
    clearNotice();
    const foreign = whyForeign(text);
    if (foreign) {
      signalBad();
      notify(foreign.title, "bad", foreign.nextStep); // the camera goes on looking
      return;
    }
    if (this.#step === "done") this.#next();
    signalSeen();
    this.eye.close();
    const scan = await scanOf(this.keeper, text);
    if (this.#step === "collector") return this.ticket.collectedBy(text, scan?.kind === "ticket");
    if (scan?.kind === "ticket") return this.ticket.begin(text);
    this.#code = text;
    if (this.#amount.minor) return this.#judge();
    this.#showScan();
  }

  async #judge() {
    const category = byId("category")?.value ?? null;
    const code = this.#code;
    const scan = await scanOf(this.keeper, code);
    const purchase = { code, amountMinor: this.#amount.minor, category, scan };
    this.eye.close();
    this.#show(element("p", { class: "asking" }, say("正在核对…", "Checking…")), "wait");
    try {
      const verdict = await judged(this.keeper, purchase);
      if (verdict.choices.length === 0) signalBad();
      const reckon = (ids) => reckoned(this.keeper, purchase, ids, this.keeper.clock.now());
      const onConfirm = (choices) => this.#sell(purchase, choices);
      const { amountMinor } = purchase;
      this.#show(choosing({ verdict, amountMinor, reckon, onConfirm, onBack: () => this.#back() }), "choose");
    } catch (problem) {
      if (problem.particulars?.problem === "is_a_ticket") this.ticket.begin(code);
      else this.#refuse(problem);
    }
  }

  async #sell(purchase, choices) {
    this.#show(element("p", { class: "asking" }, say("正在核销…", "Redeeming…")), "wait");
    try {
      const done = await sold(this.keeper, this.attempts, purchase, choices);
      const onNext = () => this.#next();
      if (done.state === "unanswered") {
        signalBad();
        this.#show(unknownView(onNext), "done");
        return;
      }
      signalGood();
      const onUndo = () => askReason((reason) => this.#undo(done.id, reason));
      this.#show(soldView(done, { onNext, onUndo }), "done");
    } catch (problem) {
      this.#refuse(problem);
    }
  }

  async #undo(id, reason) {
    try {
      await this.keeper.ask("POST", `/redemptions/${id}/reversal`, { reason });
      const next = say("优惠已退回会员。请按原价重新收款或退款。", "The member has the benefit back. Settle the money by hand.");
      this.#show(undoneView(say("已撤销", "Undone"), next, () => this.#next()), "done");
    } catch (problem) {
      this.#refuse(problem);
    }
  }

  #refuse(problem) {
    if (!problem.title) throw problem;
    signalBad();
    this.#code = null;
    this.#show(refusedView(problem, { onNext: () => this.#next(), onBack: () => this.#back() }), "done");
  }

  /** Back to the amount and the code, the amount kept. */
  #back() {
    this.#code = null;
    this.#show(null, "enter");
  }

  #next() {
    this.#amount.clear();
    this.#back();
  }

  #show(view, step) {
    if (step !== "choose") clearNotice();
    this.#step = step;
    byId("counter").dataset.step = step;
    byId("counter").classList.toggle("priceless", this.#amount.minor === 0);
    byId("amount").textContent = step === "enter" ? this.#amount.shown : money(this.#amount.minor);
    byId("answer").replaceChildren(...(view ? [view] : []));
    byId("scanning").hidden = !SCANNING.has(step);
    if (view) view.querySelector(".huge")?.focus({ preventScroll: step === "choose" });
    if (step !== "enter") scrollTo({ top: 0 });
    this.#showScan();
  }

  #showScan() {
    byId("counter").classList.toggle("looking", this.eye?.isOpen ?? false);
    const label = byId("scan").querySelector("span");
    const held = byId("held");
    held.hidden = this.#step !== "enter" || this.#code === null;
    if (this.#code && !held.hasChildNodes()) {
      held.append(say("扫到会员码了，请输入金额。", "The code is read: type the amount."), " ",
        button(say("不收款，用他的票", "No purchase: use their ticket"), () => this.ticket.begin(this.#code)));
    }
    if (this.#isReady) label.textContent = say("看优惠", "See the benefits");
    else if (this.eye?.isOpen) label.textContent = say("关闭摄像头", "Close the camera");
    else label.textContent = say("扫会员码", "Scan the code");
  }
}
