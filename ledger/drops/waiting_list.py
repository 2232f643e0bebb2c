"""Waiting lists: places of a session that are given back go to the next member in the list."""

from datetime import date, datetime

from ledger import errors
from ledger.drops import eligibility
from ledger.drops.eligibility import Asked, Claimant
from ledger.drops.events import Joined, Left
from ledger.drops.lifecycle import after, known_plan, promotions, settle, slot_at
from ledger.drops.state import Drop, evolve
from ledger.drops.terms import Mode, slot_name
from ledger.event import Event

WAITS_MAX = 3
"""The most sessions of one drop that a member may wait for: each may keep a place from others."""


def join(state: Drop, *, asked: Asked, who: Claimant, at: datetime, today: date) -> list[Event]:
    """Join the waiting list of a session with too few places, behind the members who wait.

    In a draw the list opens once the draw is done; places left over are offered at once. Raises
    PlacesLeft where the party could claim a ticket instead, or the first refusal of another rule.
    """
    plan = known_plan(state, Mode.FIRST_COME, Mode.DRAW)
    item, session = eligibility.slot_of(plan, asked)
    settled = settle(state, at, asked.slot)
    slot = slot_at(state, asked.slot, at)
    if at < plan.opens_at:
        raise errors.NotOpenYet(opens_at=plan.opens_at.isoformat())
    if at >= session.ends_at or (plan.mode is Mode.DRAW and not state.drawn):
        raise errors.NoWaitingList
    eligibility.check_eligible(plan, who, today)
    eligibility.check_limits(state, plan, who)
    if who.member.member_id in slot.waiting:
        raise errors.AlreadyWaiting
    if sum(who.member.member_id in one.waiting for one in state.slots.values()) >= WAITS_MAX:
        raise errors.WaitingElsewhere(most=WAITS_MAX)
    if item.places(asked.party) <= slot.left and plan.mode is not Mode.DRAW:
        eligibility.check_open(state, at)
        raise errors.PlacesLeft(left=slot.left)
    if not plan.waiting_max:
        raise errors.NoWaitingList
    if len(slot.waiting) >= plan.waiting_max:
        raise errors.WaitingListFull(most=plan.waiting_max)
    joined = Joined(
        drop_id=asked.drop_id,
        item_id=asked.item_id,
        session_id=asked.session_id,
        member_id=who.member.member_id,
        number=state.waits + 1,
        party=asked.party,
        places=item.places(asked.party),
    )
    return [*settled, joined, *promotions(after(state, [*settled, joined]), asked.slot, at)]


def leave(
    state: Drop, *, item_id: str, session_id: str, member_id: str, at: datetime
) -> list[Event]:
    """Leave a waiting list (else NotWaiting); places offered to the member go to the next."""
    plan = known_plan(state)
    name = slot_name(item_id, session_id)
    if name not in plan.slots:
        raise errors.SessionUnknown
    settled = settle(state, at, name)
    now = after(state, settled)
    if member_id not in now.slots[name].waiting:
        raise errors.NotWaiting
    left = Left(drop_id=state.drop_id, item_id=item_id, session_id=session_id, member_id=member_id)
    return [*settled, left, *promotions(evolve(now, left), name, at)]
