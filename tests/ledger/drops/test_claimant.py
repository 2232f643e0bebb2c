"""The claimant of a drop: the states that the rules of a claim need."""

from collections import defaultdict
from typing import Any

import pytest
from immutables import Map

from ledger import errors
from ledger.drops import INITIAL as NO_DROP
from ledger.drops.eligibility import Claimant, claimant
from ledger.members.authorization import Principal
from ledger.members.card import INITIAL as NO_CARD
from ledger.members.card import Card, Status
from ledger.members.household import INITIAL as NO_HOUSEHOLD
from ledger.members.household import Household, Taken
from ledger.members.member import Member
from ledger.offers.grant import Grants
from tests.support.example_drop import announced
from tests.support.given_when_then import Given

MEMBER = Member("m1", card_id="c1", household_id="h1")
CARD = Card("c1", "m1", Status.LIVE)
SHARED = Household(Map({"gala": Taken(1)}))
PER_HOUSEHOLD = Given("drop", announced(per_household=2)).state


def states(member: Member = MEMBER) -> dict[str, Any]:
    found = {"member-m1": member, "card-c1": CARD, "grant-m1": Grants(), "household-h1": SHARED}
    return defaultdict(Member, found)


def test_a_claimant_has_a_card_grants_and_whoever_asks_for_them() -> None:
    found = claimant(states(), NO_DROP, Principal(member_id="m1", officer_id="officer-li"))

    assert found == Claimant(
        member=MEMBER, card=CARD, grants=Grants(), household=NO_HOUSEHOLD, acting="officer-li"
    )


def test_the_household_is_read_where_the_drop_limits_households() -> None:
    asking = Principal(member_id="m1")

    assert claimant(states(), PER_HOUSEHOLD, asking).household == SHARED
    assert claimant(states(Member("m1")), PER_HOUSEHOLD, asking).household == NO_HOUSEHOLD


def test_a_member_without_a_card_has_one_that_was_never_issued() -> None:
    found = claimant(states(Member("m1")), NO_DROP, Principal(member_id="m1"))

    assert found.card == NO_CARD


def test_a_stranger_is_not_the_claimant() -> None:
    with pytest.raises(errors.NotAProxy):
        claimant(states(), NO_DROP, Principal(member_id="m1", acting="m2"))
