"""Kept places are offered to the waiting list, lapse, and pass to the next party."""

import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from ledger import errors
from ledger.drops import Drop, claim, events, lifecycle
from ledger.event import Event
from tests.ledger.drops.test_waiting_list import TEN
from tests.support.example_drop import (
    CLOSED,
    ENDS,
    MORNING,
    OFFER_MINUTES,
    OPENED,
    SLOT,
    TODAY,
    after_opening,
    claim_request,
    claimant,
    claimed,
    given_drop,
    joined,
    lapsed,
    offered,
)
from tests.support.given_when_then import Given, When


def when_looked_at(given: Given, minutes: float) -> When:
    return given.when(lifecycle.settle, at=after_opening(minutes), slot_name=MORNING)


@pytest.mark.parametrize(
    ("minutes", "noted"),
    [
        (29.99, []),
        (30, [lapsed("m2"), offered("m4", 30)]),
        (89.99, [lapsed("m2"), offered("m4", 30), lapsed("m4"), offered("m5", 60)]),
        (90, [lapsed("m2"), offered("m4", 30), lapsed("m4"), offered("m5", 60), lapsed("m5")]),
    ],
)
def test_an_offer_that_lapsed_went_at_that_instant_to_the_next_whose_party_fits(
    minutes: float, noted: list[Event]
) -> None:
    queue = (joined("m2"), joined("m3", 2, 2), joined("m4", 3), joined("m5", 4))

    when_looked_at(given_drop(OPENED, claimed("m8", 1, 5), *queue, offered("m2", 0)), minutes).then(
        *noted
    )


def test_what_lapses_at_one_instant_goes_together_to_the_party_that_is_next() -> None:
    ones = [joined(f"m{number}", number) for number in (1, 2, 3)]
    queue = (*ones, joined("m4", 4, 3), joined("m5", 5))
    offers = [offered(one.member_id, 0) for one in ones]

    when_looked_at(given_drop(OPENED, claimed("m8", 1, 3), *queue, *offers), OFFER_MINUTES).then(
        *(lapsed(one.member_id) for one in ones), offered("m4", OFFER_MINUTES)
    )


def test_offers_stop_when_the_session_is_over() -> None:
    late = events.Offered(
        member_id="m2",
        since=ENDS - timedelta(minutes=40),
        until=ENDS - timedelta(minutes=10),
        **SLOT,
    )
    last = events.Offered(member_id="m3", since=ENDS - TEN, until=ENDS, **SLOT)
    history = (OPENED, CLOSED, claimed("m8", 1, 5), joined("m2"), joined("m3", 2), joined("m4", 3))
    given = given_drop(*history, late)

    given.when(lifecycle.settle, at=ENDS, slot_name=MORNING).then(lapsed("m2"), last, lapsed("m3"))
    over = given_drop(*history, late, lapsed("m2"), last, lapsed("m3"))
    over.when(lifecycle.settle, at=ENDS, slot_name=MORNING).then()
    assert lifecycle.slot_at(over.state, MORNING, ENDS).left == 1


def with_waiting(number: int) -> Drop:
    """Return a sold-out drop whose first waiting member of so many has an offer."""
    queue = [joined(f"w{one}", one) for one in range(1, number + 1)]
    state: Drop = given_drop(OPENED, claimed("m8", 1, 5), *queue, offered("w1", 0)).state
    return state


def calls_made(act: Callable[[], object]) -> int:
    """Return the number of calls of Python and C functions: the work, whatever the machine."""
    made = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal made
        made += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        act()
    finally:
        sys.setprofile(None)
    return made


def refused_claim(state: Drop) -> None:
    asking: dict[str, Any] = {"asked": claim_request(), "who": claimant(), "today": TODAY}
    with pytest.raises(errors.SoldOut):
        claim.claim(state, at=after_opening(OFFER_MINUTES), **asking)


def test_with_a_lapsed_offer_a_refusal_costs_the_same_however_many_wait() -> None:
    few, many = with_waiting(50), with_waiting(5_000)

    first = [calls_made(lambda state=state: refused_claim(state)) for state in (few, many)]  # type: ignore[misc]
    later = [calls_made(lambda state=state: refused_claim(state)) for state in (few, many)]  # type: ignore[misc]

    assert first[1] - first[0] <= 20  # some more steps to find a number among a hundred times more
    assert later[0] == later[1] < first[0]


def test_what_passed_on_is_evaluated_again_only_after_the_next_lapse() -> None:
    state = with_waiting(3)

    lapsed_once = lifecycle.slot_at(state, MORNING, after_opening(OFFER_MINUTES))

    for minutes in (OFFER_MINUTES + 1, 2 * OFFER_MINUTES - 1):
        assert lifecycle.slot_at(state, MORNING, after_opening(minutes)) is lapsed_once
    assert "w2" not in lifecycle.slot_at(state, MORNING, after_opening(2 * OFFER_MINUTES)).waiting
    assert lifecycle.slot_at(state, MORNING, after_opening(OFFER_MINUTES)) == lapsed_once
    assert lifecycle.slot_at(state, MORNING, after_opening(0)) == state.slots[MORNING]
