"""Checks of a rehearsal: find violations in its log and in the answers its members got.

Each check counts from the facts, or compares them with the answers; none uses the code that decided
them. `facts` are those of the drop, in the order of the log.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeVar

from ledger.drops.events import Amended, Claimed, Left, OfferLapsed, Released
from ledger.drops.terms import Plan
from ledger.event import Fact
from ledger.offers.grant import Made
from pos_gateway.rehearsal.crowd import Attempt

K = TypeVar("K")


def oversold(plan: Plan, facts: Iterable[Fact]) -> int:
    """Count places given above the capacity of a slot, at the worst moment of each, summed."""
    taken: Counter[str] = Counter()
    worst: Counter[str] = Counter()
    for fact in facts:
        match fact.event:
            case Claimed() as event:
                taken[event.slot] += event.places
                capacity = plan.slots[event.slot][1].capacity
                worst[event.slot] = max(worst[event.slot], taken[event.slot] - capacity)
            case Released() as event:
                taken[event.slot] -= event.places
    return worst.total()


def double_claims(plan: Plan, facts: Iterable[Fact]) -> int:
    """Count tickets above the limit of a member or, where there is one, of a household."""
    by_member: Counter[str] = Counter()
    by_household: Counter[str] = Counter()
    for fact in facts:
        match fact.event:
            case Claimed() as event:
                by_member[event.member_id] += 1
            case Released() as event:
                by_member[event.member_id] -= 1
            case Made(ticket=ticket) if ticket is not None and ticket.household_id:
                by_household[ticket.household_id] += 1
    above = sum(max(0, count - plan.per_member) for count in by_member.values())
    if plan.per_household is None:
        return above
    return above + sum(max(0, count - plan.per_household) for count in by_household.values())


def lost(facts: Iterable[Fact], attempts: Iterable[Attempt]) -> int:
    """Count tickets that a member was promised and that the log does not hold.

    Member, claim, slot, party and ticket must all be those of one fact.
    """
    recorded = {
        (event.member_id, event.claim_id, event.slot, event.party, event.ticket_id)
        for event in _claims(facts)
    }
    told = {
        (one.member_id, one.claim_id, one.slot, one.party, one.ticket)
        for one in attempts
        if one.accepted
    }
    return len(told - recorded)


def untold(facts: Iterable[Fact], attempts: Iterable[Attempt]) -> int:
    """Count tickets in the log of which no answer told the member; the member's page shows them."""
    told = {one.ticket for one in attempts if one.accepted}
    return sum(event.ticket_id not in told for event in _claims(facts))


def unfair(plan: Plan, facts: Sequence[Fact], attempts: Sequence[Attempt]) -> int:
    """Count tickets that overtook a refusal of an earlier request.

    A claim B of the log counts if some attempt A for the same slot was answered `sold_out` (the
    answer read to its end) before B was first sent, though A asked for no more places than B got.
    Places only decrease, so places enough for B were there for A. Both instants are of the members'
    one clock; a request is sent no sooner, and an answer read no earlier, than noted, so nothing is
    counted that did not happen. B was first sent with the first of its attempts that was not
    refused: an unanswered one may be the one that was recorded. B does not count where places of
    the slot were given back before it, by a release, a lapsed offer or an amendment: then a later
    request may rightly succeed.
    """
    sold_out_at = _earliest(
        ((one.slot, plan.slots[one.slot][0].places(one.party)), one.answered)
        for one in attempts
        if one.reason == "sold_out"
    )
    first_sent = _earliest(
        ((one.member_id, one.claim_id, one.slot), one.sent) for one in attempts if not one.refused
    )
    freed: set[str] = set()
    overtook = 0
    for fact in facts:
        match fact.event:
            case Released() | Left() | OfferLapsed() as event:
                freed.add(event.slot)
            case Amended():
                freed.update(plan.slots)
            case Claimed() as event if event.slot not in freed:
                sent = first_sent.get((event.member_id, event.claim_id, event.slot), -math.inf)
                refused = (
                    at
                    for (slot, places), at in sold_out_at.items()
                    if slot == event.slot and places <= event.places
                )
                overtook += min(refused, default=math.inf) < sent
    return overtook


def _earliest(times: Iterable[tuple[K, float]]) -> dict[K, float]:
    """Return the earliest time of each key."""
    return dict(sorted(times, key=lambda one: one[1], reverse=True))


def _claims(facts: Iterable[Fact]) -> Iterable[Claimed]:
    return (fact.event for fact in facts if isinstance(fact.event, Claimed))
