/** The page of a drop: a countdown in server time, what is left, and one button that is true. */

import { Clock } from "../clock.js";
import { notify, notifyProblem } from "../notice.js";
import { say } from "../words.js";
import { Claiming } from "./claim.js";
import { badgeOf, besideOf, buttonOf } from "./drop_words.js";
import { byId } from "./element.js";
import { Kept } from "./kept.js";
import { pollIn } from "./poll.js";
import { askFirst } from "./sure.js";
import { countdown } from "./times.js";
import { placeOf, truthOf } from "./truth.js";

const TICK_MS = 200;
const MINE_MS = 20_000;
const PREPARE_MS = 60_000;

/** Start the page. */
export async function startDrop({ member, drop }) {
  const page = new DropPage(drop);
  await page.begin(await Kept.open(member));
}

class DropPage {
  #kept;
  #clock = new Clock();
  #drop;
  #mine = null;
  #isUnknown = false;
  #state = null;
  #claiming;

  constructor(drop) {
    this.#drop = drop;
  }

  async begin(kept) {
    this.#kept = kept;
    const onState = (state) => {
      this.#state = state;
      this.#show();
    };
    this.#claiming = new Claiming({ kept, clock: this.#clock, drop: this.#drop, onState });
    byId("whom")?.addEventListener("change", () => this.#lookAnew());
    byId("choice").addEventListener("change", () => this.#choose());
    byId("choice").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#press();
    });
    this.#chooseOnly();
    this.#showLeft();
    const synced = this.#clock.sync();
    const record = await this.#claiming.kept();
    if (record) this.#goOn(record);
    await Promise.all([synced, this.#look()]);
    this.#show();
    setInterval(() => this.#show(), TICK_MS);
    setInterval(() => this.#lookWhileWaiting(), MINE_MS);
    this.#pollLater();
    addEventListener("online", () => this.#clock.sync());
  }

  #pollLater() {
    const pause = pollIn(this.#drop, this.#clock.now(), Math.random());
    setTimeout(async () => {
      if (document.visibilityState === "visible" && navigator.onLine) await this.#poll();
      this.#pollLater();
    }, pause);
  }

  async #poll() {
    try {
      this.#drop = await this.#kept.ask("GET", `/drops/${this.#drop.drop}`);
      this.#showLeft();
    } catch (problem) {
      if (!problem.reason) throw problem;
    }
  }

  /** The member for whom it is claimed by another; of oneself, the empty text. */
  get #whom() {
    return byId("whom")?.value ?? "";
  }

  /** What is asked for somebody else names them. */
  #named(body) {
    return this.#whom ? { ...body, member: this.#whom } : body;
  }

  /** It is to be for somebody else: what they have is another's to know. */
  async #lookAnew() {
    this.#mine = null;
    this.#isUnknown = true; // nothing is offered that they may have
    this.#show();
    const whom = this.#whom;
    await this.#look();
    if (whom !== this.#whom) return; // chosen anew meanwhile: that look tells
    this.#isUnknown = false;
    this.#show();
  }

  /** What the member has of this drop. */
  async #look() {
    const whom = this.#whom;
    try {
      const all = await this.#kept.ask("GET", whom ? `/members/${whom}/tickets` : "/tickets");
      if (!whom) await this.#kept.putIn("tickets", "", all);
      if (whom !== this.#whom) return;
      const ofThis = (list) => list.filter(({ drop }) => drop === this.#drop.drop);
      const { tickets, waiting, entries } = all;
      this.#mine = { tickets: ofThis(tickets), waiting: ofThis(waiting), entries: ofThis(entries) };
    } catch (problem) {
      if (!problem.reason) throw problem;
    }
  }

  async #lookWhileWaiting() {
    const waits = this.#mine?.waiting.length || this.#mine?.entries.length;
    if (waits && navigator.onLine && document.visibilityState === "visible") await this.#look();
  }

  get #chosen() {
    const [item, session] = new FormData(byId("choice")).get("place")?.split("/") ?? [];
    return item ? { item, session } : null;
  }

  get #moment() {
    return {
      drop: this.#drop,
      now: this.#clock.now(),
      chosen: this.#chosen,
      party: Number(byId("party").value) || 1,
      mine: this.#mine,
      asking: this.#state !== null,
    };
  }

