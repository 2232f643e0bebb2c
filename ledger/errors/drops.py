"""Refusals about drops: claims, waiting lists, draws, tickets and proxies."""

from __future__ import annotations

from ledger.errors.base import Denied, Refusal


class DropUnknown(Refusal):
    """No such drop was announced."""


class DropAlreadyAnnounced(Refusal):
    """The drop id is taken by a drop with other terms."""


class DropAlreadyOpen(Refusal):
    """The drop is open: amend it with a reason instead of changing it."""


class DropClosed(Refusal):
    """The drop takes no more claims."""


class DropCancelled(Refusal):
    """The drop and its tickets were cancelled."""


class NotOpenYet(Refusal):
    """The drop opens at `opens_at`, by the ledger's clock."""


class NotInThisMode(Refusal):
    """The drop's mode, `mode`, does not allow this: for example a claim in a draw."""


class SessionUnknown(Refusal):
    """The drop has no such item, or the item has no such session."""


class PartyTooLarge(Refusal):
    """A ticket of this item admits at most `most` people."""


class SoldOut(Refusal):
    """The session has too few places left for the party; `elsewhere` lists sessions with places."""


class PlacesLeft(Refusal):
    """The session has `left` places, enough for the party: claim a ticket instead of waiting."""


class AlreadyClaimed(Refusal):
    """The member holds as many tickets of this drop as allowed; `ticket_id` is one of them."""


class HouseholdLimitReached(Refusal):
    """The household holds as many tickets of this drop as allowed."""


class AlreadyEntered(Refusal):
    """The member has entered this draw with entry `entry_id`."""


class NotEntered(Refusal):
    """The member has not entered this draw."""


class DrawFull(Refusal):
    """The draw has reached its largest number of entries."""


class AlreadyWaiting(Refusal):
    """The member is on the waiting list of this session."""


class WaitingElsewhere(Refusal):
    """The member is on `most` waiting lists of the drop, which is the largest number allowed."""


class NotWaiting(Refusal):
    """The member is not on the waiting list of this session."""


class WaitingListFull(Refusal):
    """The waiting list is full."""


class NoWaitingList(Refusal):
    """The drop has no waiting list, or none now: the session is over, or its draw is not done."""


class CapacityTaken(Refusal):
    """The new capacity is below the places already taken or offered: `taken`."""


class StillOpen(Refusal):
    """The drop takes entries until `closes_at`, so the list cannot be frozen yet."""


class NotFrozen(Refusal):
    """The list of entries is not frozen yet."""


class FrozenTooLate(Refusal):
    """The seed numbers came out before today: an officer who froze the list now would know them."""


class SeedNotYet(Refusal):
    """The seed numbers of `day` are not published yet."""


class SeedAlreadyFixed(Refusal):
    """Other seed numbers are already fixed."""


class SeedNotFixed(Refusal):
    """The seed numbers are not fixed yet."""


class TicketUnknown(Refusal):
    """The member holds no such ticket."""


class TicketNotChosen(Refusal):
    """The card holds several tickets that are valid here and now: `tickets`."""


class TicketReleased(Refusal):
    """The ticket was given back."""


class TicketUsed(Refusal):
    """The ticket is used up, or it cannot be given back since it was used, even in part."""


class TicketExhausted(Refusal):
    """The ticket admits only `left` more people."""


class TicketNotYet(Refusal):
    """The ticket is valid only from `starts_at`, when its session begins."""


class TicketOver(Refusal):
    """The session ended at `ends_at`."""


class TicketNotHere(Refusal):
    """This merchant does not accept the ticket; other merchants do."""


class ShowAsTicket(Refusal):
    """Show a ticket at the entrance or the counter; a ticket takes nothing off a price."""


class ReturnedTooOften(Refusal):
    """The member gave back `most` tickets of the drop, which is the largest number allowed."""


class ReturnsClosed(Refusal):
    """The ticket could be given back only before `returns_until`."""


class UseUnknown(Refusal):
    """No such admission or hand-over is on record."""


class UndoTooLate(Refusal):
    """A ticket use can be undone only within the hour."""


class UndoElsewhere(Refusal):
    """A ticket use can be undone only at the outlet of the use."""


class TooManyKeys(Refusal):
    """The member has as many API keys as allowed; end one first."""


class TooManyProxies(Refusal):
    """The member has named as many proxies as allowed; end one first."""


class NotAProxy(Denied):
    """The member has not named the caller as a proxy."""


class KeyEnded(Denied):
    """The member's API key is not live: it was ended or never made."""
