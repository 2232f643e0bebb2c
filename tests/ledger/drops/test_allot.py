"""An allotment gives everybody in a group one ticket."""

from functools import partial
from typing import Any

import pytest

from ledger import errors
from ledger.drops import claim
from ledger.drops.terms import Mode
from ledger.members.household import Household, Taken
from tests.support.example_drop import (
    CLOSES,
    DROP,
    ENDS,
    MICROSECOND,
    OPENED,
    OPENS,
    TODAY,
    announced,
    claim_request,
    claimant,
    claimed,
    given_drop,
    held_ticket,
    ticket_grant,
)
from tests.support.given_when_then import Given, Refused

FULL = (claimed("m8", 1, 3), claimed("m9", 2, 3))
GIVEN_OUT = announced(mode=Mode.ALLOTMENT, waiting_max=0)
COMMON: dict[str, Any] = {"at": OPENS, "today": TODAY}


when_allotted = partial(
    Given.when, verb=claim.allot, asked=claim_request(), who=claimant(acting="officer-li"), **COMMON
)


def test_everybody_in_the_group_gets_one() -> None:
    when_allotted(Given("drop", GIVEN_OUT)).then_each_time(
        OPENED, claimed("m1", claimed_by="officer-li"), ticket_grant()
    )


def test_who_has_one_gets_no_second() -> None:
    when_allotted(Given("drop", GIVEN_OUT, OPENED), who=claimant("m1", held_ticket())).then()


@pytest.mark.parametrize(
    ("given", "changed", "refusal"),
    [
        (Given("drop"), {}, errors.DropUnknown),
        (given_drop(OPENED), {}, errors.NotInThisMode(mode="first_come")),
        (Given("drop", GIVEN_OUT), {"asked": claim_request(party=9)}, errors.PartyTooLarge(most=3)),
        (
            Given("drop", GIVEN_OUT),
            {"at": OPENS - MICROSECOND},
            errors.NotOpenYet(opens_at=OPENS.isoformat()),
        ),
        (Given("drop", GIVEN_OUT), {"at": CLOSES}, errors.DropClosed),
        (Given("drop", GIVEN_OUT), {"who": claimant(member_id="")}, errors.MemberUnknown),
        (
            Given("drop", GIVEN_OUT),
            {"asked": claim_request(session_id="nowhere")},
            errors.SessionUnknown,
        ),
        (
            Given(
                "drop",
                announced(mode=Mode.ALLOTMENT, waiting_max=0, closes_at=ENDS + MICROSECOND),
                OPENED,
            ),
            {"at": ENDS},
            errors.TicketOver(ends_at=ENDS.isoformat()),
        ),
        (Given("drop", GIVEN_OUT, OPENED, *FULL), {}, errors.SoldOut(elsewhere=[])),
    ],
)
def test_what_is_not_allotted_says_why(
    given: Given, changed: dict[str, Any], refusal: Refused
) -> None:
    when_allotted(given, **changed).then_refused(refusal)


def test_a_household_is_allotted_as_many_as_it_may_have() -> None:
    full = Household(Household().taken.set(DROP, Taken(tickets=1)))
    given = Given("drop", announced(mode=Mode.ALLOTMENT, waiting_max=0, per_household=1), OPENED)

    when_allotted(given, who=claimant(household_id="h1", household=full)).then_refused(
        errors.HouseholdLimitReached(most=1)
    )
