/** What a till redeemed without a connection: signed and numbered slips, kept until they are sent. */

import { arrived, counted, NotOffline, overFloor, tallyAt } from "./floor.js";
import { offMinorOf, seenOf, written } from "./slip.js";
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

export { NotOffline };

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
    // Some browsers ask the person, and the answer may never come: nobody waits for it.
    navigator.storage?.persist?.().catch(() => {});
    return new Queue(store, { merchantId, tillId });
  }

  /**
   * Redeem without a connection. Kept, and on disk, once this returns; again, it is the same slip.
   * @param {import("./slip.js").Redemption} redemption
   * @param {import("./floor.js").Sync} sync
   * @returns {Promise<import("./slip.js").Slip>}
   * @throws {NotOffline}
   */
  take(redemption, sync) {
    return this.alone("numbers", async () => {
      const { redemptionId, jti, at } = redemption;
      const taken = (await this.pending()).find((slip) => slip.redemptionId === redemptionId);
      if (taken) return taken;
      if (jti && (await this.hasSeen(jti))) throw new NotOffline("seen");
      const offMinor = offMinorOf(redemption.given);
      const before = await this.#given();
      const problem = overFloor(before, sync, { offMinor, at });
      if (problem) throw new NotOffline(problem);
      const slip = await this.#signed(redemption, sync.mark);
      const given = counted(before, { number: slip.number, offMinor, at });
      await this.#store.turn(["slips", "seen", "kept"], async (turn) => {
        await turn.put("slips", slip);
        await turn.put("kept", slip.number, "highest");
        await turn.put("kept", given, "given");
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

  /** @returns {Promise<import("./floor.js").Tally>} what counts against the limits at a time */
  async tally(at) {
    return tallyAt(await this.#given(), at);
  }

  /** @returns {Promise<import("./slip.js").Slip[]>} what is still to be sent */
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
    await this.#store.turn(["slips", "results", "kept"], async (turn) => {
      await turn.put("results", { ...answer, number });
      await turn.remove("slips", number);
      const given = (await turn.get("kept", "given")) ?? [];
      await turn.put("kept", arrived(given, number, Date.parse(answer.arrived_at)), "given");
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

  async #given() {
    return (await this.#store.get("kept", "given")) ?? [];
  }

  async #signed(redemption, mark) {
    const number = ((await this.#store.get("kept", "highest")) ?? 0) + 1;
    const sealed = await this.#signer.sealed("hongka late 1", written(redemption, number, mark));
    return { number, redemptionId: redemption.redemptionId, ...sealed };
  }
}
