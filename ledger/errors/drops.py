"""Refusals about drops: claims, waiting lists, draws, tickets and proxies."""

from ledger.errors.base import Denied, Refusal


class DropUnknown(Refusal):
    """No such drop was announced."""


class DropAlreadyAnnounced(Refusal):
    """The drop id is taken by a drop with other terms."""


class DropAlreadyOpen(Refusal):
    """The drop has opened, and maybe closed: amend it with a reason instead of changing it."""


class DropClosed(Refusal):
    """The drop has closed: it takes no claims or draw entries, and entries can't be withdrawn."""


class DropCancelled(Refusal):
    """The drop was cancelled, so its tickets are void."""


class NotOpenYet(Refusal):
    """The drop opens at `opens_at` (ISO 8601), by the ledger's clock."""


class NotInThisMode(Refusal):
    """The drop's `mode` rules this out: for example a claim in a draw."""


class SessionUnknown(Refusal):
    """The drop has no such item, or the item has no such session."""


class PartyTooLarge(Refusal):
    """The party is not 1 to `most` people, which one ticket of this item admits."""


class SoldOut(Refusal):
    """The session has too few places left for the party, though maybe some.

    `elsewhere` lists the drop's sessions that have places left, with their number. `waiting`
    members are on the waiting list, which holds at most `waiting_max`; an allotment gives neither.
    """


class PlacesLeft(Refusal):
    """The session has `left` places, enough for the party: claim a ticket instead of waiting."""


class AlreadyClaimed(Refusal):
    """The member holds as many tickets of this drop as allowed; `ticket_id` is the latest."""


class HouseholdLimitReached(Refusal):
    """The household has `most` tickets of this drop, its entries in a running draw counted too."""


class AlreadyEntered(Refusal):
    """The member has entered this draw; the entry is published as `entry_id`."""


class NotEntered(Refusal):
    """The member has not entered this draw."""


class DrawFull(Refusal):
    """The draw has `most` entries, as many as can be drawn from."""


class AlreadyWaiting(Refusal):
    """The member is on the waiting list of this session."""


class WaitingElsewhere(Refusal):
    """The member waits for `most` sessions of the drop, which is the largest number allowed."""


class NotWaiting(Refusal):
    """The member is not on the waiting list of this session."""


class WaitingListFull(Refusal):
    """The waiting list of the session holds `most` members, as many as the drop allows."""


class NoWaitingList(Refusal):
    """The drop has no waiting list, or none now: the session is over, or its draw is not done."""


class CapacityTaken(Refusal):
    """The new capacity of session `slot` is below `taken`, its places that are taken or offered."""


class StillOpen(Refusal):
    """The draw has not closed yet (it does at `closes_at`), so its list cannot be frozen."""


class NotFrozen(Refusal):
    """The list of the draw's entries is not frozen yet."""


class FrozenTooLate(Refusal):
    """The day of the seed numbers is past: an officer who froze the list now would know them."""


class SeedNotYet(Refusal):
    """The seed numbers come out on `day` (ISO 8601), which has not come."""


class SeedAlreadyFixed(Refusal):
    """Other seed numbers of the draw are already recorded."""


class SeedNotFixed(Refusal):
    """The seed numbers of the draw are not recorded yet."""


class TicketUnknown(Refusal):
    """The member has no such ticket or, where the till named none, none valid here and now."""


class TicketNotChosen(Refusal):
    """The member holds several tickets that are valid here and now: the till must name one.

    `tickets` lists each one's id (`ticket`), `title`, and people it still admits (`left`).
    """


class TicketReleased(Refusal):
    """The ticket was given back, so it cannot be used."""


class TicketUsed(Refusal):
    """The ticket is used up; or it was used, maybe in part, and so cannot be given back."""


class TicketExhausted(Refusal):
    """The ticket admits only `left` more people."""


class TicketNotYet(Refusal):
    """The ticket is valid only from `starts_at` (ISO 8601), when its session begins."""


class TicketOver(Refusal):
    """The session ended at `ends_at` (ISO 8601): its tickets are neither given out nor used."""


class TicketNotHere(Refusal):
    """This merchant does not accept the ticket; the merchants that its item names do."""


class ShowAsTicket(Refusal):
    """A ticket is shown to be used: it takes nothing off a price, and no officer withdraws it."""


class ReturnedTooOften(Refusal):
    """The member gave back `most` tickets of the drop, and so gets no more tickets of it."""


class ReturnsClosed(Refusal):
    """The ticket could be given back only before `returns_until` (ISO 8601)."""


class UseUnknown(Refusal):
    """No such ticket use (an admission, or goods handed over) is on record."""


class UndoTooLate(Refusal):
    """A ticket use can be undone only within one hour."""


class UndoElsewhere(Refusal):
    """A ticket use can be undone only at the outlet where the ticket was used."""


class TooManyKeys(Refusal):
    """The member has as many live API keys as allowed; end one first."""


class TooManyProxies(Refusal):
    """The member has named as many proxies (who act for the member) as allowed; end one first."""


class NotAProxy(Denied):
    """The member is not registered, or has not named the caller as a proxy."""


class KeyEnded(Denied):
    """The API key that the caller signed in with is not live: it was ended or never made."""
