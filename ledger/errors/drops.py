"""What is refused in drops: claims, waiting lists, draws, tickets, and who may act for whom."""

from __future__ import annotations

from ledger.errors.base import Denied, Refusal


class DropUnknown(Refusal):
    """No such drop was announced."""


class DropAlreadyAnnounced(Refusal):
    """The drop id is taken."""


class DropAlreadyOpen(Refusal):
    """Once open, a drop is amended, with a reason; it is not changed."""


class DropClosed(Refusal):
    """The drop takes no more claims."""


class DropCancelled(Refusal):
    """The drop was called off, and its tickets with it."""


class NotOpenYet(Refusal):
    """The drop opens at `opens_at`, by the clock of the ledger."""


class NotInThisMode(Refusal):
    """The drop is of another mode: `mode` says which."""


class SessionUnknown(Refusal):
    """The drop has no such item, or the item no such session."""


class PartyTooLarge(Refusal):
    """A ticket of this item admits fewer people: `most`."""


class SoldOut(Refusal):
    """Nothing is left of this item and session for a party of this size."""


class PlacesLeft(Refusal):
    """There is no need to wait: places are left."""


class AlreadyClaimed(Refusal):
    """The member holds as many tickets of this drop as one may: `ticket_id` is one."""


class HouseholdLimitReached(Refusal):
    """The household holds as many tickets of this drop as one may."""


class AlreadyEntered(Refusal):
    """The member has entered this draw: `entry_id` says as what."""


class NotEntered(Refusal):
    """The member has not entered this draw."""


class DrawFull(Refusal):
    """The draw holds as many entries as can be drawn from."""


class AlreadyWaiting(Refusal):
    """The member stands on the waiting list of this session."""


class WaitingElsewhere(Refusal):
    """The member waits for as many sessions of the drop as one may: `most`."""


class NotWaiting(Refusal):
    """The member stands on no waiting list of this session."""


class WaitingListFull(Refusal):
    """As many wait as may."""


class NoWaitingList(Refusal):
    """The drop keeps no waiting list."""


class CapacityTaken(Refusal):
    """More is taken of a session than the new capacity would leave: `taken`."""


class StillOpen(Refusal):
    """The drop takes entries until `closes_at`."""


class NotFrozen(Refusal):
    """The list of entries is not frozen yet."""


class FrozenTooLate(Refusal):
    """The day of the numbers is past: whoever froze the list now would know them."""


class SeedNotYet(Refusal):
    """The numbers of `day` decide: they are not out yet."""


class SeedAlreadyFixed(Refusal):
    """Other numbers were fixed."""


class SeedNotFixed(Refusal):
    """The numbers that decide were not fixed yet."""


class TicketUnknown(Refusal):
    """The member holds no such ticket."""


class TicketNotChosen(Refusal):
    """The card holds several tickets that are good here and now: `tickets`."""


class TicketReleased(Refusal):
    """The ticket was given back."""


class TicketUsed(Refusal):
    """Somebody was admitted on the ticket, or the goods were handed over."""


class TicketExhausted(Refusal):
    """The ticket admits fewer people than stand here: `left`."""


class TicketNotYet(Refusal):
    """The session begins at `starts_at`."""


class TicketOver(Refusal):
    """The session ended at `ends_at`."""


class TicketNotHere(Refusal):
    """The ticket is honoured at other merchants."""


class ShowAsTicket(Refusal):
    """A ticket is shown at the entrance or the counter; it takes nothing off a price."""


class ReturnedTooOften(Refusal):
    """The member gave back as many tickets of the drop as one may: `most`."""


class ReturnsClosed(Refusal):
    """Tickets could be given back until `returns_until`."""


class UseUnknown(Refusal):
    """No such admission or hand-over is on record."""


class UndoTooLate(Refusal):
    """An admission or a hand-over is undone within the hour."""


class UndoElsewhere(Refusal):
    """An admission or a hand-over is undone at the outlet where it happened."""


class TooManyKeys(Refusal):
    """The member has as many keys as one may; end one first."""


class TooManyProxies(Refusal):
    """The member has named as many proxies as one may; end one first."""


class NotAProxy(Denied):
    """The member has not named who acts for them."""


class KeyEnded(Denied):
    """The member's key was ended."""
