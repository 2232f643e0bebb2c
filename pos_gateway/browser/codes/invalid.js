/** Why a scanned text is refused before anything else is asked. */

/**
 * As the server names them, and three of a till without a connection: `dead_card`, `dead_device`,
 * and `print_unknown` where it was not told of all dead printed numbers.
 * @typedef {"malformed" | "unknown_key" | "forged" | "expired" | "not_yet_valid" | "malleated" |
 *   "check_character" | "too_long" | "unsupported" | "is_a_ticket" | "dead_card" |
 *   "dead_device" | "print_unknown"} Problem
 */

/** The scan is not a code of ours that holds now. */
export class InvalidCode extends Error {
  /** @param {Problem} problem */
  constructor(problem) {
    super(problem);
    this.name = "InvalidCode";
    /** @type {Problem} */
    this.problem = problem;
  }
}
