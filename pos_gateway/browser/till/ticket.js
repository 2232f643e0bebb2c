/** A ticket at the till: how many come in, who collects, the answer, and undoing it. */

import { button, byId, element } from "../card/element.js";
import { notify } from "../notice.js";
import { say } from "../words.js";
import { newId } from "./attempts.js";
import { refusedView, undoneView, unknownView, usedView } from "./outcome.js";
import { answered } from "./selling.js";
import { signalBad, signalGood } from "./signals.js";
import { whyNot } from "./why_not.js";

const MOST = 6;

/** The steps of one ticket; `show` puts each on the page. */
export class TicketFlow {
  #code;
  #people;
  #collector;

  /**
   * @param {import("./keeper.js").Keeper} keeper
   * @param {import("./attempts.js").Attempts} attempts
   * @param {{show: (view: HTMLElement, step: string) => void, onNext: () => void}} by
   */
  constructor(keeper, attempts, { show, onNext }) {
    Object.assign(this, { keeper, attempts, show, onNext });
  }

  /** A ticket's code, or that of a card which holds one, was read. */
  begin(code) {
    if (!this.keeper.isOn) return this.#refuse(whyNot("ticket"));
    this.#code = code;
    this.#people = null; // all that are left
    this.#collector = null;
    this.#choose();
  }

  /** Who collects in the member's place showed a code; `isTicket` where it is none of a card. */
  collectedBy(code, isTicket) {
    if (isTicket) {
      notify(say("这是票码。请扫代领人自己的会员码。", "This is a ticket. Scan the card of the person who collects."), "bad");
      return;
    }
    this.#collector = code;
    this.#choose();
  }

  #choose() {
    const choose = (count, label) => element("label", { class: "choice" },
      element("input", { type: "radio", name: "people", checked: count === this.#people, onchange: () => (this.#people = count) }),
      element("span", {}, label));
    const counts = Array.from({ length: MOST }, (_, index) => choose(index + 1, String(index + 1)));
    const all = choose(null, say("全部", "All of them"));
    this.show(element("div", { class: "choosing" },
      element("p", { class: "valid" }, say("扫到票了", "A ticket")),
      element("fieldset", { class: "field people" }, element("legend", {}, say("来了几位（领东西选“全部”）", "How many came (for goods: all)")), all, ...counts),
      this.#collector && element("p", { class: "valid" }, say("代领人的会员码也扫到了", "The card of the person who collects is read, too")),
      button(say("放行 / 交付", "Let in / hand over"), () => this.#use(), "main huge"),
      element("div", { class: "buttons" },
        button(say("返回", "Go back"), this.onNext),
        !this.#collector && button(say("别人代领", "Somebody else collects"), () => this.#awaitCollector()))), "choose");
  }

  #awaitCollector() {
    this.show(element("div", { class: "choosing" },
      element("p", {}, say("请扫代领人自己的会员码。要是会员指定过的人。", "Scan the card of the person who collects. The member must have named them.")),
      element("div", { class: "buttons" }, button(say("返回", "Go back"), () => this.#choose()))), "collector");
    byId("scan").focus();
  }

  async #use() {
    const body = { code: this.#code };
    if (this.#people !== null) body.people = this.#people;
    if (this.#collector) body.collector_code = this.#collector;
    const attempt = { id: newId("u"), kind: "uses", body, at: this.keeper.clock.now() };
    this.show(element("p", { class: "asking" }, say("正在核对…", "Checking…")), "wait");
    try {
      await this.attempts.put(attempt);
      const use = await answered(this.keeper, this.attempts, attempt);
      if (!use) return this.show(unknownView(this.onNext), "done");
      signalGood();
      this.show(usedView(use, { onNext: this.onNext, onUndo: () => this.#undo(use) }), "done");
    } catch (problem) {
      this.#refuse(problem);
    }
  }

  async #undo({ use_id: id }) {
    try {
      await this.keeper.ask("POST", `/uses/${id}/undoing`, {});
      const next = say("这张票又可以用了。", "The ticket is good again.");
      this.show(undoneView(say("已撤销", "Undone"), next, this.onNext), "done");
    } catch (problem) {
      this.#refuse(problem);
    }
  }

  #refuse(problem) {
    signalBad();
    this.show(refusedView(problem, { onNext: this.onNext }), "done");
  }
}
