"""Kept places are offered to the waiting list, lapse, and pass to the next party."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ledger.drops import events, lifecycle
from ledger.event import Event
from tests.ledger.drops.test_waiting_list import TEN
from tests.support.example_drop import (
    CLOSED,
    ENDS,
    MORNING,
    OFFER_MINUTES,
    OPENED,
    SLOT,
    after_opening,
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
