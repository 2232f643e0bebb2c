/** The page of the card: its code, rotating, with or without a network. */

import { showBright } from "../bright.js";
import { Clock } from "../clock.js";
import { drawCode } from "../codes/draw.js";
import { keepAwake } from "../wake.js";
import { say, yuan } from "../words.js";
import { button, byId, element } from "./element.js";
import { Kept } from "./kept.js";
import { Phone, SHOWN_MS } from "./phone.js";
import { dayOf, when } from "./times.js";

const TICK_MS = 250;
const REFRESH_MS = 5 * 60_000;
const SOON_MS = 30 * 24 * 60 * 60 * 1000;

/** Start the page. */
export async function startMyCard({ member }) {
  const page = new CardPage();
  page.kept = await Kept.open(member);
  page.clock = new Clock();
  page.phone = await Phone.open(page.kept, page.clock);
  page.card = await page.kept.get("card");
  page.begin();
}

class CardPage {
  #slot = -1;
  #drawing = null;
  #bright = null;
  #refreshing = false;

  begin() {
    byId("code").addEventListener("click", () => this.#showBright());
    byId("bright").addEventListener("click", () => this.#showBright());
    byId("renew").addEventListener("click", () => this.#another());
    addEventListener("online", () => this.refresh());
    addEventListener("offline", () => this.#show());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.refresh();
    });
    setInterval(() => this.#tick(), TICK_MS);
    setInterval(() => this.refresh(), REFRESH_MS);
    this.#tick();
    this.#show();
    this.refresh();
  }

  /** Ask the server how the card stands, and get ready for being without it. */
  async refresh() {
    if (this.#refreshing || !navigator.onLine) return;
    this.#refreshing = true;
    try {
      const [card] = await Promise.all([this.kept.ask("GET", "/card"), this.clock.sync()]);
      this.card = card;
      await this.kept.put("card", { ...card, name: null }); // no page shows the whole name
      if (card.status === "live") await this.phone.prepare(card);
      const { in_all: all } = await this.kept.ask("GET", "/card/history");
      await this.kept.put("saved", all.saved_minor);
    } catch (problem) {
      if (!problem.reason) throw problem;
    } finally {
      this.#refreshing = false;
    }
    this.#slot = this.#drawing ? this.#slot : -1;
    this.#show();
    await this.#tick();
  }

  async #tick() {
    const now = this.clock.now();
    const left = Math.ceil((SHOWN_MS - (now % SHOWN_MS)) / 1000);
    byId("ring").style.strokeDashoffset = String(15 - left);
    const slot = Math.floor(now / SHOWN_MS);
    if (slot === this.#slot || (this.card && this.card.status !== "live")) return;
    this.#slot = slot;
    await this.#draw();
    const live = this.card?.status === "live";
    if (live && navigator.onLine && !this.#refreshing) await this.phone.fetch().catch(() => {});
  }

  async #draw() {
    const text = await this.phone.code();
    this.#drawing = text && drawCode(text, say("我的会员码", "The code of my card"));
    if (this.#drawing) {
      byId("code").replaceChildren(this.#drawing);
      this.#bright?.querySelector("svg")?.replaceWith(this.#drawing.cloneNode(true));
    }
    this.#showCode();
  }

  async #another() {
    this.phone.drop();
    await this.#draw();
  }

  #showBright() {
    if (!this.#drawing) return;
    const letGo = keepAwake();
    const label = say("我的会员码", "The code of my card");
    const close = say("关闭", "Close");
    this.#bright = showBright(this.#drawing.cloneNode(true), { label, close });
    this.#bright.addEventListener("close", () => {
      this.#bright = null;
      letGo();
      byId("code").focus();
    });
  }

  #show() {
    const { card } = this;
    if (card) {
      byId("holder").textContent = card.masked_name ?? say("会员卡", "Member card");
      const [words, kind] = STATUS[card.status]();
      byId("status").textContent = words;
      byId("status").className = `badge ${kind}`;
    }
    this.#showCode();
    byId("states").replaceChildren(...this.#states());
    this.kept.get("saved").then((saved) => {
      byId("saved").hidden = !saved;
      if (saved) byId("saved").querySelector("a").textContent = yuan(saved);
    });
  }

  #showCode() {
    const live = !this.card || this.card.status === "live";
    const shown = live && this.#drawing !== null;
    for (const id of ["code", "left", "uses"]) byId(id).hidden = !shown;
    byId("waiting").hidden = shown;
    byId("waiting").firstElementChild.textContent = live ? waitingWords() : noCodeWords();
    const until = this.phone.offlineUntil;
    byId("offline").textContent = until
      ? say("没有网络也能用，到 {at}", "Works without a network until {at}", { at: when(until) })
      : say("这部手机要连网才能出码", "This phone needs a network for its codes");
  }

  *#states() {
    const { card } = this;
    if (!navigator.onLine) yield told(offlineWords(this.phone.offlineUntil));
    if (card && card.status !== "live") yield told(NEXT[card.status](), "bad");
    if (card?.status === "live" && card.last_day) {
      const left = Date.parse(card.last_day) - this.clock.now();
      const day = dayOf(card.last_day);
      if (left < SOON_MS) yield told(say("这张卡用到 {day}，请到基层工会换卡。",
          "This card holds until {day}. Your branch renews it.", { day }));
    }
    if (this.phone.elsewhere) yield this.#elsewhere();
  }

  #elsewhere() {
    const use = async () => {
      await this.phone.use();
      await this.#draw();
      this.#show();
    };
    return element(
      "div",
      { class: "notice plain" },
      element("p", {}, say("没网时这部手机不能出码：别的手机在用，或卡换过。",
          "Offline, this phone makes no codes: another phone does, or the card was replaced.")),
      element("p", {}, button(say("改用这部手机", "Use this phone instead"), use)),
    );
  }
}

const STATUS = {
  none: () => [say("没有卡", "No card"), "bad"],
  live: () => [say("可用", "Good"), "good"],
  blocked: () => [say("已挂失", "Blocked"), "bad"],
  replaced: () => [say("已换卡", "Replaced"), "bad"],
  expired: () => [say("已过期", "Expired"), "bad"],
  closed: () => [say("已注销", "Closed"), "bad"],
};

const NEXT = {
  none: () => say("您还没有会员卡。请到基层工会办一张。", "You have no card yet. Ask your branch for one."),
  blocked: () => say("卡已挂失，谁也不能用。要解挂或补卡，请带身份证到基层工会。",
      "The card is blocked. To unblock or replace it, bring your identity card to your branch."),
  replaced: () => say("卡已换新。请重新打开本页。", "The card was replaced. Open this page again."),
  expired: () => say("卡已过期。请到基层工会换卡。", "The card has expired. Your branch gives you another."),
  closed: () => say("卡已注销。有疑问请联系基层工会。", "The card is closed. Your branch can tell you why."),
};

function offlineWords(until) {
  if (until) return say("现在没有网络，会员码照样能用。",
      "There is no network now. Your code works all the same.");
  return say("现在没有网络，也没有可用的码。连上网络就好。",
      "There is no network now, and no code at hand. Connect to go on.");
}

function noCodeWords() {
  return say("这张卡现在不能出码", "This card shows no code now");
}

function waitingWords() {
  if (navigator.onLine) return say("正在准备会员码…", "Your code is being made ready…");
  return say("要连一次网络才能出码。", "A code needs the network once.");
}

function told(text, kind = "plain") {
  return element("p", { class: `notice ${kind}` }, text);
}
