"""A claimant and their request, and the rules that claims, draws and waiting lists share."""

from datetime import date, datetime

import msgspec

from ledger import errors
from ledger.drops.lifecycle import known_plan, slot_at, status_at
from ledger.drops.state import Drop, Status
from ledger.drops.terms import Item, Plan, Session, slot_name
from ledger.members import card, household
from ledger.members.authorization import Principal, States, authorize
from ledger.members.card import INITIAL as NO_CARD
from ledger.members.card import Card
from ledger.members.household import INITIAL as NO_HOUSEHOLD
from ledger.members.household import Household
from ledger.members.member import Member, check_known
from ledger.offers import grant
from ledger.offers.grant import Grant, Grants

RETURNS_MAX = 5
"""The most tickets of one drop that a member may give back, since events are kept for ever."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request for a ticket, a draw entry or a waiting place; the caller makes up `claim_id`."""

    claim_id: str
    drop_id: str
    item_id: str
    session_id: str
    party: int = 1

    @property
    def slot(self) -> str:
        """The slot name of the requested session: `item_id/session_id`."""
        return slot_name(self.item_id, self.session_id)


class Claimant(msgspec.Struct, frozen=True, kw_only=True):
    """A member with card, grants and household; `acting` is a proxy's or officer's id, or empty."""

    member: Member
    card: Card
    grants: Grants
    household: Household
    acting: str = ""


def claimant(states: States, state: Drop, principal: Principal) -> Claimant:
    """Return the claimant of a drop; raise KeyEnded or NotAProxy if `principal` may not act for it.

    The household is read only where the drop limits households; otherwise it is an empty one. A
    member who is not registered passes: `check_eligible` refuses them.
    """
    member = authorize(states, principal)
    counted = state.plan is not None and state.plan.per_household is not None
    shared = counted and member.household_id
    return Claimant(
        member=member,
        card=states[card.stream(member.card_id)] if member.card_id else NO_CARD,
        grants=states[grant.stream(principal.member_id)],
        household=states[household.stream(member.household_id)] if shared else NO_HOUSEHOLD,
        acting=principal.other,
    )


def left(state: Drop, at: datetime) -> list[dict[str, str | int]]:
    """Return the sessions not over with places left at an instant, as `item`, `session`, `left`."""
    found: list[dict[str, str | int]] = []
    for name, (item, session) in known_plan(state).slots.items():
        places = slot_at(state, name, at).left
        if places > 0 and at < session.ends_at:
            found.append({"item": item.item_id, "session": session.session_id, "left": places})
    return found


def slot_of(plan: Plan, asked: Asked) -> tuple[Item, Session]:
    """Return the requested item and session, or raise SessionUnknown or PartyTooLarge."""
    found = plan.slots.get(asked.slot)
    if found is None:
        raise errors.SessionUnknown
    if not 1 <= asked.party <= found[0].party_max:
        raise errors.PartyTooLarge(most=found[0].party_max)
    return found


def check_ahead(session: Session, at: datetime) -> None:
    """Raise TicketOver if the session is over at the instant; it may have begun."""
    if at >= session.ends_at:
        raise errors.TicketOver(ends_at=session.ends_at.isoformat())


def check_open(state: Drop, at: datetime) -> None:
    """Raise NotOpenYet before the opening, and DropClosed once it closed, as announced or early."""
    plan = known_plan(state)
    if at < plan.opens_at:
        raise errors.NotOpenYet(opens_at=plan.opens_at.isoformat())
    if status_at(state, at) is Status.CLOSED:
        raise errors.DropClosed


def check_eligible(plan: Plan, who: Claimant, today: date) -> None:
    """Raise a refusal unless the member is registered, has a live card and is of the audience."""
    check_known(who.member)
    card.check_live(who.card, today)
    audience = plan.audience
    if audience.groups and set(audience.groups).isdisjoint(who.member.groups):
        raise errors.NotEligible(needs="group")
    if audience.branches and who.member.branch not in audience.branches:
        raise errors.NotEligible(needs="branch")


def check_limits(state: Drop, plan: Plan, who: Claimant) -> None:
    """Check that member and household may have one more ticket of a drop.

    Raises:
        ReturnedTooOften: the member gave back RETURNS_MAX tickets of it.
        AlreadyClaimed: the member holds as many as the limit allows.
        HouseholdLimitReached: the household does; until the draw is done, its entries count too.
    """
    ever = _ever(who.grants, state.drop_id)
    held = [one for one in ever if not one.withdrawn]
    if len(ever) - len(held) >= RETURNS_MAX:
        raise errors.ReturnedTooOften(most=RETURNS_MAX)
    if len(held) >= plan.per_member:
        raise errors.AlreadyClaimed(ticket_id=held[-1].grant_id)
    if plan.per_household is not None and who.member.household_id:
        taken = who.household.of(state.drop_id)
        if taken.tickets + (0 if state.drawn else taken.entries) >= plan.per_household:
            raise errors.HouseholdLimitReached(most=plan.per_household)


def tickets(grants: Grants, drop_id: str) -> list[Grant]:
    """Return the tickets of a drop that a member holds, used ones too; the latest last."""
    return [one for one in _ever(grants, drop_id) if not one.withdrawn]


def _ever(grants: Grants, drop_id: str) -> list[Grant]:
    """Return the member's tickets of a drop, those given back too, by their number in it."""
    found = {
        one.ticket.number: one
        for one in grants.held.values()
        if one.ticket is not None and one.ticket.drop_id == drop_id
    }
    return [found[number] for number in sorted(found)]
