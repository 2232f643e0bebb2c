/** What a member's phone keeps so that pages open without a network; none of it is another's. */

import { ask } from "../asking.js";
import { CardDevice } from "../codes/device.js";
import { Store } from "../store.js";

const NAMES = ["card", "codes", "saved", "benefits", "tickets", "ticket_codes", "family"];
const CLAIMS = "claims"; // outlives a session that ran out: a claim may be on its way

/** Where the id of the key this phone signed with last is kept, in localStorage. */
export const LAST_DEVICE = "hongka.device";

/** Values by name: `card`, `tickets` and so on. */
export class Kept {
  #store;

  constructor(store) {
    this.#store = store;
  }

  /**
   * What is kept of this member; of another, nothing is any more.
   * @param {string} member
   * @returns {Promise<Kept>}
   */
  static async open(member) {
    const kept = await Kept.ofAnybody();
    if ((await kept.get("owner")) !== member) {
      await kept.forget();
      await kept.remove(CLAIMS);
      localStorage.removeItem(LAST_DEVICE);
      await kept.put("owner", member);
    }
    return kept;
  }

  /** What is kept, whoever's it is. */
  static async ofAnybody() {
    return new Kept(await Store.open("hongka-member", { kept: {} }).catch(() => inMemory()));
  }

  get(name) {
    return this.#store.get("kept", name);
  }

  /** @returns {Promise<void>} once it is on disk */
  put(name, value) {
    return this.#store.put("kept", value, name);
  }

  remove(name) {
    return this.#store.remove("kept", name);
  }

  /** Change one value of many under a name, even while another tab changes another. */
  async putIn(name, key, value) {
    await this.#store.turn(["kept"], async (turn) => {
      const all = { ...(await turn.get("kept", name)), [key]: value };
      if (value === undefined) delete all[key];
      await turn.put("kept", all, name);
    });
  }

  /** Keep nothing of the member any more, nor the key of the phone; but a claim on its way. */
  async forget() {
    for (const name of NAMES) await this.remove(name);
    const device = await CardDevice.open().catch(() => null);
    await device?.forget();
  }

  /**
   * Ask as the member; once nobody is signed in, forget and go where one signs in.
   * @throws {Problem} of asking.js
   */
  async ask(method, path, body, options) {
    try {
      return await ask(method, path, body, options);
    } catch (problem) {
      if (problem.status === 401) {
        await this.forget();
        location.assign(`/card/sign-in?next=${encodeURIComponent(location.pathname)}`);
      }
      throw problem;
    }
  }
}

/** A store for browsers that keep nothing. */
function inMemory() {
  const values = new Map();
  const steps = {
    get: async (_table, key) => values.get(key),
    put: async (_table, value, key) => void values.set(key, value),
    remove: async (_table, key) => void values.delete(key),
  };
  return { ...steps, turn: async (_tables, work) => work(steps) };
}
