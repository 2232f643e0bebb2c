"""The state of a drop, and how each event changes it.

The state counts tickets and does not hold them: tickets are grants of their members. So the cost of
a claim does not depend on earlier claims. Only waiting members and draw entries are held by name,
and both are bounded.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import assert_never

import msgspec
from immutables import Map

from ledger.drops.events import (
    Amended,
    Announced,
    Cancelled,
    Changed,
    Claimed,
    Closed,
    Drawn,
    DropEvent,
    Entered,
    EntryWithdrawn,
    Frozen,
    Joined,
    Left,
    Offered,
    OfferLapsed,
    Opened,
    Released,
    SeedFixed,
)
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


class Slot(msgspec.Struct, frozen=True):
    """The places of one session: taken, offered (`kept`), and the waiting list by member id.

    `least` is the fewest places that any waiting member without an offer needs (0: nobody waits),
    and `lapses_at` the instant the first offer lapses (None: no offer), so that most requests need
    not look at each member.
    """

    capacity: int
    taken: int = 0
    kept: int = 0
    least: int = 0
    lapses_at: datetime | None = None
    waiting: Map[str, Waiting] = Map()

    @property
    def left(self) -> int:
        """The places that are neither taken nor offered; never below zero."""
        return self.capacity - self.taken - self.kept


class DrawEntry(msgspec.Struct, frozen=True):
    """A member's entry in a draw; `places` is the number of places it needs, `weight` its lots.

    `number` counts entries as they came, withdrawn ones too. `household_id` is empty where the drop
    does not limit households.
    """

    number: int
    entry_id: str
    item_id: str
    session_id: str
    party: int
    places: int
    weight: int
    household_id: str = ""


class Drop(msgspec.Struct, frozen=True):
    """The state of a drop; `claims`, `waits` and `entries` count them all and so number the next.

    `plan` is None until the drop is announced; `frozen` is None and `seed` empty until recorded.
    `slots` are by slot name (`item/session`), `entered` by member id. `lots` sums the weights of
    the entries; `awarded` counts the winners who have a ticket, and `drawn` says that all have.
    """

    drop_id: str = ""
    plan: Plan | None = None
    status: Status = Status.NONE
    slots: Map[str, Slot] = Map()
    claims: int = 0
    waits: int = 0
    entries: int = 0
    lots: int = 0
    entered: Map[str, DrawEntry] = Map()
    frozen: Frozen | None = None
    seed: tuple[tuple[int, ...], ...] = ()
    awarded: int = 0
    drawn: bool = False

    @property
    def size(self) -> int:
        """The number of draw entries and waiting members held: the cost of writing a snapshot."""
        return len(self.entered) + sum(len(slot.waiting) for slot in self.slots.values())


INITIAL = Drop()

_BECOMES: dict[type, Status] = {
    Opened: Status.OPEN,
    Closed: Status.CLOSED,
    Cancelled: Status.CANCELLED,
}

_replace = msgspec.structs.replace


def evolve(state: Drop, event: DropEvent) -> Drop:
    """Return the state after one more event."""
    match event:
        case Claimed():
            return _claimed(state, event)
        case Released() | Joined() | Left() | Offered() | OfferLapsed():
            slots = state.slots.set(event.slot, _slot(state.slots[event.slot], event))
            return _replace(state, slots=slots, waits=state.waits + isinstance(event, Joined))
        case Entered() | EntryWithdrawn():
            return _entering(state, event)
        case Announced() | Changed() | Amended():
            return _planned(state, event)
        case Opened() | Closed() | Cancelled():
            return _replace(state, status=_BECOMES[type(event)])
        case Frozen():
            return _replace(state, frozen=event)
        case SeedFixed():
            return _replace(state, seed=event.numbers)
        case Drawn():
            return _replace(state, drawn=True)
        case _:
            assert_never(event)


def passed_on(slot: Slot, events: Iterable[Offered | OfferLapsed]) -> Slot:
    """Return the slot after many offers and lapses of its own, folded at the cost of one."""
    kept, waiting = slot.kept, slot.waiting.mutate()
    for event in events:
        one = waiting[event.member_id]
        if isinstance(event, Offered):
            kept += one.places
            waiting[event.member_id] = _replace(one, until=event.until)
        else:
            kept -= one.places
            del waiting[event.member_id]
    return _counted(_replace(slot, kept=kept), waiting.finish())


def _planned(state: Drop, event: Announced | Changed | Amended) -> Drop:
    if isinstance(event, Announced):
        state = Drop(event.drop_id, status=Status.ANNOUNCED)
    slots = {}
    for name, (_item, session) in event.plan.slots.items():
        slot = state.slots.get(name) or Slot(session.capacity)
        slots[name] = _replace(slot, capacity=session.capacity)
    return _replace(state, plan=event.plan, slots=Map(slots))


def _claimed(state: Drop, event: Claimed) -> Drop:
    slot = state.slots[event.slot]
    if event.member_id in slot.waiting:
        slot = _without(slot, event.member_id)
    return _replace(
        state,
        slots=state.slots.set(event.slot, _replace(slot, taken=slot.taken + event.places)),
        claims=event.number,
        awarded=state.awarded + (event.entry is not None),
    )


def _slot(slot: Slot, event: Released | Joined | Left | Offered | OfferLapsed) -> Slot:
    match event:
        case Released():
            return _replace(slot, taken=slot.taken - event.places)
        case Joined():
            waiting = slot.waiting.set(
                event.member_id, Waiting(event.number, event.party, event.places)
            )
            least = min(slot.least, event.places) if slot.least else event.places
            return _replace(slot, waiting=waiting, least=least)
        case Left() | OfferLapsed():
            return _without(slot, event.member_id)
        case Offered():
            waits = slot.waiting[event.member_id]
            waiting = slot.waiting.set(event.member_id, _replace(waits, until=event.until))
            return _replace(
                slot,
                kept=slot.kept + waits.places,
                least=_least_without(slot, waiting, waits),
                lapses_at=min(slot.lapses_at or event.until, event.until),
                waiting=waiting,
            )
        case _:
            assert_never(event)


def _without(slot: Slot, member_id: str) -> Slot:
    gone, waiting = slot.waiting[member_id], slot.waiting.delete(member_id)
    if gone.until is None:
        return _replace(slot, waiting=waiting, least=_least_without(slot, waiting, gone))
    lapses_at = slot.lapses_at
    if gone.until == lapses_at and all(one.until != lapses_at for one in waiting.values()):
        lapses_at = _lapses_at(waiting)
    return _replace(slot, waiting=waiting, kept=slot.kept - gone.places, lapses_at=lapses_at)


def _counted(slot: Slot, waiting: Map[str, Waiting]) -> Slot:
    return _replace(slot, waiting=waiting, least=_least(waiting), lapses_at=_lapses_at(waiting))


def _least_without(slot: Slot, waiting: Map[str, Waiting], gone: Waiting) -> int:
    """Return `slot.least` after the member `gone` stops waiting; `waiting` is the rest of the list.

    Usually another member wants as few places; only otherwise are all members looked at.
    """
    if gone.places > slot.least:
        return slot.least
    as_little = (one for one in waiting.values() if one.until is None and one.places == slot.least)
    return slot.least if any(True for _one in as_little) else _least(waiting)


def _least(waiting: Map[str, Waiting]) -> int:
    return min((one.places for one in waiting.values() if one.until is None), default=0)


def _lapses_at(waiting: Map[str, Waiting]) -> datetime | None:
    return min((one.until for one in waiting.values() if one.until is not None), default=None)


def _entering(state: Drop, event: Entered | EntryWithdrawn) -> Drop:
    if isinstance(event, EntryWithdrawn):
        lots = state.lots - state.entered[event.member_id].weight
        return _replace(state, entered=state.entered.delete(event.member_id), lots=lots)
    entry = DrawEntry(
        event.number,
        event.entry_id,
        event.item_id,
        event.session_id,
        event.party,
        event.places,
        event.weight,
        event.household_id,
    )
    return _replace(
        state,
        entered=state.entered.set(event.member_id, entry),
        entries=event.number,
        lots=state.lots + event.weight,
    )
