"""A member's request for places, and the rules that claims, draws and waiting lists share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from ledger import errors
from ledger.drops.claimant import Claimant
from ledger.drops.lifecycle import known_plan, slot_at, status_at
from ledger.drops.state import Drop, Status, evolve
from ledger.drops.terms import Item, Plan, Session, slot_name
from ledger.event import Event
from ledger.members import card
from ledger.members.member import check_known
from ledger.offers.grant import Grant, Grants

RETURNS_MAX = 5
"""The most tickets of one drop that a member may give back, since events are kept for ever."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request for a party in a session of an item; the caller makes `claim_id`."""

    claim_id: str
    drop_id: str
    item_id: str
    session_id: str
    party: int = 1

    @property
    def slot(self) -> str:
        """The slot name of the requested session: item id and session id."""
        return slot_name(self.item_id, self.session_id)


def left(state: Drop, at: datetime) -> list[dict[str, str | int]]:
    """Return the places left (`item`, `session`, `left`) of sessions neither over nor sold out."""
    found: list[dict[str, str | int]] = []
    for name, (item, session) in known_plan(state).slots.items():
        places = slot_at(state, name, at).left
        if places > 0 and at < session.ends_at:
            found.append({"item": item.item_id, "session": session.session_id, "left": places})
    return found


def slot_of(plan: Plan, asked: Asked) -> tuple[Item, Session]:
    """Return the requested item and session.

    Raises:
        SessionUnknown: the drop has no such item or session.
        PartyTooLarge: the party is not 1 … `most` people of one ticket.
    """
    found = plan.slots.get(asked.slot)
    if found is None:
        raise errors.SessionUnknown
    if not 1 <= asked.party <= found[0].party_max:
        raise errors.PartyTooLarge(most=found[0].party_max)
    return found


def check_ahead(session: Session, at: datetime) -> None:
    """Check that the session is not over at the instant; it may have begun.

    Raises:
        TicketOver: the session is over.
    """
    if at >= session.ends_at:
        raise errors.TicketOver(ends_at=session.ends_at.isoformat())


def check_open(state: Drop, at: datetime) -> None:
    """Check that the drop is open at an instant, opening inclusive and closing exclusive.

    Raises:
        NotOpenYet: the drop opens later.
        DropClosed: the drop is closed.
        Refusal: the drop is unknown or cancelled.
    """
    plan = known_plan(state)
    if at < plan.opens_at:
        raise errors.NotOpenYet(opens_at=plan.opens_at.isoformat())
    if status_at(state, at) is Status.CLOSED:
        raise errors.DropClosed


def check_eligible(plan: Plan, who: Claimant, today: date) -> None:
    """Check that the member is registered, holds a live card and belongs to the drop's audience.

    Raises:
        Refusal: one of these does not hold; NotEligible if the member is not in the audience.
    """
    check_known(who.member)
    card.check_live(who.card, today)
    audience = plan.audience
    if audience.groups and set(audience.groups).isdisjoint(who.member.groups):
        raise errors.NotEligible(needs="group")
    if audience.branches and who.member.branch not in audience.branches:
        raise errors.NotEligible(needs="branch")


def check_limits(state: Drop, plan: Plan, who: Claimant) -> None:
    """Check that member and household may have one more ticket; a household's entries count too.

    Raises:
        AlreadyClaimed: the member holds as many tickets as the limit allows.
        HouseholdLimitReached: the household holds as many as its limit allows.
        ReturnedTooOften: the member gave back as many tickets as the limit allows.
    """
    held = tickets(who.grants, state.drop_id)
    if _given_back(who.grants, state.drop_id) >= RETURNS_MAX:
        raise errors.ReturnedTooOften(most=RETURNS_MAX)
    if len(held) >= plan.per_member:
        raise errors.AlreadyClaimed(ticket_id=held[-1].grant_id)
    if plan.per_household is not None and who.member.household_id:
        taken = who.household.of(state.drop_id)
        if taken.tickets + (0 if state.drawn else taken.entries) >= plan.per_household:
            raise errors.HouseholdLimitReached(most=plan.per_household)


def tickets(grants: Grants, drop_id: str) -> list[Grant]:
    """Return the tickets of a drop that a member holds, the latest last."""
    held = [
        one
        for one in grants.held.values()
        if one.ticket is not None and one.ticket.drop_id == drop_id and not one.withdrawn
    ]
    return sorted(held, key=_number)


def after(state: Drop, events: Sequence[Event]) -> Drop:
    """Return the state of the drop after these events, which must be of its stream."""
    for event in events:
        state = evolve(state, event)  # type: ignore[arg-type]  # they are of this stream
    return state


def _number(held: Grant) -> int:
    return held.ticket.number if held.ticket is not None else 0


def _given_back(grants: Grants, drop_id: str) -> int:
    return sum(
        one.withdrawn and one.ticket is not None and one.ticket.drop_id == drop_id
        for one in grants.held.values()
    )
