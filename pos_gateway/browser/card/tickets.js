/** The page of tickets: what one holds, waits for and takes part in; codes work offline. */

import { notify, notifyProblem } from "../notice.js";
import { say } from "../words.js";
import { byId, element } from "./element.js";
import { Kept } from "./kept.js";
import { askFirst } from "./sure.js";
import { entryView, ticketView, waitView } from "./ticket_view.js";
import { when } from "./times.js";

const AGAIN_MS = 30_000;
const CODES_AHEAD = 10;
const RENEW_MS = 24 * 60 * 60 * 1000;

/** Start the page: of the member, or of another (`of`) who named them. */
export async function startTickets({ member, of, of_name: name, places, titles }) {
  const kept = await Kept.open(member);
  if (of) await kept.putIn("family", of, name);
  const page = new TicketsPage(kept, { of, places, titles });
  await page.begin();
}

class TicketsPage {
  #kept;
  #of;
  #places;
  #titles;
  #body = null;

  constructor(kept, { of, places, titles }) {
    this.#kept = kept;
    this.#of = of;
    this.#places = places ?? {};
    this.#titles = titles ?? {};
  }

  async begin() {
    this.#body = (await this.#kept.get("tickets"))?.[this.#of ?? ""] ?? null;
    if (this.#body) this.#show();
    addEventListener("online", () => this.load());
    await this.load();
    setInterval(() => this.#again(), AGAIN_MS);
  }

  async load() {
    try {
      const path = this.#of ? `/members/${this.#of}/tickets` : "/tickets";
      this.#body = await this.#kept.ask("GET", path);
      await this.#kept.putIn("tickets", this.#of ?? "", this.#body);
      await this.#fetchCodes();
      this.#show();
    } catch (problem) {
      if (!problem.reason) throw problem;
      this.#failed(problem);
    }
  }

  /** Those who wait look again; the others have what they have. */
  async #again() {
    const waits = this.#body?.waiting.length > 0;
    if (waits && navigator.onLine && document.visibilityState === "visible") await this.load();
  }

  /** Codes of tickets that are still good are kept for a day without a network. */
  async #fetchCodes() {
    const held = this.#body.tickets.filter(({ status }) => status === "held");
    const codes = (await this.#kept.get("ticket_codes")) ?? {};
    const soon = Date.parse(this.#body.server_time) + RENEW_MS;
    for (const { ticket, ends_at: ends } of held.slice(-CODES_AHEAD)) {
      const known = codes[ticket];
      if (known && Date.parse(known.expires_at) > Math.min(soon, Date.parse(ends) - 1)) continue;
      await this.#code(ticket).catch(() => {});
    }
  }

  /** The code of a ticket: fetched, else as it was kept. */
  async #code(ticket) {
    const path = `${this.#of ? `/members/${this.#of}` : ""}/tickets/${ticket}/code`;
    try {
      const fetched = await this.#kept.ask("GET", path);
      await this.#kept.putIn("ticket_codes", ticket, fetched);
      return fetched;
    } catch (problem) {
      const known = (await this.#kept.get("ticket_codes"))?.[ticket];
      if (known && problem.isUnanswered) return known;
      throw problem;
    }
  }

  #failed(problem) {
    if (!this.#body) {
      const text = `${problem.title} ${problem.nextStep}`;
      byId("tickets").replaceChildren(element("p", { class: "notice bad" }, text));
      return;
    }
    const at = when(this.#body.server_time);
    byId("as-of").textContent = say("没有网络，这是 {at} 的情况。票码照样能用。",
        "No network: this is as of {at}. The codes work all the same.", { at });
  }

  #show() {
    const { tickets, waiting, entries, more } = this.#body;
    const good = tickets.filter(({ status }) => status === "held").reverse();
    const over = tickets.filter(({ status }) => status !== "held");
    const acts = {
      code: (ticket) => this.#code(ticket),
      giveBack: (one) => this.#giveBack(one),
      leave: (wait) => this.#leave(wait),
      withdraw: (entry) => this.#withdraw(entry),
      titleOf: ({ drop }) => this.#titles[drop] ?? "",
      placesOf: ({ drop, item }) => this.#places[`${drop}/${item}`] ?? [],
    };
    byId("as-of").textContent = "";
    byId("tickets").replaceChildren(
      ...waiting.map((one) => waitView(one, acts)),
      ...good.map((one) => ticketView(one, acts)),
      ...entries.filter(({ drawn }) => !drawn).map((one) => entryView(one, acts)),
      ...(good.length + waiting.length + entries.length === 0 ? [nothing()] : []),
      ...(over.length ? [past(over, acts)] : []),
      ...(more ? [element("p", { class: "soft" }, say("更早的 {more} 张没有列出。",
          "{more} earlier ones are not listed.", { more }))] : []),
    );
  }

  async #giveBack(one) {
    const sure = await askFirst({
      title: say("退掉这张票？", "Give this ticket back?"),
      text: say("“{title}”会马上给候补的人，退了不能要回。",
          "“{title}” goes to who waits, at once. You cannot take it back.", one),
      yes: say("退票", "Give it back"),
    });
    if (sure) await this.#do("POST", `/tickets/${one.ticket}/release`, {}, say("票已退掉。",
        "The ticket is given back."));
  }

  async #leave({ drop, item, session }) {
    const sure = await askFirst({
      title: say("退出候补？", "Wait no longer?"),
      text: say("您的排位会让给后面的人。", "Your place goes to those behind you."),
      yes: say("退出候补", "Leave the list"),
    });
    if (sure) await this.#do("POST", `/drops/${drop}/leaving`, { item, session }, say("已退出候补。",
        "You have left the list."));
  }

  async #withdraw({ drop }) {
    const sure = await askFirst({
      title: say("取消报名？", "Take part no longer?"),
      text: say("取消后在截止前还可以再报名。", "Until entries close you may enter again."),
      yes: say("取消报名", "Withdraw"),
    });
    if (sure) await this.#do("POST", `/drops/${drop}/withdrawal`, {}, say("已取消报名。",
        "You have withdrawn."));
  }

  async #do(method, path, body, done) {
    try {
      await this.#kept.ask(method, path, this.#of ? { ...body, member: this.#of } : body);
      notify(done, "good");
    } catch (problem) {
      notifyProblem(problem);
    }
    await this.load();
  }
}

function nothing() {
  return element(
    "div",
    { class: "empty" },
    element("p", {}, element("strong", {}, say("现在没有票", "No tickets now"))),
    element("p", {}, element("a", { class: "button main", href: "/card/drops" }, say("看看有什么活动",
        "See what drops there are"))),
  );
}

function past(over, acts) {
  const title = say("用过的和过去的（{n}）", "Used and past ({n})", { n: over.length });
  return element(
    "details",
    { class: "later" },
    element("summary", {}, title),
    ...over.map((one) => ticketView(one, acts)),
  );
}

