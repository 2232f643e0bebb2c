/** What a till has in hand: the line, the server's time, what it knows without a line, its queue. */

import { alone } from "../alone.js";
import { ask } from "../asking.js";
import { backoffMs } from "../backoff.js";
import { Clock } from "../clock.js";
import { Known } from "../known.js";
import { Queue } from "../queue.js";
import { Sending } from "../sending.js";

const EVERY_MS = 60_000;
const CLOCK_MS = 10 * 60_000;
const TIMEOUT_MS = 8_000;
const NOBODY = 401;
const SYNC = "till-flush";

/**
 * The till in this browser. It says `change` when the line or the queue may be another, `flushed`
 * when the server may have answered what was queued, `back` when there is a line again.
 */
export class Keeper extends EventTarget {
  clock = new Clock();
  isOn = navigator.onLine;
  #sending;
  #timer = 0;
  #failures = 0;
  #introduced = false;
  #heardAt = 0;

  /** @param {{merchant: string, till: string, cashier: string}} page */
  static async open(page) {
    const keeper = new Keeper();
    keeper.page = page;
    // Some private windows keep nothing, and an address without TLS may sign nothing: such a till
    // works with a line alone.
    const till = { merchantId: page.merchant, tillId: page.till };
    keeper.known = isSecureContext ? await Known.open().catch(() => null) : null;
    keeper.queue = isSecureContext ? await Queue.open(till).catch(() => null) : null;
    await keeper.#forgetAnother();
    if (keeper.queue) keeper.#sending = new Sending(keeper.queue);
    return keeper;
  }

  /** What is kept of another till that this device was before. */
  async #forgetAnother() {
    const { merchant, till_id: tillId } = this.known?.body ?? {};
    const { merchant: ours, till } = this.page;
    if (tillId && (tillId !== till || merchant.merchant_id !== ours)) await this.known.forget();
  }

  /** When the server was last heard of, by its own time; 0 for never. */
  get heardAt() {
    return Math.max(this.#heardAt, this.known?.sync.at ?? 0);
  }

  /** Send and learn now, every minute, and whenever the line comes back. */
  start() {
    addEventListener("online", () => this.round());
    addEventListener("offline", () => this.#lost());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.round();
    });
    // The service worker may be quicker to send what was queued.
    navigator.serviceWorker?.addEventListener("message", () => this.#told());
    this.round();
  }

  /** Ask the API as this till, and note whether there is a line. @throws {Problem} */
  async ask(method, path, body) {
    try {
      const answer = await ask(method, path, body, { timeoutMs: TIMEOUT_MS });
      this.#heard();
      return answer;
    } catch (problem) {
      if (problem.isUnanswered) this.#lost();
      else this.#heard();
      if (problem.status === NOBODY) await this.#end();
      throw problem;
    }
  }

  /** What a text stands for by what the till knows. @throws {InvalidCode} */
  read(text) {
    return this.known.read(text, this.clock.now());
  }

  /** Keep a redemption to be sent later. @throws {NotOffline} */
  async take(redemption) {
    const slip = await this.queue.take(redemption, this.known.sync);
    this.dispatchEvent(new Event("change"));
    const registration = await navigator.serviceWorker?.getRegistration("/till/");
    registration?.sync?.register(SYNC).catch(() => {});
    return slip;
  }

  /** Send what is queued, then learn what is new. */
  async round() {
    clearTimeout(this.#timer);
    const isOk = await alone("hongka-till-round", () => this.#once());
    this.#failures = isOk ? 0 : this.#failures + 1;
    const wait = isOk ? EVERY_MS : Math.min(EVERY_MS, backoffMs(this.#failures, Math.random()));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.round(), wait);
  }

  async #once() {
    if (!navigator.onLine) return this.#lost();
    if (this.clock.now() - (this.clock.syncedAt ?? 0) > CLOCK_MS) await this.clock.sync();
    await this.#flush();
    const knew = Boolean(this.known?.body);
    const isOk = (await this.known?.refresh()) ?? true;
    if (knew && !this.known.body) await this.#end();
    return isOk ? this.#heard() : this.#lost();
  }

  async #flush() {
    if (!this.#sending) return;
    try {
      if (!this.#introduced) await this.#sending.introduce();
      this.#introduced = true;
      await this.#sending.flush();
      await this.queue.tidy(this.clock.now());
      this.#told();
    } catch (problem) {
      if (problem.status === NOBODY) await this.#end();
    }
  }

  /** This is no till any more: it knows nothing, and may be paired anew. */
  async #end() {
    await this.known?.forget();
    location.assign("/till/pair");
  }

  #told() {
    this.dispatchEvent(new Event("change"));
    this.dispatchEvent(new Event("flushed"));
  }

  #heard() {
    const wasOff = !this.isOn;
    this.isOn = true;
    this.#heardAt = this.clock.now();
    this.dispatchEvent(new Event("change"));
    if (wasOff) this.dispatchEvent(new Event("back"));
    if (wasOff) this.round();
    return true;
  }

  #lost() {
    this.isOn = false;
    this.dispatchEvent(new Event("change"));
    return false;
  }
}
