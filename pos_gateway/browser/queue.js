/** What a till redeemed without a connection: signed and numbered slips, kept until they are sent. */

import { counted, overFloor, tallySince } from "./floor.js";
import { Store } from "./store.js";
import { TillSigner } from "./till_key.js";

const DAY_MS = 24 * 60 * 60 * 1000;
const SHOWN_DAYS = 7;
const TABLES = {
  slips: { keyPath: "number" },
  results: { keyPath: "number" },
  seen: { keyPath: "jti" },
  kept: {},
};

/** The till may not redeem this by itself; `problem` says why: a limit, or `seen` before. */
export class NotOffline extends Error {
  /** @param {import("./floor.js").FloorProblem | "seen"} problem */
  constructor(problem) {
    super(problem);
    this.name = "NotOffline";
    this.problem = problem;
  }
}

/**
 * @typedef {object} Slip
 * @property {number} number 1, 2, 3 …, never twice
 * @property {string} redemptionId
 * @property {string} slip what was signed, to be sent as it is
 * @property {string} signature
 * @property {string} [problem] the reason for which the server did not take it
 */

/** The queue of one till in this browser; all its tabs share it. */
export class Queue {
  #store;
  #till;
  #signer;

  constructor(store, till) {
    this.#store = store;
    this.#till = till;
    this.#signer = new TillSigner(store, till);
  }

  /**
   * @param {{merchantId: string, tillId: string}} till
   * @returns {Promise<Queue>}
   * @throws {DOMException} where the browser keeps nothing: such a till redeems nothing offline
   */
  static async open({ merchantId, tillId }) {
    const store = await Store.open(`hongka-till-${merchantId}-${tillId}`, TABLES);
    await navigator.storage?.persist?.();
    return new Queue(store, { merchantId, tillId });
  }

  /**
   * Redeem without a connection. Kept, and on disk, once this returns.
   * @param {object} redemption
   * @param {string} redemption.redemptionId that of a live attempt without an answer, or a new one
   * @param {string} redemption.code as scanned or typed
   * @param {string} [redemption.jti] the code's own id; it is taken once
   * @param {number} [redemption.expiresAt] how long the code could be shown again
   * @param {number} redemption.amountMinor
   * @param {string | null} [redemption.category]
   * @param {Array<{choice: string, merchant_share_minor: number, union_share_minor: number}>}
   *   redemption.given
   * @param {string} [redemption.cashierId]
   * @param {number} redemption.at server time of the scan, in milliseconds
   * @param {import("./floor.js").Sync} sync
   * @returns {Promise<Slip>}
   * @throws {NotOffline}
   */
  take(redemption, sync) {
    return this.alone("numbers", async () => {
      const { jti, at, given } = redemption;
      if (jti && (await this.#store.get("seen", jti))) throw new NotOffline("seen");
      const offMinor = given.reduce(
        (sum, line) => sum + line.merchant_share_minor + line.union_share_minor,
        0,
      );
      const before = await this.#store.get("kept", "tally");
      const problem = overFloor(before, sync, { offMinor, at });
      if (problem) throw new NotOffline(problem);
      const slip = await this.#signed(redemption, sync.mark);
      const tally = counted(tallySince(before, sync.mark), offMinor);
      await this.#store.turn(["slips", "seen", "kept"], async (turn) => {
        await turn.put("slips", slip);
        await turn.put("kept", slip.number, "highest");
        await turn.put("kept", tally, "tally");
        if (jti) await turn.put("seen", seenOf(redemption));
      });
      return slip;
    });
  }

  /** Remember a code that was redeemed live: it must not be redeemed again offline. */
  async saw({ jti, at, expiresAt }) {
    if (jti) await this.#store.put("seen", seenOf({ jti, at, expiresAt }));
  }

