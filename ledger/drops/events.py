"""The events of a drop."""

from datetime import datetime

from ledger.drops.terms import Plan, slot_name
from ledger.event import Event, stream_namer, topic

CATEGORY = "drop"
stream = stream_namer(CATEGORY)


class _DropEvent(Event, frozen=True, kw_only=True):
    STREAM = (CATEGORY, "drop_id")

    drop_id: str


class _SlotEvent(_DropEvent, frozen=True, kw_only=True):
    item_id: str
    session_id: str
    member_id: str

    @property
    def slot(self) -> str:
        """The slot name of the session: `item_id/session_id`."""
        return slot_name(self.item_id, self.session_id)


@topic("drop.announced", "公布抢票活动", "Drop announced")
class Announced(_DropEvent, frozen=True, kw_only=True):
    """A drop was announced with these terms."""

    plan: Plan


@topic("drop.changed", "开抢前改动活动", "Drop changed")
class Changed(_DropEvent, frozen=True, kw_only=True):
    """The drop has these terms from now on; it was not open yet."""

    plan: Plan


@topic("drop.amended", "开抢后改动活动", "Drop amended while open")
class Amended(_DropEvent, frozen=True, kw_only=True):
    """The drop has these terms from now on; it had opened, and members can read the `reason`."""

    plan: Plan
    reason: str


@topic("drop.opened", "开抢", "Drop opened")
class Opened(_DropEvent, frozen=True, kw_only=True):
    """The drop opened at its announced time, for claims or entries; recorded then or later."""


@topic("drop.closed", "活动结束", "Drop closed")
class Closed(_DropEvent, frozen=True, kw_only=True):
    """The drop closed; `reason` is set where an officer closed it early, else empty."""

    reason: str = ""


@topic("drop.cancelled", "取消抢票活动", "Drop called off")
class Cancelled(_DropEvent, frozen=True, kw_only=True):
    """The drop was cancelled for a `reason` that members can read; its tickets are void."""

    reason: str


@topic("drop.claimed", "抢到票", "Ticket claimed")
class Claimed(_SlotEvent, frozen=True, kw_only=True):
    """A member got the `number`-th ticket of the drop, for a `party` that takes `places`.

    `claimed_by` is the id of the proxy or officer who acted for the member (empty: the member).
    `entry` is the published number of the winning entry of a draw (None: no draw).
    """

    ticket_id: str
    claim_id: str
    number: int
    party: int
    places: int
    claimed_by: str = ""
    entry: int | None = None


@topic("drop.released", "退票", "Ticket given back")
class Released(_SlotEvent, frozen=True, kw_only=True):
    """A member gave a ticket back, and its `places` became free."""

    ticket_id: str
    places: int


@topic("drop.joined", "加入候补", "Waiting list joined")
class Joined(_SlotEvent, frozen=True, kw_only=True):
    """A member joined a session's waiting list as the drop's `number`-th (from 1), for `places`."""

    number: int
    party: int
    places: int


@topic("drop.left", "退出候补", "Waiting list left")
class Left(_SlotEvent, frozen=True, kw_only=True):
    """A member left the waiting list of a session, and gave up the places offered, if any."""


@topic("drop.offered", "为候补保留名额", "Place kept for the next")
class Offered(_SlotEvent, frozen=True, kw_only=True):
    """A waiting member was offered the places wanted, kept from `since` until `until`."""

    since: datetime
    until: datetime


@topic("drop.offer_lapsed", "候补保留到期", "Kept place lapsed")
class OfferLapsed(_SlotEvent, frozen=True, kw_only=True):
    """A member did not take the offered places in time and was removed from the waiting list."""


@topic("drop.entered", "参加摇号", "Draw entered")
class Entered(_SlotEvent, frozen=True, kw_only=True):
    """A member entered the draw, the `number`-th to do so (from 1), with `weight` lots (1 or 2).

    The `number` of the published list may be less: it skips withdrawn entries; and its lots are one
    each where the weights of all come to more than 65,535. `household_id` is
    set where the drop limits households: the household counts the entry. `claimed_by` is the id of
    the proxy or officer who acted; empty for the member.
    """

    entry_id: str
    number: int
    party: int
    places: int
    weight: int
    claimed_by: str = ""
    household_id: str = ""


@topic("drop.entry_withdrawn", "退出摇号", "Draw entry withdrawn")
class EntryWithdrawn(_SlotEvent, frozen=True, kw_only=True):
    """A member withdrew their entry from the draw."""

    entry_id: str


@topic("drop.frozen", "摇号名单封存", "List of entries frozen")
class Frozen(_DropEvent, frozen=True, kw_only=True):
    """The list of entries was frozen: the number of entries, and the SHA-256 (hex) of their text.

    `places` holds the places to draw for: item, session, number.
    """

    entries: int
    sha256: str
    places: tuple[tuple[str, str, int], ...]


@topic("drop.seed_fixed", "公布摇号种子", "Seed of the draw fixed")
class SeedFixed(_DropEvent, frozen=True, kw_only=True):
    """The published seed numbers were recorded: those of each source, in announced order."""

    numbers: tuple[tuple[int, ...], ...]


@topic("drop.drawn", "摇号结果", "Draw made")
class Drawn(_DropEvent, frozen=True, kw_only=True):
    """The draw is done: each of the `winners` (a number) has a ticket."""

    winners: int


PlanEvent = Announced | Changed | Amended
SlotEvent = Released | Joined | Left | Offered | OfferLapsed
DrawEvent = Entered | EntryWithdrawn | Frozen | SeedFixed | Drawn
DropEvent = PlanEvent | Opened | Closed | Cancelled | Claimed | SlotEvent | DrawEvent
