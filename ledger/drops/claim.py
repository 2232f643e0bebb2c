"""Claims: take a ticket of a drop, allot one to a member, or give one back.

The verbs read the states of the drop, the member's card and grants, and the household; they return
events for several streams. A ticket is a grant of the member, so the limit is the member's,
whatever card the member carries.
"""

import hashlib
from datetime import date, datetime

from ledger import errors
from ledger.benefits.terms import Rules
from ledger.benefits.tickets import ticket_terms
from ledger.drops import eligibility
from ledger.drops.eligibility import Asked, Claimant
from ledger.drops.events import Claimed, Released
from ledger.drops.lifecycle import after, check_mode, known_plan, promotions, settle, slot_at
from ledger.drops.state import Drop, evolve
from ledger.drops.terms import Mode, returned_until, slot_name
from ledger.drops.waiting_list import leave
from ledger.event import Event
from ledger.members import household
from ledger.offers.grant import Grant, Made, Ticket, Withdrawn


def ticket_id(drop_id: str, member_id: str, claim_id: str) -> str:
    """Return the id of the ticket for a claim: 24 hex characters, always the same for these ids."""
    return hashlib.sha256(f"{drop_id}/{member_id}/{claim_id}".encode()).hexdigest()[:24]


def claim(state: Drop, *, asked: Asked, who: Claimant, at: datetime, today: date) -> list[Event]:
    """Return the events that give the member a ticket, or raise the first refusal of a rule.

    A member with an offer from the waiting list takes the offered places, even after the drop
    closed; in a draw this is the only way. `today` is the day of `at` in the zone of the rules.
    Events that are due by the clock, and offers of places that stay free, come with the ticket.
    """
    plan = known_plan(state, Mode.FIRST_COME, Mode.DRAW)
    item, session = eligibility.slot_of(plan, asked)
    settled = settle(state, at, asked.slot)
    slot = slot_at(state, asked.slot, at)
    offered = slot.waiting.get(who.member.member_id)
    kept = offered.places if offered is not None and offered.until is not None else 0
    eligibility.check_eligible(plan, who, today)
    eligibility.check_limits(state, plan, who)
    if not kept:
        check_mode(plan, Mode.FIRST_COME)
        eligibility.check_open(state, at)
    eligibility.check_ahead(session, at)
    if item.places(asked.party) > slot.left + kept:
        raise errors.SoldOut(
            waiting=len(slot.waiting),
            waiting_max=plan.waiting_max,
            elsewhere=eligibility.left(state, at),
        )
    given = ticket(state, asked=asked, who=who)
    if not state.waits:
        return [*settled, *given]
    return [*settled, *given, *_passed_on(after(state, [*settled, given[0]]), asked, who, at)]


def ticket(state: Drop, *, asked: Asked, who: Claimant, entry: int | None = None) -> list[Event]:
    """Return the events that give a member a ticket, on the drop, the grants and the household.

    Only the session and the party are checked, not the rules or the places left. `entry` is the
    published number of the winning entry of a draw (None: no draw).
    """
    plan = known_plan(state)
    item, _session = eligibility.slot_of(plan, asked)
    member, number = who.member, state.claims + 1
    held = Ticket(
        drop_id=asked.drop_id,
        item_id=asked.item_id,
        session_id=asked.session_id,
        claim_id=asked.claim_id,
        number=number,
        party=asked.party,
        places=item.places(asked.party),
        branch=member.branch,
        groups=member.groups,
        household_id=member.household_id if plan.per_household is not None else "",
    )
    grant_id = ticket_id(asked.drop_id, member.member_id, asked.claim_id)
    return [
        Claimed(
            drop_id=asked.drop_id,
            item_id=asked.item_id,
            session_id=asked.session_id,
            member_id=member.member_id,
            ticket_id=grant_id,
            claim_id=asked.claim_id,
            number=number,
            party=asked.party,
            places=held.places,
            claimed_by=who.acting,
            entry=entry,
        ),
        Made(
            member_id=member.member_id,
            grant_id=grant_id,
            card_id=member.card_id,
            title=item.title,
            kind=item.kind,
            terms=ticket_terms(item.kind, asked.party),
            rules=Rules(merchants=item.merchants or (item.supplier_id,)),
            programme=plan.programme,
            ticket=held,
        ),
        *household.count(held.household_id, asked.drop_id, tickets=1),
    ]


def release(state: Drop, *, held: Grant | None, member_id: str, at: datetime) -> list[Event]:
    """Give a ticket back unused: its places go to the waiting list first, then to anybody.

    A ticket already given back returns no events. `held` is its grant; None or a grant that is no
    ticket raises TicketUnknown, any use TicketUsed, and the end of returns ReturnsClosed.
    """
    if held is None or held.ticket is None:
        raise errors.TicketUnknown
    if held.withdrawn:
        return []
    plan = known_plan(state)
    given = held.ticket
    name = slot_name(given.item_id, given.session_id)
    if held.uses:
        raise errors.TicketUsed
    until = returned_until(plan, plan.slots[name][1])
    if at >= until:
        raise errors.ReturnsClosed(returns_until=until.isoformat())
    settled = settle(state, at, name)
    released = Released(
        drop_id=given.drop_id,
        item_id=given.item_id,
        session_id=given.session_id,
        member_id=member_id,
        ticket_id=held.grant_id,
        places=given.places,
    )
    freed = evolve(after(state, settled), released)
    return [
        *settled,
        released,
        Withdrawn(member_id=member_id, grant_id=held.grant_id, ticket=given),
        *household.count(given.household_id, given.drop_id, tickets=-1),
        *promotions(freed, name, at),
    ]


def allot(state: Drop, *, asked: Asked, who: Claimant, at: datetime, today: date) -> list[Event]:
    """Give a member an allotted ticket, or raise a refusal; no events if at the ticket limit."""
    plan = known_plan(state, Mode.ALLOTMENT)
    item, session = eligibility.slot_of(plan, asked)
    eligibility.check_open(state, at)
    if len(eligibility.tickets(who.grants, state.drop_id)) >= plan.per_member:
        return []
    eligibility.check_eligible(plan, who, today)
    eligibility.check_limits(state, plan, who)
    eligibility.check_ahead(session, at)
    if item.places(asked.party) > state.slots[asked.slot].left:
        raise errors.SoldOut(elsewhere=eligibility.left(state, at))
    return [*settle(state, at), *ticket(state, asked=asked, who=who)]


def _passed_on(state: Drop, asked: Asked, who: Claimant, at: datetime) -> list[Event]:
    """Return the offers and departures that follow a ticket; `state` already counts that ticket.

    A party smaller than its offer leaves the rest to the next in the waiting list. A member at the
    ticket limit leaves every waiting list, since that member's place would only delay the others.
    """
    facts: list[Event] = [*promotions(state, asked.slot, at)]
    plan, member_id = known_plan(state), who.member.member_id
    if len(eligibility.tickets(who.grants, state.drop_id)) + 1 < plan.per_member:
        return facts
    for name, (item, session) in plan.slots.items():
        if member_id in slot_at(state, name, at).waiting:
            place = {"item_id": item.item_id, "session_id": session.session_id}
            facts += leave(state, **place, member_id=member_id, at=at)
    return facts
