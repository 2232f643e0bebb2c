/** What is true of a drop at this moment, and what the one big button does; it is decided here. */

const SOON_MS = 10_000;
const HAD = new Set(["held", "used"]);

/**
 * @typedef {object} Moment
 * @property {object} drop as GET /drops/{id} tells of it
 * @property {number} now server time
 * @property {{item: string, session: string} | null} chosen
 * @property {number} party
 * @property {{tickets: object[], waiting: object[], entries: object[]} | null} mine of this drop
 * @property {boolean} asking whether a claim is on its way
 *
 * @typedef {object} Truth
 * @property {string} name
 * @property {"claims" | "waiting" | "ticket" | null} act what pressing does
 * @property {object} [ticket] the member's
 * @property {object} [wait] the member's
 * @property {object} [entry] the member's
 */

/** @param {Moment} moment @returns {Truth} */
export function truthOf(moment) {
  const { drop, asking } = moment;
  if (asking) return { name: "asking", act: null };
  if (drop.status === "cancelled") return { name: "cancelled", act: null };
  return had(moment) ?? (drop.mode === "draw" ? byLot(moment) : firstCome(moment));
}

/** How many places a party takes of a session, and whether they are left. */
export function fits({ drop, chosen, party }) {
  const { item, session } = placeOf(drop, chosen);
  return session.left >= (item.by_person ? party : 1);
}

/** The item and the session of a choice. */
export function placeOf(drop, { item: itemId, session: sessionId }) {
  const item = drop.items.find((one) => one.item === itemId);
  return { item, session: item.sessions.find((one) => one.session === sessionId) };
}

function had({ drop, mine }) {
  if (!mine) return null;
  const wait = mine.waiting.find((one) => one.offered_until);
  if (wait) return { name: "offered", act: "claims", wait };
  const tickets = mine.tickets.filter(({ status }) => HAD.has(status));
  const [ticket] = tickets;
  if (tickets.length >= drop.per_member) return { name: "yours", act: "ticket", ticket };
  if (drop.mode !== "allotment") return null;
  return ticket ? { name: "yours", act: "ticket", ticket } : { name: "given_out", act: null };
}

function byLot(moment) {
  const { drop, now, mine, chosen } = moment;
  if (now < Date.parse(drop.opens_at)) return notYet(moment);
  const [entry] = mine?.entries ?? [];
  const open = now < Date.parse(drop.closes_at) && drop.status !== "closed";
  if (entry && !drop.drawn) return { name: open ? "entered" : "to_be_drawn", act: null, entry };
  if (open) return { name: chosen ? "enter" : "choose", act: chosen && "claims" };
  if (!drop.drawn) return { name: "closed", act: null };
  const wait = waitingFor(moment);
  if (wait) return { name: "in_line", act: null, wait };
  if (chosen && hasRoom(moment)) return { name: "not_drawn", act: "waiting" };
  return { name: "not_drawn", act: null };
}

function firstCome(moment) {
  const { drop, now, chosen } = moment;
  if (drop.mode === "allotment") return { name: "given_out", act: null };
  if (now < Date.parse(drop.opens_at)) return notYet(moment);
  const wait = waitingFor(moment);
  if (drop.status === "closed" || now >= Date.parse(drop.closes_at)) {
    return wait ? { name: "in_line", act: null, wait } : { name: "closed", act: null };
  }
  if (chosen && fits(moment)) return { name: "open", act: "claims" };
  if (wait) return { name: "in_line", act: null, wait };
  if (!chosen) return { name: isEmpty(drop) ? "all_gone" : "choose", act: null };
  if (hasRoom(moment)) return { name: "sold_out_wait", act: "waiting" };
  return { name: "sold_out", act: null };
}

function notYet({ drop, now }) {
  const soon = Date.parse(drop.opens_at) - now <= SOON_MS;
  return { name: soon ? "opening" : "not_yet", act: null };
}

/** The member's wait for what is chosen; where nothing is, any. */
function waitingFor({ mine, chosen }) {
  const waits = mine?.waiting ?? [];
  if (!chosen) return waits[0];
  return waits.find(({ item, session }) => item === chosen.item && session === chosen.session);
}

function hasRoom({ drop, chosen }) {
  return placeOf(drop, chosen).session.waiting < drop.waiting_max;
}

function isEmpty({ items }) {
  return items.every(({ sessions }) => sessions.every(({ left }) => left === 0));
}
