"""The state of a drop, and how each event changes it.

The state counts tickets and does not hold them: tickets are grants of their members. So the cost of
a claim does not depend on earlier claims. Only waiting members and draw entries are held by name,
and both are bounded.
"""

from bisect import bisect_left, insort
from datetime import datetime
from enum import StrEnum
from typing import assert_never

import msgspec
from immutables import Map

from ledger.drops import events
from ledger.drops.terms import Plan


class Status(StrEnum):
    """The status of a drop; NONE means that it was never announced."""

    NONE = "none"
    ANNOUNCED = "announced"
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Waiting(msgspec.Struct, frozen=True):
    """A waiting-list entry: queue number in the drop, party, places it needs, and its offer.

    An offer of the places is held until before `until`; None means that there is no offer.
    """

    number: int
    party: int
    places: int
    until: datetime | None = None


class Slot(msgspec.Struct, frozen=True, dict=True):
    """The places of one session: taken, offered (`kept`), and the waiting list by member id.

    `queue` names the members without an offer by their number, and `offers` holds the others by the
    instant their offer lapses, with number and name: no request sorts a list. `least` is the fewest
    places that anybody in the queue needs (0: nobody waits).
    """

    capacity: int
    taken: int = 0
    kept: int = 0
    least: int = 0
    waiting: Map[str, Waiting] = Map()
    queue: tuple[str, ...] = ()
    offers: tuple[tuple[datetime, int, str], ...] = ()

    @property
    def left(self) -> int:
        """The places that are neither taken nor offered; never below zero."""
        return self.capacity - self.taken - self.kept

    def has_lapsed(self, at: datetime) -> bool:
        """Return whether an offer lapsed by an instant, and that is not recorded."""
        return bool(self.offers) and self.offers[0][0] <= at

    def next_in_queue(self) -> str | None:
        """Return the first waiting member without an offer whose party fits into the places left.

        None if nobody waits, or no party fits.
        """
        if not 0 < self.least <= self.left:
            return None
        return next(name for name in self.queue if self.waiting[name].places <= self.left)


class Drop(msgspec.Struct, frozen=True):
    """The state of a drop; `claims`, `waits` and `entries` count them all and so number the next.

    `plan` is None until the drop is announced; `frozen` is None and `seed` empty until recorded.
    `slots` are by slot name (`item/session`), the draw entries in `entered` by member id. `lots`
    sums their weights (see `draw.lots_of`); `awarded` counts the winners who have a ticket, and
    `drawn` says that all have.
    """

    drop_id: str = ""
    plan: Plan | None = None
    status: Status = Status.NONE
    slots: Map[str, Slot] = Map()
    claims: int = 0
    waits: int = 0
    entries: int = 0
    lots: int = 0
    entered: Map[str, events.Entered] = Map()
    frozen: events.Frozen | None = None
    seed: tuple[tuple[int, ...], ...] = ()
    awarded: int = 0
    drawn: bool = False

    @property
    def size(self) -> int:
        """The number of draw entries and waiting members held: the cost of writing a snapshot."""
        return len(self.entered) + sum(len(slot.waiting) for slot in self.slots.values())


INITIAL = Drop()

_BECOMES: dict[type, Status] = {
    events.Opened: Status.OPEN,
    events.Closed: Status.CLOSED,
    events.Cancelled: Status.CANCELLED,
}

_replace = msgspec.structs.replace


def evolve(state: Drop, event: events.DropEvent) -> Drop:
    """Return the state after one more event."""
    match event:
        case events.Claimed():
            return _claimed(state, event)
        case (
            events.Released()
            | events.Joined()
            | events.Left()
            | events.Offered()
            | events.OfferLapsed()
        ):
            slots = state.slots.set(event.slot, evolve_slot(state.slots[event.slot], event))
            return _replace(
                state, slots=slots, waits=state.waits + isinstance(event, events.Joined)
            )
        case events.Entered():
            entered, lots = state.entered.set(event.member_id, event), state.lots + event.weight
            return _replace(state, entered=entered, entries=event.number, lots=lots)
        case events.EntryWithdrawn():
            lots = state.lots - state.entered[event.member_id].weight
            return _replace(state, entered=state.entered.delete(event.member_id), lots=lots)
        case events.Announced() | events.Changed() | events.Amended():
            return _planned(state, event)
        case events.Opened() | events.Closed() | events.Cancelled():
            return _replace(state, status=_BECOMES[type(event)])
        case events.Frozen():
            return _replace(state, frozen=event)
        case events.SeedFixed():
            return _replace(state, seed=event.numbers)
        case events.Drawn():
            return _replace(state, drawn=True)
        case _:
            assert_never(event)


def _planned(state: Drop, event: events.PlanEvent) -> Drop:
    if isinstance(event, events.Announced):
        state = Drop(event.drop_id, status=Status.ANNOUNCED)
    slots = {}
    for name, (_item, session) in event.plan.slots.items():
        slot = state.slots.get(name) or Slot(session.capacity)
        slots[name] = _replace(slot, capacity=session.capacity)
    return _replace(state, plan=event.plan, slots=Map(slots))


def _claimed(state: Drop, event: events.Claimed) -> Drop:
    slot = state.slots[event.slot]
    if event.member_id in slot.waiting:
        slot = _without(slot, event.member_id)
    return _replace(
        state,
        slots=state.slots.set(event.slot, _replace(slot, taken=slot.taken + event.places)),
        claims=event.number,
        awarded=state.awarded + (event.entry is not None),
    )


def evolve_slot(slot: Slot, event: events.SlotEvent) -> Slot:
    """Return a slot after one more event of its own."""
    match event:
        case events.Released():
            return _replace(slot, taken=slot.taken - event.places)
        case events.Joined():
            one = Waiting(event.number, event.party, event.places)
            return _replace(
                slot,
                waiting=slot.waiting.set(event.member_id, one),
                queue=(*slot.queue, event.member_id),
                least=min(slot.least, event.places) if slot.least else event.places,
            )
        case events.Left() | events.OfferLapsed():
            return _without(slot, event.member_id)
        case events.Offered():
            return _offered(slot, event.member_id, event.until)
        case _:
            assert_never(event)


def _offered(slot: Slot, member_id: str, until: datetime) -> Slot:
    slot, one = _without(slot, member_id), slot.waiting[member_id]
    offers = [*slot.offers]
    insort(offers, (until, one.number, member_id))
    return _replace(
        slot,
        kept=slot.kept + one.places,
        waiting=slot.waiting.set(member_id, _replace(one, until=until)),
        offers=tuple(offers),
    )


def _without(slot: Slot, member_id: str) -> Slot:
    gone, waiting = slot.waiting[member_id], slot.waiting.delete(member_id)
    if gone.until is not None:
        place = bisect_left(slot.offers, (gone.until, gone.number, member_id))
        offers = (*slot.offers[:place], *slot.offers[place + 1 :])
        return _replace(slot, waiting=waiting, kept=slot.kept - gone.places, offers=offers)
    place = bisect_left(slot.queue, gone.number, key=lambda name: slot.waiting[name].number)
    queue = (*slot.queue[:place], *slot.queue[place + 1 :])
    least = slot.least
    if gone.places == least and all(waiting[name].places != least for name in queue):
        least = min((waiting[name].places for name in queue), default=0)
    return _replace(slot, waiting=waiting, queue=queue, least=least)
