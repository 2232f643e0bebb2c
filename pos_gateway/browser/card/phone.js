/** The codes this phone shows: signed by itself where it may, else fetched ahead. */

import { CardDevice } from "../codes/device.js";
import { LAST_DEVICE } from "./kept.js";

export const SHOWN_MS = 15_000;

const FETCHED = 20;
const FEW = 4;
const NOT_THIS_ONE = "none";

/** The codes of the card in hand. */
export class Phone {
  #kept;
  #clock;
  #device;
  #batch;
  #fetching = false;

  /** @param {import("./kept.js").Kept} kept @param {import("../clock.js").Clock} clock */
  static async open(kept, clock) {
    const phone = new Phone();
    phone.#kept = kept;
    phone.#clock = clock;
    const put = (body) => phone.#certify(body);
    phone.#device = await CardDevice.open({ put }).catch(() => null);
    phone.#batch = (await kept.get("codes")) ?? [];
    /** Whether another phone signs for the card, so that this one must be told to. */
    phone.elsewhere = false;
    return phone;
  }

  /** Until when codes are made without a network: server time, 0 where they are not. */
  get offlineUntil() {
    return this.#device?.canMint(this.#clock.now()) ? this.#device.expiresAt : 0;
  }

  /** @returns {Promise<string | null>} a code for this moment */
  async code() {
    const now = this.#clock.now();
    if (this.#device?.canMint(now)) return this.#device.mint(now);
    this.#batch = this.#batch.filter(({ until }) => until > now);
    return this.#batch.find(({ from }) => from <= now + SHOWN_MS)?.code ?? null;
  }

  /** Do not show the code in hand again: one may be used once. */
  drop() {
    this.#batch.shift();
  }

  /**
   * Get ready, as the server says the card stands.
   * @param {{device: {device: string} | null}} card the answer of GET /card
   */
  async prepare({ device }) {
    const now = this.#clock.now();
    const ours = localStorage.getItem(LAST_DEVICE);
    const ranOut = ours !== NOT_THIS_ONE && (this.#device?.expiresAt ?? 0) <= now;
    const another = device === null ? ours !== null && !ranOut : device.device !== ours;
    this.elsewhere = this.#device !== null && another;
    if (this.elsewhere) {
      await this.#device.forget();
      localStorage.setItem(LAST_DEVICE, NOT_THIS_ONE);
    } else if (this.#device?.isStale(now)) await this.use();
    if (!this.offlineUntil) await this.fetch();
  }

  /** Let this phone sign for the card; any other no longer may. */
  async use() {
    try {
      await this.#device.renew();
      this.elsewhere = false;
    } catch (wrong) {
      if (wrong.reason) throw wrong;
      this.#device = null; // a browser that has no such keys: codes are fetched
    }
  }

  /** Fetch codes ahead, where few are left. */
  async fetch() {
    const now = this.#clock.now();
    if (this.offlineUntil || this.#fetching) return;
    if (this.#batch.filter(({ until }) => until > now).length > FEW) return;
    this.#fetching = true;
    try {
      const { codes } = await this.#kept.ask("POST", "/card/session-codes", { count: FETCHED });
      this.#batch = codes.map(({ code, issued_at: issued }) => {
        const from = Date.parse(issued);
        return { code, from, until: from + SHOWN_MS };
      });
      await this.#kept.put("codes", this.#batch);
    } finally {
      this.#fetching = false;
    }
  }

  async #certify(body) {
    const granted = await this.#kept.ask("PUT", "/card/device", body);
    localStorage.setItem(LAST_DEVICE, granted.device);
    return granted;
  }
}
