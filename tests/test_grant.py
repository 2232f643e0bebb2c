"""Grants: placed on the card of one member, and taken back."""

from __future__ import annotations

from typing import Any

import pytest

from ledger import errors, grant
from ledger.benefits.free_service import FreeService
from ledger.terms import Ceilings, Funding, Rules
from tests.given import Given

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


def test_a_grant_is_made() -> None:
    Given("grant").when(grant.make, **NAMED, **PARTICULARS).then(MADE)


def test_a_grant_says_what_its_kind_takes_off() -> None:
    assert Given("grant", MADE).state.held["g1"].benefit == FreeService(times=2)


def test_a_member_may_hold_several_grants() -> None:
    another = grant.Made(**NAMED | {"grant_id": "g2"}, **PARTICULARS)

    assert set(Given("grant", MADE, another).state.held) == {"g1", "g2"}


def test_a_grant_made_again_after_the_card_was_replaced_is_the_same_grant() -> None:
    Given("grant", MADE).when(grant.make, **NAMED | {"card_id": "c2"}, **PARTICULARS).then()


@pytest.mark.parametrize(
    "other", [{"title": "另一个"}, {"terms": {"times": 3}}, {"rules": Rules()}, {"programme": ""}]
)
def test_a_grant_id_is_not_given_twice(other: dict[str, Any]) -> None:
    Given("grant", MADE).when(grant.make, **NAMED | PARTICULARS | other).then_refused(
        errors.GrantAlreadyMade
    )


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"terms": {"times": 0}}, "times"),
        ({"rules": Rules(ceilings=Ceilings(per_offer_minor=1))}, "per_offer_minor"),
        (
            {"rules": Rules(ceilings=Ceilings(per_fund_minor=1), funding=FUNDED)},
            "per_fund_minor",
        ),
    ],
)
def test_terms_that_cannot_be_are_not_granted(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(errors.TermsInvalid) as refused:
        grant.make(grant.INITIAL, **NAMED | PARTICULARS | wrong)

    assert refused.value.particulars["field"] == field


def test_a_grant_is_withdrawn() -> None:
    Given("grant", MADE).when(grant.withdraw, member_id="m1", grant_id="g1").then(WITHDRAWN)
    assert Given("grant", MADE, WITHDRAWN).state.held["g1"].withdrawn


def test_a_grant_withdrawn_is_not_made_again() -> None:
    given = Given("grant", MADE, WITHDRAWN)

    given.when(grant.make, **NAMED, **PARTICULARS).then()
    assert given.state.held["g1"].withdrawn


def test_a_grant_never_made_is_unknown() -> None:
    Given("grant", MADE).when(grant.withdraw, member_id="m1", grant_id="g2").then_refused(
        errors.GrantUnknown
    )
