"""What may happen to a drop."""

from __future__ import annotations

from datetime import datetime

from ledger.drops.terms import Plan, slot_name
from ledger.event import Event, topic

CATEGORY = "drop"


class _DropEvent(Event, frozen=True, kw_only=True):
    drop_id: str

    @property
    def stream(self) -> str:
        return f"{CATEGORY}-{self.drop_id}"


class _SlotEvent(_DropEvent, frozen=True, kw_only=True):
    item_id: str
    session_id: str
    member_id: str

    @property
    def slot(self) -> str:
        """The name of the slot it is about."""
        return slot_name(self.item_id, self.session_id)


@topic("drop.announced")
class Announced(_DropEvent, frozen=True, kw_only=True):
    """There will be a drop, on these terms."""

    plan: Plan


@topic("drop.changed")
class Changed(_DropEvent, frozen=True, kw_only=True):
    """Before it opened the drop was given other terms."""

    plan: Plan


@topic("drop.amended")
class Amended(_DropEvent, frozen=True, kw_only=True):
    """Once open the drop was given other terms, for this reason."""

    plan: Plan
    reason: str


@topic("drop.opened")
class Opened(_DropEvent, frozen=True, kw_only=True):
    """Its instant has come."""


@topic("drop.closed")
class Closed(_DropEvent, frozen=True, kw_only=True):
    """It takes no more claims; `reason` is given where it was closed before its time."""

    reason: str = ""


@topic("drop.cancelled")
class Cancelled(_DropEvent, frozen=True, kw_only=True):
    """It was called off; its tickets are worth nothing."""

    reason: str


@topic("drop.claimed")
class Claimed(_SlotEvent, frozen=True, kw_only=True):
    """A member has a ticket: the `number`-th of the drop, for a `party`, taking so many `places`.

    `claimed_by` is the member or officer who acted for the member, if another; `entry`, of a draw,
    the number of the entry that won.
    """

    ticket_id: str
    claim_id: str
    number: int
    party: int
    places: int
    claimed_by: str = ""
    entry: int | None = None


@topic("drop.released")
class Released(_SlotEvent, frozen=True, kw_only=True):
    """A ticket was given back, and so its places."""

    ticket_id: str
    places: int


@topic("drop.joined")
class Joined(_SlotEvent, frozen=True, kw_only=True):
    """A member waits for places, as the `number`-th who ever did."""

    number: int
    party: int
    places: int


@topic("drop.left")
class Left(_SlotEvent, frozen=True, kw_only=True):
    """A member waits no longer."""


@topic("drop.offered")
class Offered(_SlotEvent, frozen=True, kw_only=True):
    """Places are kept for whom they fit first, until an instant."""

    since: datetime
    until: datetime


@topic("drop.offer_lapsed")
class OfferLapsed(_SlotEvent, frozen=True, kw_only=True):
    """The places were not taken in time: they go to the next, and this member waits no longer."""


@topic("drop.entered")
class Entered(_SlotEvent, frozen=True, kw_only=True):
    """A member takes part in the draw, with `weight` lots.

    `household_id` is given where the drop sets a limit for households: it is counted there.
    """

    entry_id: str
    number: int
    party: int
    places: int
    weight: int
    claimed_by: str = ""
    household_id: str = ""


@topic("drop.entry_withdrawn")
class EntryWithdrawn(_SlotEvent, frozen=True, kw_only=True):
    """A member takes part no longer."""

    entry_id: str


@topic("drop.frozen")
class Frozen(_DropEvent, frozen=True, kw_only=True):
    """The list of entries is complete: this many, of this SHA-256.

    `places` are those they are drawn for: item, session, how many.
    """

    entries: int
    sha256: str
    places: tuple[tuple[str, str, int], ...]


@topic("drop.seed_fixed")
class SeedFixed(_DropEvent, frozen=True, kw_only=True):
    """The numbers that decide were published, source by source."""

    numbers: tuple[tuple[int, ...], ...]


@topic("drop.drawn")
class Drawn(_DropEvent, frozen=True, kw_only=True):
    """Every winner has a ticket."""

    winners: int


DropEvent = (
    Announced
    | Changed
    | Amended
    | Opened
    | Closed
    | Cancelled
    | Claimed
    | Released
    | Joined
    | Left
    | Offered
    | OfferLapsed
    | Entered
    | EntryWithdrawn
    | Frozen
    | SeedFixed
    | Drawn
)
