"""The life of a drop: announced, changed, opened and closed by the clock, amended, cancelled.

The verbs refuse a drop that was never announced or (but for `cancel`) was cancelled, terms that
contradict themselves, and a reason that is missing or too long.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from ledger import errors
from ledger.drops.events import (
    Amended,
    Announced,
    Cancelled,
    Changed,
    Closed,
    Offered,
    OfferLapsed,
    Opened,
)
from ledger.drops.plan_check import check_id, check_plan
from ledger.drops.state import Drop, Slot, Status, evolve, evolve_slot
from ledger.drops.terms import WORDS_LENGTH_MAX, Item, Mode, Plan
from ledger.event import Event
from ledger.text import is_sound


class _Passed(NamedTuple):
    """The lapses and offers of a slot due from the instant `since` on, and the slot after them."""

    since: datetime
    events: list[Offered | OfferLapsed]
    slot: Slot


def announce(state: Drop, *, drop_id: str, plan: Plan, at: datetime) -> list[Event]:
    """Announce a drop; a repeat with the same terms returns no events. `at` is the present time.

    Raises:
        DropAlreadyAnnounced: the id is taken by a drop with other terms.
        TermsInvalid: the id or the terms are invalid, or the opening is past.
    """
    if state.plan is not None:
        if state.plan == plan:
            return []
        raise errors.DropAlreadyAnnounced
    check_id("drop_id", drop_id)
    _check_ahead(plan, at)
    return [Announced(drop_id=drop_id, plan=plan)]


def change(state: Drop, *, plan: Plan, at: datetime) -> list[Event]:
    """Change the terms of an unopened drop, else DropAlreadyOpen; the same return no events."""
    known = known_plan(state)
    if known == plan:
        return []
    if state.status is not Status.ANNOUNCED or at >= known.opens_at:
        raise errors.DropAlreadyOpen
    _check_ahead(plan, at)
    return [Changed(drop_id=state.drop_id, plan=plan)]


def amend(state: Drop, *, plan: Plan, reason: str, at: datetime) -> list[Event]:
    """Change the terms of a drop that has opened, for a reason that everybody can read.

    Mode, opening, limits, audience and the rule of the seed stay as announced; no session goes, no
    capacity falls below the places taken, and a place counts as before: else TermsInvalid or
    CapacityTaken. Between the end of entries and the award, a draw can't be amended
    (NotInThisMode): an officer who knows the seed could choose terms that favour a winner. The
    present terms return no events.
    """
    known = known_plan(state)
    if at < known.opens_at:
        raise errors.NotOpenYet(opens_at=known.opens_at.isoformat())
    drawing = known.mode is Mode.DRAW and not state.drawn
    if drawing and status_at(state, at) is Status.CLOSED:
        raise errors.NotInThisMode(mode=known.mode.value)
    check_reason(reason)
    check_plan(plan)
    for field in ("mode", "opens_at", "per_member", "per_household", "seed_rule", "audience"):
        if getattr(plan, field) != getattr(known, field):
            raise errors.TermsInvalid(field=field)
    # Events that were due under the old terms are recorded under the old terms.
    settled = settle_all(state, at)
    state = after(state, settled)
    for name, slot in state.slots.items():
        if name not in plan.slots:
            raise errors.TermsInvalid(field="sessions", slot=name)
        _check_item_stays(known.slots[name][0], plan.slots[name][0], drawing=drawing)
        if plan.slots[name][1].capacity < slot.taken + slot.kept:
            raise errors.CapacityTaken(slot=name, taken=slot.taken + slot.kept)
    if plan == known:
        return []
    amended = Amended(drop_id=state.drop_id, plan=plan, reason=reason)
    return [*settled, amended, *_all_promotions(evolve(state, amended), at)]


def close(state: Drop, *, reason: str, at: datetime) -> list[Event]:
    """Stop claims or entries before the announced closing; a closed drop returns no events.

    Before the opening it raises NotOpenYet. From the announced closing on, the events due by the
    clock close the drop, without the reason.
    """
    known = known_plan(state)
    if at < known.opens_at:
        raise errors.NotOpenYet(opens_at=known.opens_at.isoformat())
    check_reason(reason)
    if state.status is Status.CLOSED:
        return []
    settled = settle(state, at)
    if any(isinstance(event, Closed) for event in settled):
        return settled
    return [*settled, Closed(drop_id=state.drop_id, reason=reason)]


def cancel(state: Drop, *, reason: str) -> list[Event]:
    """Cancel the drop and void its tickets; a cancelled drop returns no events."""
    if state.plan is None:
        raise errors.DropUnknown
    check_reason(reason)
    if state.status is Status.CANCELLED:
        return []
    return [Cancelled(drop_id=state.drop_id, reason=reason)]


def settle(state: Drop, at: datetime, slot_name: str | None = None) -> list[Event]:
    """Return the events due by the clock and not recorded: opening, closing, offers of a slot.

    `slot_name` is `item/session`; without it, offers are left out. A lapsed offer passes to the
    next member as of the instant it lapsed, however late this runs.
    """
    settled: list[Event] = []
    plan = known_plan(state)
    if state.status is Status.ANNOUNCED and at >= plan.opens_at:
        settled.append(Opened(drop_id=state.drop_id))
    if slot_name is not None:
        settled += promotions(state, slot_name, at)
    if state.status in {Status.ANNOUNCED, Status.OPEN} and at >= plan.closes_at:
        settled.append(Closed(drop_id=state.drop_id))
    return settled


def settle_all(state: Drop, at: datetime) -> list[Event]:
    """Return the events due by the clock and not recorded, with those of every slot."""
    return [*settle(state, at), *_all_promotions(state, at)]


def has_lapsed(state: Drop, at: datetime) -> bool:
    """Return whether an offer of places lapsed by an instant, and that is not recorded."""
    slots = state.slots.values()
    return state.status is not Status.CANCELLED and any(one.has_lapsed(at) for one in slots)


def status_at(state: Drop, at: datetime) -> Status:
    """Return the status of the drop at an instant, counting events due but not recorded."""
    if state.plan is None or state.status in {Status.CLOSED, Status.CANCELLED}:
        return state.status
    if at >= state.plan.closes_at:
        return Status.CLOSED
    return Status.OPEN if at >= state.plan.opens_at else Status.ANNOUNCED


def slot_at(state: Drop, slot_name: str, at: datetime) -> Slot:
    """Return a slot at an instant, with offers and lapses that are due but not recorded."""
    return _passed(state, slot_name, at).slot


def promotions(state: Drop, slot_name: str, at: datetime) -> list[Offered | OfferLapsed]:
    """Return the lapses of offers due at an instant, and new offers of the places free then.

    The first waiting member whose party fits comes first; there are none once the session is over,
    and no events at all for a cancelled drop.
    """
    return [*_passed(state, slot_name, at).events]


def after(state: Drop, events: Sequence[Event]) -> Drop:
    """Return the state of the drop after these events, which must be of its stream."""
    for event in events:
        state = evolve(state, event)  # type: ignore[arg-type]  # they are of this stream
    return state


def known_plan(state: Drop, *modes: Mode) -> Plan:
    """Return the terms of a drop; raise DropUnknown or DropCancelled if it has none in force.

    Where modes are given, a drop of any other mode raises NotInThisMode.
    """
    if state.plan is None:
        raise errors.DropUnknown
    if state.status is Status.CANCELLED:
        raise errors.DropCancelled
    if modes and state.plan.mode not in modes:
        raise errors.NotInThisMode(mode=state.plan.mode.value)
    return state.plan


def check_mode(plan: Plan, *modes: Mode) -> None:
    """Raise NotInThisMode unless the drop has one of the given modes."""
    if plan.mode not in modes:
        raise errors.NotInThisMode(mode=plan.mode.value)


def check_reason(reason: str) -> None:
    """Raise InputInvalid if a reason is blank, not printable, or over WORDS_LENGTH_MAX long."""
    if not 1 <= len(reason.strip()) <= WORDS_LENGTH_MAX or not is_sound(reason):
        raise errors.InputInvalid(field="reason", most=WORDS_LENGTH_MAX)


def _check_ahead(plan: Plan, at: datetime) -> None:
    check_plan(plan)
    if plan.opens_at < at:
        raise errors.TermsInvalid(field="opens_at")


def _check_item_stays(known: Item, item: Item, *, drawing: bool) -> None:
    """Raise TermsInvalid if `by_person` changes or, while a draw goes on, `party_max` shrinks."""
    if item.by_person != known.by_person:
        raise errors.TermsInvalid(field="by_person")
    if drawing and item.party_max < known.party_max:
        raise errors.TermsInvalid(field="party_max", least=known.party_max)


def _all_promotions(state: Drop, at: datetime) -> list[Event]:
    return [event for name in state.slots for event in promotions(state, name, at)]


def _passed(state: Drop, slot_name: str, at: datetime) -> _Passed:
    """Return what passed on in a slot by an instant.

    After a lapse it is evaluated once and kept beside the slot, until the next offer lapses: all
    who are refused, and all who look, would evaluate the same until somebody records it.
    """
    slot = state.slots[slot_name]
    lapsed = slot.has_lapsed(at)
    if state.status is Status.CANCELLED or not (lapsed or slot.next_in_queue()):
        return _Passed(at, [], slot)
    kept: _Passed | None = slot.__dict__.get("passed")
    if kept is not None and kept.since <= at and not kept.slot.has_lapsed(at):
        return kept
    passed = _pass_on(state, slot_name, at)
    if lapsed:
        slot.__dict__["passed"] = passed
    return passed


def _pass_on(state: Drop, slot_name: str, at: datetime) -> _Passed:
    """Evaluate lapses and offers, one instant at a time, the earliest first.

    Places that become free at one instant are offered together, so that no large party is passed
    over.
    """
    plan, slot, now = known_plan(state), state.slots[slot_name], at
    item, session = plan.slots[slot_name]
    kept_for = timedelta(minutes=plan.offer_minutes)
    address = {"drop_id": state.drop_id, "item_id": item.item_id, "session_id": session.session_id}
    passed: list[Offered | OfferLapsed] = []
    while True:
        if slot.has_lapsed(at):
            now = slot.offers[0][0]
        while slot.has_lapsed(now):
            passed.append(OfferLapsed(member_id=slot.offers[0][2], **address))
            slot = evolve_slot(slot, passed[-1])
        while now < session.ends_at and (found := slot.next_in_queue()):
            until = min(now + kept_for, session.ends_at)
            passed.append(Offered(member_id=found, since=now, until=until, **address))
            slot = evolve_slot(slot, passed[-1])
        if not slot.has_lapsed(at):
            return _Passed(now, passed, slot)
