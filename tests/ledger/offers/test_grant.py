"""Grants: placed on the card of one member, withdrawn, and used if they are tickets."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from immutables import Map

from ledger import errors
from ledger.benefits.kinds.admission import Admission
from ledger.benefits.kinds.free_service import FreeService
from ledger.benefits.terms import Ceilings, Funding, Rules
from ledger.offers import grant
from ledger.offers.grant import Grant, Grants
from ledger.offers.offer import Offer
from tests.support.given_when_then import Given, sentences

FUNDED = Funding(union_basis_points=10_000, fund_id="care")
PARTICULARS: dict[str, Any] = {
    "title": "免费理发两次",
    "kind": "free_service",
    "terms": {"times": 2},
    "rules": Rules(ceilings=Ceilings(per_member_minor=100_00), funding=FUNDED),
    "programme": "care",
}
NAMED: dict[str, Any] = {"member_id": "m1", "card_id": "c1", "grant_id": "g1"}
MADE = grant.Made(**NAMED, **PARTICULARS)
WITHDRAWN = grant.Withdrawn(member_id="m1", grant_id="g1")
MAY_DAY = datetime(2019, 5, 1, 1, tzinfo=UTC)
SLOT = {"drop_id": "may-day", "item_id": "garden", "session_id": "may-1"}
TICKET = grant.Ticket(**SLOT, claim_id="k1", number=7, party=3, places=3)
GATE = {"merchant_id": "rose-garden", "outlet_id": "gate", "till_id": "t1"}
PLACED: dict[str, Any] = {"title": "玫瑰园门票", "kind": "admission", "terms": {"party": 3}}
GIVEN = grant.Made(**NAMED, **PLACED, ticket=TICKET)
GIVEN_BACK = grant.Withdrawn(member_id="m1", grant_id="g1", ticket=TICKET)


def used(use_id: str = "u1", people: int = 1) -> grant.Used:
    held = {"member_id": "m1", "grant_id": "g1", "ticket": TICKET}
    return grant.Used(**held, use_id=use_id, people=people, **GATE, at=MAY_DAY)


UNDONE = grant.UseUndone(member_id="m1", grant_id="g1", undone=used(), at=MAY_DAY)


make = partial(grant.make, **NAMED, **PARTICULARS)
withdraw = partial(grant.withdraw, member_id="m1", grant_id="g1")
SPELLED = {"times": 2, "worth_max_minor": None, "service": {"zh": "服务", "en": "service"}}

test_a_grant = sentences(
    "grant",
    {
        "is made": ([], make, [MADE]),
        "is the same after the card was replaced": ([MADE], partial(make, card_id="c2"), []),
        "is the same in another spelling": ([MADE], partial(make, terms=SPELLED), []),
        "is withdrawn": ([MADE], withdraw, [WITHDRAWN]),
        "is withdrawn once": ([MADE, WITHDRAWN], withdraw, []),
        "is not made again once withdrawn": ([MADE, WITHDRAWN], make, []),
        "is unknown if never made": ([MADE], partial(withdraw, grant_id="g2"), errors.GrantUnknown),
        "that is a ticket is not withdrawn": ([GIVEN], withdraw, errors.ShowAsTicket),
        "that is a ticket is given back": ([GIVEN, GIVEN_BACK], withdraw, errors.ShowAsTicket),
        "is not made under the id of a ticket": ([GIVEN], make, errors.GrantAlreadyMade),
    },
)


def test_a_grant_says_what_its_kind_takes_off() -> None:
    assert Given("grant", MADE).state.held["g1"].benefit == FreeService(times=2)


def test_a_member_may_hold_several_grants() -> None:
    another = grant.Made(**NAMED | {"grant_id": "g2"}, **PARTICULARS)

    assert set(Given("grant", MADE, another).state.held) == {"g1", "g2"}


@pytest.mark.parametrize(
    "other", [{"title": "另一个"}, {"terms": {"times": 3}}, {"rules": Rules()}, {"programme": ""}]
)
def test_a_grant_id_is_not_given_twice(other: dict[str, Any]) -> None:
    Given("grant", MADE).when(make, **other).then_refused(errors.GrantAlreadyMade)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"terms": {"times": 0}}, "times"),
        ({"rules": Rules(ceilings=Ceilings(per_offer_minor=1))}, "per_offer_minor"),
        ({"rules": Rules(ceilings=Ceilings(per_fund_minor=1), funding=FUNDED)}, "per_fund_minor"),
    ],
)
def test_terms_that_cannot_be_are_not_granted(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(errors.TermsInvalid) as refused:
        grant.make(grant.INITIAL, **NAMED | PARTICULARS | wrong)

    assert refused.value.particulars["field"] == field


def test_a_grant_withdrawn_stays_so() -> None:
    assert Given("grant", MADE, WITHDRAWN).state.held["g1"].withdrawn


def test_a_ticket_is_a_grant_that_says_what_it_is_for() -> None:
    held = Given("grant", GIVEN).state.held["g1"]

    assert (held.ticket, held.withdrawn, held.uses) == (TICKET, False, ())
    assert held.benefit == Admission(party=3)


def test_a_ticket_given_back_stays_on_record() -> None:
    held = Given("grant", GIVEN, GIVEN_BACK).state.held["g1"]

    assert (held.ticket, held.withdrawn) == (TICKET, True)


def test_uses_stand_on_the_ticket_in_the_order_they_came() -> None:
    held = Given("grant", GIVEN, used(), used("u2", 2)).state.held["g1"]

    assert held.uses == (used(), used("u2", 2))


def test_what_is_undone_is_as_if_it_had_not_been_and_nothing_else_is() -> None:
    held = Given("grant", GIVEN, used(), used("u2", 2), UNDONE).state.held["g1"]

    assert held.uses == (used("u2", 2),)
    assert Given("grant", GIVEN, used(), UNDONE).state == Given("grant", GIVEN).state


def test_the_uses_of_one_ticket_are_no_other_ones() -> None:
    other = grant.Made(**NAMED | {"grant_id": "g2"}, **PLACED, ticket=TICKET)

    assert Given("grant", GIVEN, other, used()).state.held["g2"].uses == ()


def test_everything_about_a_ticket_stands_in_the_members_stream() -> None:
    assert {one.stream for one in (GIVEN, used(), UNDONE, GIVEN_BACK)} == {"grant-m1"}


def test_a_grant_hides_the_offer_of_its_id_and_no_other() -> None:
    made = Grant("spa", "spa", "free_service", {}, Rules())
    hidden, other = Offer("spa"), Offer("hair")

    assert Grants(Map(spa=made)).with_offers([hidden, other]) == [made, other]
    assert Grants().with_offers([hidden, other]) == [hidden, other]
