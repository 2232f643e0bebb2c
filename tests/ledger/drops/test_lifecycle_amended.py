"""Amending an open drop needs a reason, and never changes the terms that members relied on."""

from datetime import date
from functools import partial
from typing import Any

import pytest

from ledger import errors
from ledger.drops import events, lifecycle
from ledger.drops.terms import WORDS_LENGTH_MAX, Audience, Mode, SeedRule, Session
from ledger.event import Event
from tests.support.example_drop import (
    BY_LOT,
    CLOSED,
    CLOSES,
    DROP,
    MICROSECOND,
    OPENED,
    OPENS,
    after_opening,
    announced,
    claimed,
    garden,
    given_drop,
    joined,
    lapsed,
    offered,
    pillow,
    plan,
    session,
)
from tests.support.given_when_then import Given

MORE = plan(garden(session(capacity=9)))
FROZEN = events.Frozen(drop_id=DROP, entries=0, sha256="5f", places=(("garden", "morning", 6),))
REASON = "加开一趟班车"


amend = partial(lifecycle.amend, plan=MORE, reason=REASON, at=OPENS)


def amended(*sessions: Session, **changed: Any) -> events.Amended:
    return events.Amended(drop_id=DROP, plan=plan(garden(*sessions), **changed), reason=REASON)


@pytest.mark.parametrize("history", [(), (OPENED,)])
def test_an_open_drop_is_amended_for_a_reason(history: tuple[Event, ...]) -> None:
    more = amended(session(capacity=9), session("afternoon"), closes_at=CLOSES + MICROSECOND)
    noted = () if history else (OPENED,)

    given_drop(*history).when(amend, plan=more.plan).then(*noted, more)

    state = given_drop(*history, *noted, more).state
    assert {name: slot.capacity for name, slot in state.slots.items()} == {
        "garden/morning": 9,
        "garden/afternoon": 6,
    }


def test_before_it_opens_a_drop_is_not_amended() -> None:
    given_drop().when(amend, at=OPENS - MICROSECOND).then_refused(
        errors.NotOpenYet, opens_at=OPENS.isoformat()
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("opens_at", OPENS - MICROSECOND),
        ("per_member", 2),
        ("per_household", 1),
        ("audience", Audience(branches=("branch-miyun",))),
        ("mode", Mode.ALLOTMENT),
    ],
)
def test_what_members_relied_on_is_not_amended(field: str, value: Any) -> None:
    other = plan(waiting_max=0, **{field: value})

    Given("drop", announced(waiting_max=0), OPENED).when(amend, plan=other).then_refused(
        errors.TermsInvalid, field=field
    )


def test_the_numbers_that_decide_are_not_amended() -> None:
    rule = SeedRule(statement="快乐八", source="快乐八", day=date(2019, 4, 30))

    Given("drop", announced(**BY_LOT), OPENED).when(
        amend, plan=plan(**BY_LOT | {"seed_rule": rule})
    ).then_refused(errors.TermsInvalid, field="seed_rule")


def test_what_is_drawn_for_is_not_amended_until_it_is_drawn() -> None:
    more = events.Amended(
        drop_id=DROP, plan=plan(garden(session(capacity=9)), **BY_LOT), reason=REASON
    )
    drawing = Given("drop", announced(**BY_LOT), OPENED, CLOSED, FROZEN)
    drawn = Given(
        "drop", announced(**BY_LOT), OPENED, CLOSED, FROZEN, events.Drawn(drop_id=DROP, winners=0)
    )

    drawing.when(amend, plan=more.plan, at=CLOSES).then_refused(errors.NotInThisMode, mode="draw")
    drawn.when(amend, plan=more.plan, at=CLOSES).then(more)


def test_the_terms_of_a_draw_stay_from_its_closing_until_it_is_drawn() -> None:
    more = plan(garden(session(capacity=9)), **BY_LOT)
    given = Given("drop", announced(**BY_LOT), OPENED)

    closes = BY_LOT["closes_at"]
    given.when(amend, plan=more, at=closes).then_refused(errors.NotInThisMode, mode="draw")
    given.when(amend, plan=more, at=closes - MICROSECOND).then(
        events.Amended(drop_id=DROP, plan=more, reason=REASON)
    )


@pytest.mark.parametrize("terms", [{}, BY_LOT])
def test_the_places_of_a_session_are_counted_as_they_were(terms: dict[str, Any]) -> None:
    other = plan(garden(by_person=False), **terms)

    Given("drop", announced(**terms), OPENED).when(amend, plan=other).then_refused(
        errors.TermsInvalid, field="by_person"
    )


def test_who_entered_a_draw_may_win_with_their_party() -> None:
    fewer, more = (plan(garden(party_max=most), **BY_LOT) for most in (2, 4))
    given = Given("drop", announced(**BY_LOT), OPENED)

    given.when(amend, plan=fewer).then_refused(errors.TermsInvalid, field="party_max", least=3)
    given.when(amend, plan=more).then(events.Amended(drop_id=DROP, plan=more, reason=REASON))


def test_amended_terms_are_checked() -> None:
    given_drop(OPENED).when(amend, plan=plan(title="")).then_refused(
        errors.TermsInvalid, field="title", most=WORDS_LENGTH_MAX
    )


def test_no_session_goes() -> None:
    given_drop(OPENED).when(amend, plan=plan(pillow())).then_refused(
        errors.TermsInvalid, field="sessions", slot="garden/morning"
    )


@pytest.mark.parametrize(
    ("history", "minutes", "taken"),
    [
        ((claimed("m1", 1, 3), claimed("m2", 2, 3)), 5, 6),
        ((claimed("m1", 1, 3), joined("m2", 1, 3), offered("m2", 0)), 5, 6),
    ],
    ids=["taken", "kept"],
)
def test_what_is_taken_or_kept_stays(
    history: tuple[Event, ...], minutes: float, taken: int
) -> None:
    given = given_drop(OPENED, *history)
    at = after_opening(minutes)

    less = plan(garden(session(capacity=taken - 1)))
    given.when(amend, plan=less, at=at).then_refused(
        errors.CapacityTaken, slot="garden/morning", taken=taken
    )
    just = amended(session(capacity=taken), title="五一")
    given.when(amend, plan=just.plan, at=at).then(just)


def test_what_lapsed_unnoticed_is_not_in_the_way() -> None:
    waited = (claimed("m1", 1, 3), joined("m2", 1, 3), offered("m2", 0))
    less = amended(session(capacity=3))

    given_drop(OPENED, *waited).when(amend, plan=less.plan, at=after_opening(30)).then(
        lapsed("m2"), less
    )


def test_what_was_offered_before_an_amendment_goes_by_the_old_terms() -> None:
    sold_out = (claimed("m1", 1, 3), joined("m2", 1, 3), joined("m3", 2, 2), offered("m2", 0))
    longer = amended(session(capacity=5), offer_minutes=60)

    given_drop(OPENED, *sold_out).when(amend, plan=longer.plan, at=after_opening(40)).then(
        lapsed("m2"), offered("m3", 30), longer
    )


def test_what_is_added_goes_first_to_who_waits() -> None:
    sold_out = (claimed("m1", 1, 6), joined("m2", 1, 3), joined("m3", 2, 1), joined("m4", 3, 1))
    more = amended(session(capacity=8))

    given_drop(OPENED, *sold_out).when(amend, plan=more.plan, at=after_opening(5)).then(
        more, offered("m3", 5), offered("m4", 5)
    )
