"""Places kept for waiting members: claimed by them only, returned, and passed on."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from ledger import errors
from ledger.benefits.terms import Rules
from ledger.drops import claim, events
from ledger.members.household import Counted
from ledger.offers.grant import Grant, Used, Withdrawn
from tests.support.example_drop import (
    BEGINS,
    CANCELLED,
    CLOSED,
    CLOSES,
    DROP,
    ENDS,
    MICROSECOND,
    OPENED,
    OPENS,
    SLOT,
    TODAY,
    after_opening,
    announced,
    claim_request,
    claimant,
    claimed,
    garden,
    given_drop,
    held_ticket,
    joined,
    lapsed,
    offered,
    released,
    session,
    ticket_grant,
)
from tests.support.given_when_then import Given

FULL = (claimed("m8", 1, 3), claimed("m9", 2, 3))
NO_TICKET = Grant("g1", "八折理发", "percent_off", {"basis_points": 2_000}, Rules())
COMMON: dict[str, Any] = {"at": OPENS, "today": TODAY}


when_claimed = partial(
    Given.when, verb=claim.claim, asked=claim_request(), who=claimant(), **COMMON
)


def test_places_kept_by_an_offer_are_in_no_one_elses_reach() -> None:
    history = (OPENED, claimed("m8", 1, 5), joined("m2", 1, 1), offered("m2", 0))

    when_claimed(given_drop(*history)).then_refused(
        errors.SoldOut, waiting=1, waiting_max=10, elsewhere=[]
    )
    when_claimed(
        given_drop(*history), who=claimant("m2"), asked=claim_request("k2")
    ).then_each_time(claimed("m2", 2), ticket_grant("m2", 2))
    taken = given_drop(*history, claimed("m2", 2)).state.slots["garden/morning"]
    assert (taken.left, taken.kept, len(taken.waiting)) == (0, 0, 0)


def test_who_was_offered_places_takes_them_after_the_drop_closed() -> None:
    kept = (OPENED, *FULL, joined("m2"), released("m9", 2, 3), offered("m2", 60))
    at = CLOSES
    offer = events.Offered(member_id="m2", since=at, until=at + MICROSECOND, **SLOT)

    when_claimed(
        given_drop(*kept[:-1], offer), who=claimant("m2"), asked=claim_request("k3"), at=at
    ).then_each_time(CLOSED, claimed("m2", 3), ticket_grant("m2", 3))


def test_what_a_smaller_party_leaves_goes_to_the_next() -> None:
    history = (OPENED, claimed("m8", 1, 3), joined("m2", 1, 3), joined("m3", 2, 2))

    when_claimed(
        given_drop(*history, offered("m2", 0)),
        who=claimant("m2"),
        asked=claim_request("k2"),
        at=after_opening(10),
    ).then_each_time(claimed("m2", 2), ticket_grant("m2", 2), offered("m3", 10))


def test_who_waits_may_take_what_is_left_for_a_smaller_party() -> None:
    history = (OPENED, claimed("m8", 1, 5), joined("m2", 1, 3))

    when_claimed(
        given_drop(*history), who=claimant("m2"), asked=claim_request("k2")
    ).then_each_time(claimed("m2", 2), ticket_grant("m2", 2))
    after = given_drop(*history, claimed("m2", 2)).state.slots["garden/morning"]
    assert (after.left, after.least, len(after.waiting)) == (0, 0, 0)


def test_an_offer_that_lapsed_is_not_taken() -> None:
    history = (
        OPENED,
        claimed("m8", 1, 5),
        joined("m2", 1, 1),
        joined("m3", 2, 1),
        offered("m2", 0),
    )

    when_claimed(
        given_drop(*history), who=claimant("m2"), asked=claim_request("k2"), at=after_opening(30)
    ).then_refused(errors.SoldOut, waiting=1, waiting_max=10, elsewhere=[])
    when_claimed(
        given_drop(*history), who=claimant("m3"), asked=claim_request("k2"), at=after_opening(30)
    ).then_each_time(lapsed("m2"), offered("m3", 30), claimed("m3", 2), ticket_grant("m3", 2))


# Given back


when_released = partial(
    Given.when, verb=claim.release, held=held_ticket(), member_id="m1", at=after_opening(5)
)


def withdrawn(member_id: str = "m1", number: int = 1, party: int = 1, **changed: Any) -> Withdrawn:
    grant = held_ticket(member_id, number, party, **changed)
    return Withdrawn(member_id=member_id, grant_id=grant.grant_id, ticket=grant.ticket)


def test_a_ticket_is_given_back_and_its_places_with_it() -> None:
    given = given_drop(OPENED, claimed("m1", 1, 3))

    when_released(given, held=held_ticket(party=3)).then_each_time(
        released("m1", 1, 3), withdrawn(party=3)
    )
    when_released(given, held=held_ticket(party=3, withdrawn=True)).then()
    assert (
        given_drop(OPENED, claimed("m1", 1, 3), released("m1", 1, 3))
        .state.slots["garden/morning"]
        .left
        == 6
    )


def test_places_given_back_go_to_the_first_whose_party_fits() -> None:
    queue = (joined("m2", 1, 3), joined("m3", 2, 1), joined("m4", 3, 2), joined("m5", 4, 1))
    given = given_drop(OPENED, claimed("m8", 1, 4), claimed("m1", 2, 2), *queue)

    when_released(given, held=held_ticket("m1", 2, 2)).then_each_time(
        released("m1", 2, 2), withdrawn("m1", 2, 2), offered("m3", 5), offered("m5", 5)
    )


def test_what_the_clock_brought_about_comes_before_what_is_given_back() -> None:
    waited = (joined("m2", 1, 1), joined("m3", 2, 1), joined("m4", 3, 1), offered("m2", 0))
    given = given_drop(OPENED, claimed("m8", 1, 4), claimed("m1", 2, 1), *waited)

    when_released(given, held=held_ticket("m1", 2), at=after_opening(45)).then_each_time(
        lapsed("m2"), offered("m3", 30), released("m1", 2), withdrawn("m1", 2), offered("m4", 45)
    )


def test_a_household_may_have_another_once_one_is_given_back() -> None:
    given = Given("drop", announced(per_household=1), OPENED, claimed("m1"))

    when_released(given, held=held_ticket(household_id="h1")).then_each_time(
        released("m1"),
        withdrawn(household_id="h1"),
        Counted(household_id="h1", drop_id=DROP, tickets=-1),
    )


@pytest.mark.parametrize("no_ticket", [None, NO_TICKET])
def test_what_the_member_does_not_hold_is_not_given_back(no_ticket: Any) -> None:
    when_released(given_drop(OPENED), held=no_ticket).then_refused(errors.TicketUnknown)


def test_a_ticket_that_was_used_is_not_given_back() -> None:
    grant = held_ticket()
    assert grant.ticket is not None
    gate = {"merchant_id": "rose-garden", "outlet_id": "gate", "till_id": "g1", "at": BEGINS}
    held = {"member_id": "m1", "grant_id": grant.grant_id, "ticket": grant.ticket}
    used = Used(use_id="u1", people=1, **held, **gate)

    when_released(given_drop(OPENED, claimed("m1")), held=held_ticket(uses=(used,))).then_refused(
        errors.TicketUsed
    )


@pytest.mark.parametrize(
    ("terms", "until"),
    [
        ({}, BEGINS),
        ({"returns_until": CLOSES}, CLOSES),
        ({"returns_until": ENDS + timedelta(days=2)}, ENDS),
    ],
    ids=["session_begins", "announced", "session_over"],
)
def test_tickets_are_given_back_until_the_instant_that_was_announced(
    terms: dict[str, Any], until: Any
) -> None:
    given = Given("drop", announced(**terms), OPENED, CLOSED, claimed("m1"))

    when_released(given, at=until).then_refused(
        errors.ReturnsClosed, returns_until=until.isoformat()
    )
    when_released(given, at=until - MICROSECOND).then_each_time(released("m1"), withdrawn())


def test_a_ticket_of_a_drop_that_was_called_off_is_not_given_back() -> None:
    when_released(given_drop(OPENED, claimed("m1"), CANCELLED)).then_refused(errors.DropCancelled)


def test_who_has_all_they_may_waits_nowhere_else() -> None:
    both = announced(garden(session("morning"), session("afternoon", 1)))
    evening = {"session_id": "afternoon"}
    history = (
        *(OPENED, claimed("m8", 1, 1, **evening)),
        *(joined("m1", 1, 1, **evening), joined("m2", 2, 1, **evening)),
    )

    facts = claim.claim(
        Given("drop", both, *history).state,
        **{"asked": claim_request("k2"), "who": claimant("m1")} | COMMON,
    )

    assert facts[-1] == events.Left(member_id="m1", **SLOT | evening)
    assert [type(one) for one in facts[:2]] == [events.Claimed, type(ticket_grant("m1", 2))]


def test_what_was_kept_for_who_has_all_they_may_goes_to_the_next() -> None:
    both = announced(garden(session("morning"), session("afternoon", 1)))
    evening = {"session_id": "afternoon"}
    history = (
        *(OPENED, claimed("m8", 1, 1, **evening)),
        *(joined("m1", 1, 1, **evening), joined("m2", 2, 1, **evening)),
        released("m8", 1, 1, **evening),
        events.Offered(member_id="m1", since=OPENS, until=after_opening(30), **SLOT | evening),
    )

    facts = claim.claim(
        Given("drop", both, *history).state,
        **{"asked": claim_request("k2"), "who": claimant("m1")} | COMMON,
    )

    assert [one.member_id for one in facts if isinstance(one, events.Offered)] == ["m2"]