  /** @returns {Promise<boolean>} whether this till took the code before */
  async hasSeen(jti) {
    return (await this.#store.get("seen", jti)) !== undefined;
  }

  /** @returns {Promise<import("./floor.js").Tally>} what counts against the limits since a mark */
  async tally(mark) {
    return tallySince(await this.#store.get("kept", "tally"), mark);
  }

  /** @returns {Promise<Slip[]>} what is still to be sent */
  pending() {
    return this.#store.all("slips");
  }

  /** @returns {Promise<object[]>} what the server said to each slip, until dismissed */
  results() {
    return this.#store.all("results");
  }

  /** @returns {Promise<number[]>} numbers the server never saw, as of the last count */
  async missing() {
    return (await this.#store.get("kept", "count"))?.missing ?? [];
  }

  /** The cashier has read what became of a slip. */
  dismiss(number) {
    return this.#store.remove("results", number);
  }

  /** Forget codes that cannot be shown again, and results that were accepted a week ago. */
  async tidy(now) {
    await this.#store.turn(["seen", "results"], async (turn) => {
      for (const { jti, until } of await turn.all("seen")) {
        if (now > until) await turn.remove("seen", jti);
      }
      for (const { number, outcome, scanned_at: scannedAt } of await turn.all("results")) {
        const isOld = now > Date.parse(scannedAt) + SHOWN_DAYS * DAY_MS;
        if (isOld && outcome === "accepted") await turn.remove("results", number);
      }
    });
  }
  /**
   * Do something while no other tab does it.
   * @template T
   * @param {string} what
   * @param {(lock: Lock | null) => Promise<T>} work
   * @param {LockOptions} [options]
   * @returns {Promise<T>}
   */
  alone(what, work, options = {}) {
    const { merchantId, tillId } = this.#till;
    return navigator.locks.request(`hongka-${what}-${merchantId}-${tillId}`, options, work);
  }

  /** @returns {Promise<{key: string, signature: string}>} what the server must know to verify */
  introduction() {
    return this.#signer.introduction();
  }

  /** The server knows of slips up to this number: never use one of them again. */
  async goOnAfter(highest) {
    await this.alone("numbers", () =>
      this.#store.turn(["kept"], async (turn) => {
        const own = (await turn.get("kept", "highest")) ?? 0;
        await turn.put("kept", Math.max(own, highest), "highest");
      }),
    );
  }

  /** The server answered a slip: it is sent, and the answer is kept to be shown. */
  async settle(number, answer) {
    await this.#store.turn(["slips", "results"], async (turn) => {
      await turn.put("results", { ...answer, number });
      await turn.remove("slips", number);
    });
  }

  /** The server did not take a slip: it stays, with the reason. */
  async keepWithProblem(slip, problem) {
    await this.#store.put("slips", { ...slip, problem });
  }

  /**
   * How many slips there were, signed; null where the server was told already.
   * @returns {Promise<{highest: number, slip: string, signature: string} | null>}
   */
  async count() {
    const highest = (await this.#store.get("kept", "highest")) ?? 0;
    const told = (await this.#store.get("kept", "count"))?.highest ?? 0;
    if (highest === told) return null;
    return { highest, ...(await this.#signer.sealed("hongka count 1", { highest })) };
  }

  /** The server was told the count, and which numbers it never saw. */
  async setCount(highest, missing) {
    await this.#store.put("kept", { highest, missing }, "count");
  }

  async #signed(redemption, mark) {
    const { redemptionId, code, amountMinor, category, given, at, cashierId } = redemption;
    const number = ((await this.#store.get("kept", "highest")) ?? 0) + 1;
    const sealed = await this.#signer.sealed("hongka late 1", {
      redemption_id: redemptionId,
      number,
      code,
      amount_minor: amountMinor,
      category: category ?? null,
      given,
      scanned_at: new Date(at).toISOString(),
      mark,
      cashier_id: cashierId ?? "",
    });
    return { number, redemptionId, ...sealed };
  }
}

/** How long a code is remembered: a day, or as long as it can be shown, whichever is longer. */
function seenOf({ jti, at, expiresAt = at }) {
  return { jti, until: Math.max(at, expiresAt) + DAY_MS };
}