  #chooseOnly() {
    const places = document.querySelectorAll("[name=place]");
    if (places.length === 1) places[0].checked = true;
    this.#choose();
  }

  #choose() {
    const chosen = this.#chosen;
    const most = chosen ? placeOf(this.#drop, chosen).item.party_max : 1;
    const party = byId("party");
    byId("party-field").hidden = most < 2;
    if (party.options.length !== most) {
      const had = Math.min(Number(party.value) || most, most);
      const options = Array.from({ length: most }, (_, at) => {
        const n = at + 1;
        return new Option(say("{n} 人", "{n}", { n }), n, n === had, n === had);
      });
      party.replaceChildren(...options);
    }
    this.#show();
  }

  async #press() {
    const truth = truthOf(this.#moment);
    if (truth.act === "ticket") location.assign(this.#whom ? `/card/family/${this.#whom}` : "/card/tickets");
    if (truth.act !== "claims" && truth.act !== "waiting") return;
    const { item, session, party } = truth.wait ?? { ...this.#chosen, party: this.#moment.party };
    this.#state = { phase: "sending", tries: 1 }; // at once: a second press finds the button asleep
    this.#show();
    await this.#settle(this.#claiming.begin(truth.act, this.#named({ item, session, party })));
  }

  #goOn(record) {
    if (byId("whom")) byId("whom").value = record.body.member ?? "";
    this.#state = { phase: "retrying", tries: 1 };
    return this.#settle(this.#claiming.goOn(record));
  }

  async #settle(asking) {
    try {
      const answer = await asking;
      notify(answerWords(answer), "good");
      await this.#look(); // first: the button must not say that what is theirs can be had
    } catch (problem) {
      notifyProblem(problem); // without a reason it is our own mistake: the claim is kept
      if (!problem.reason) throw problem;
    } finally {
      this.#state = null;
    }
    await Promise.all([this.#look(), this.#poll()]);
    this.#show();
  }

  async #withdraw(path, body, words) {
    if (!(await askFirst(words))) return;
    try {
      await this.#kept.ask("POST", `/drops/${this.#drop.drop}/${path}`, this.#named(body));
    } catch (problem) {
      notifyProblem(problem);
    }
    await Promise.all([this.#look(), this.#poll()]);
    this.#show();
  }

  #show() {
    const moment = this.#moment;
    const truth = truthOf(moment);
    const words = buttonOf(truth, moment, this.#state);
    const go = byId("go");
    put(go.firstElementChild, words.button);
    put(byId("truth"), this.#forWhom(words.text));
    go.disabled = truth.act === null || this.#isUnknown;
    go.dataset.truth = truth.name;
    byId("choice").firstElementChild.disabled = moment.asking || truth.name === "yours";
    if (byId("whom")) byId("whom").disabled = moment.asking;
    const until = words.until && words.until - moment.now;
    byId("countdown").hidden = !until;
    byId("before").hidden = moment.now >= Date.parse(this.#drop.opens_at);
    if (until) put(byId("countdown"), countdown(until));
    this.#showBadge(moment.now);
    this.#showBeside(truth);
    this.#prepareSoon(moment);
  }

  #forWhom(text) {
    if (!this.#whom) return text;
    const [{ textContent: name }] = byId("whom").selectedOptions;
    return say("为{name}：{text}", "For {name}: {text}", { name, text });
  }

  #showBadge(now) {
    const badge = byId("drop-status").firstElementChild;
    const [text, kind] = badgeOf(this.#drop, now);
    put(badge, text);
    badge.className = `badge ${kind}`;
  }

  #showBeside(truth) {
    const key = `${this.#whom}/${truth.name}/${truth.wait?.number ?? ""}/${truth.entry?.entry ?? ""}`;
    if (byId("beside").dataset.key === key) return;
    byId("beside").dataset.key = key;
    const act = (path, body, words) => this.#withdraw(path, body, words);
    byId("beside").replaceChildren(...besideOf(truth, act));
  }

  #showLeft() {
    for (const shown of document.querySelectorAll(".left[data-place]")) {
      const [item, session] = shown.dataset.place.split("/");
      const found = placeOf(this.#drop, { item, session }).session;
      put(shown, leftWords(found));
      shown.classList.toggle("gone", found.left === 0);
    }
  }

  #prepareSoon({ now }) {
    const soon = Date.parse(this.#drop.opens_at) - now < PREPARE_MS;
    const over = now >= Date.parse(this.#drop.closes_at);
    const nothing = this.#mine && truthOf(this.#moment).name === "yours";
    if (soon && !over && !nothing) this.#claiming.prepare();
  }
}

function leftWords({ left, capacity, waiting }) {
  if (left > 0) return say("剩 {left} / {capacity}",
      "{left} of {capacity} left", { left, capacity });
  if (waiting) return say("已抢完，{waiting} 人候补", "Gone, {waiting} waiting", { waiting });
  return say("已抢完", "Gone");
}

function answerWords({ ticket, entry, number }) {
  if (entry) return say("报名成功，截止后摇号。", "You have entered. Lots are drawn after entries close.");
  if (ticket) return say("抢到了！第 {number} 号。", "It is yours! No. {number}.", { number });
  return say("已进入候补，第 {number} 位。", "You are on the waiting list, as number {number}.", { number });
}

/** Only what changed: screen readers would read it again and again. */
function put(shown, text) {
  if (shown.textContent !== text) shown.textContent = text;
}

