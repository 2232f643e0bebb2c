/** A claim that gets its answer: kept before it is sent, sent under one id until it is answered. */

import { alone } from "../alone.js";
import { Proof } from "./challenge.js";
import { pauseAfter } from "./pause.js";

const ONLINE_AGAIN_MS = 5_000;
const ANSWER_MS = 8_000;
const PREPARE_EVERY_MS = 10_000;
const ID_BYTES = 12;

/** The claims of a member in one drop, one at a time. */
export class Claiming {
  #kept;
  #clock;
  #drop;
  #onState;
  #proof;
  #prepareAgain = 0;

  /**
   * @param {object} by
   * @param {import("./kept.js").Kept} by.kept
   * @param {import("../clock.js").Clock} by.clock
   * @param {{drop: string, challenge: boolean}} by.drop
   * @param {(state: {phase: string, tries: number}) => void} by.onState
   */
  constructor({ kept, clock, drop, onState }) {
    this.#kept = kept;
    this.#clock = clock;
    this.#drop = drop.drop;
    this.#onState = onState;
    this.#proof = drop.challenge ? new Proof(kept, drop.drop) : null;
  }

  /** Work out ahead what the drop asks of whoever claims. */
  async prepare() {
    const now = this.#clock.now();
    if (now < this.#prepareAgain) return;
    this.#prepareAgain = now + PREPARE_EVERY_MS;
    await this.#proof?.ready(now).catch(() => {});
  }

  /** The claim that is on its way from before, if there is one. */
  async kept() {
    return (await this.#kept.get("claims"))?.[this.#drop] ?? null;
  }

  /**
   * Ask for a place, and go on asking until there is an answer.
   * @param {"claims" | "waiting"} verb
   * @param {{item: string, session: string, party: number}} body
   * @returns {Promise<object>} the answer
   * @throws {Problem} of asking.js: the answer is no
   */
  async begin(verb, body) {
    const bytes = crypto.getRandomValues(new Uint8Array(ID_BYTES));
    const id = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    const record = { id, verb, body };
    await this.#kept.putIn("claims", this.#drop, record);
    return this.goOn(record);
  }

  /** The same, of a claim that was kept. */
  goOn(record) {
    // Two tabs take turns: the later hears what the first was answered.
    return alone(`hongka-claim-${this.#drop}`, () => this.#insist(record));
  }

  async #insist(record) {
    for (let tries = 1; ; tries += 1) {
      try {
        const answer = await this.#send(record, tries);
        await this.#kept.putIn("claims", this.#drop, undefined);
        return answer;
      } catch (problem) {
        if (!problem.reason) throw problem;
        const by = { now: this.#clock.now(), random: Math.random() };
        const pause = pauseAfter(problem, tries, by);
        if (problem.reason === "challenge_needed") this.#proof?.forget();
        if (pause === null) {
          if (problem.status !== 401) await this.#kept.putIn("claims", this.#drop, undefined);
          throw problem;
        }
        const phase = problem.reason === "not_open_yet" ? "early" : "retrying";
        this.#onState({ phase: navigator.onLine ? phase : "offline", tries });
        await passed(pause);
      }
    }
  }

  async #send({ id, verb, body }, tries) {
    let challenge;
    if (this.#proof) {
      this.#onState({ phase: "proving", tries });
      challenge = await this.#proof.ready(this.#clock.now());
    }
    this.#onState({ phase: tries === 1 ? "sending" : "retrying", tries });
    const asked = challenge ? { ...body, challenge } : body;
    const path = `/drops/${this.#drop}/${verb}/${id}`;
    return this.#kept.ask("PUT", path, asked, { timeoutMs: ANSWER_MS });
  }
}

/** So much time went by, or the network came back. */
function passed(milliseconds) {
  return new Promise((resume) => {
    const timer = setTimeout(resume, navigator.onLine ? milliseconds : ONLINE_AGAIN_MS);
    addEventListener("online", () => {
      clearTimeout(timer);
      resume();
    }, { once: true });
  });
}
