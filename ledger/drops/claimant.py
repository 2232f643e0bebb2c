"""The claimant of a drop: the member states that the rules of a claim read."""

from __future__ import annotations

import msgspec

from ledger.drops.state import Drop
from ledger.members import card, household
from ledger.members.authorization import Principal, States, authorize
from ledger.members.card import INITIAL as NO_CARD
from ledger.members.card import Card
from ledger.members.household import INITIAL as NO_HOUSEHOLD
from ledger.members.household import Household
from ledger.members.member import Member
from ledger.offers import grant
from ledger.offers.grant import Grants


class Claimant(msgspec.Struct, frozen=True, kw_only=True):
    """A member with their card, grants and household; `acting` is the id of the proxy or officer.

    `acting` is empty when the member acts in person.
    """

    member: Member
    card: Card
    grants: Grants
    household: Household
    acting: str = ""


def claimant(states: States, state: Drop, principal: Principal) -> Claimant:
    """Return the claimant of a drop, after checking that the principal may act for the member.

    The household is read only where the drop limits households; otherwise it is an empty one.

    Raises:
        KeyEnded: the key of the acting member was ended.
        NotAProxy: the acting member may not act for this one.
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
