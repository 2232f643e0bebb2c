"""The lifecycle of a drop: announced, changed, opened and closed by the clock, cancelled."""

from datetime import timedelta, timezone
from typing import Any

import msgspec
import pytest

from ledger import errors
from ledger.drops import Drop, Status, events, lifecycle
from ledger.drops.terms import WORDS_LENGTH_MAX, Audience, Mode, Plan, in_utc
from ledger.event import Event
from tests.support.example_drop import (
    ANNOUNCED,
    CANCELLED,
    CLOSED,
    CLOSES,
    DROP,
    MICROSECOND,
    MORNING,
    OPENED,
    OPENS,
    after_opening,
    claimed,
    garden,
    given_drop,
    joined,
    offered,
    pillow,
    plan,
    released,
    session,
)
from tests.support.given_when_then import Given, Verb

BEFORE = OPENS - timedelta(days=1)
MORE = plan(garden(session(capacity=9)))
REASON = "加开一趟班车"


# Announced


def test_a_drop_is_announced() -> None:
    Given("drop").when(lifecycle.announce, drop_id=DROP, plan=ANNOUNCED.plan, at=BEFORE).then(
        ANNOUNCED
    )


def test_a_drop_is_announced_until_the_instant_it_opens() -> None:
    Given("drop").when(lifecycle.announce, drop_id=DROP, plan=plan(), at=OPENS).then(ANNOUNCED)
    Given("drop").when(
        lifecycle.announce, drop_id=DROP, plan=plan(), at=OPENS + MICROSECOND
    ).then_refused(errors.TermsInvalid, field="opens_at")


def test_a_drop_id_is_not_given_twice() -> None:
    given_drop().when(lifecycle.announce, drop_id=DROP, plan=MORE, at=BEFORE).then_refused(
        errors.DropAlreadyAnnounced
    )


@pytest.mark.parametrize("drop_id", ["", "五一", "may/day", "-may", "m" * 65, "may-day\n"])
def test_a_drop_nobody_could_ask_for_is_not_announced(drop_id: str) -> None:
    Given("drop").when(lifecycle.announce, drop_id=drop_id, plan=plan(), at=OPENS).then_refused(
        errors.TermsInvalid, field="drop_id"
    )


def test_announced_again_after_it_opened_nothing_is_new() -> None:
    given_drop(OPENED).when(
        lifecycle.announce, drop_id=DROP, plan=plan(), at=after_opening(5)
    ).then()


def test_the_same_plan_in_another_spelling_changes_nothing() -> None:
    stored = msgspec.json.decode(msgspec.json.encode(in_utc(plan())), type=Plan)
    elsewhere = timezone(timedelta(hours=5, minutes=45))
    times = {one: getattr(plan(), one).astimezone(elsewhere) for one in ("opens_at", "closes_at")}
    spelled = plan(**times, waiting_max=plan().waiting_max, audience=Audience(groups=()))

    announced = Given("drop", events.Announced(drop_id=DROP, plan=stored))

    announced.when(lifecycle.announce, drop_id=DROP, plan=spelled, at=BEFORE).then()
    announced.when(lifecycle.change, plan=spelled, at=BEFORE).then()


@pytest.mark.parametrize("verb", [lifecycle.announce, lifecycle.change])
def test_terms_that_contradict_themselves_are_not_announced(verb: Verb) -> None:
    given = Given("drop") if verb is lifecycle.announce else given_drop()
    named = {"drop_id": DROP} if verb is lifecycle.announce else {}

    given.when(verb, plan=plan(title=""), at=BEFORE, **named).then_refused(
        errors.TermsInvalid, field="title", most=WORDS_LENGTH_MAX
    )


# Changed before it opens


def test_before_it_opens_a_drop_is_changed() -> None:
    changed = events.Changed(drop_id=DROP, plan=plan(pillow(), mode=Mode.ALLOTMENT, waiting_max=0))

    given_drop().when(lifecycle.change, plan=changed.plan, at=OPENS - MICROSECOND).then(changed)
    assert list(given_drop(changed).state.slots) == ["pillow/hall"]


def test_a_drop_is_not_changed_to_have_opened_already() -> None:
    earlier = plan(opens_at=BEFORE - MICROSECOND)

    given_drop().when(lifecycle.change, plan=earlier, at=BEFORE).then_refused(
        errors.TermsInvalid, field="opens_at"
    )


@pytest.mark.parametrize("history", [(), (OPENED,), (OPENED, CLOSED)])
def test_once_open_a_drop_is_not_changed(history: tuple[Event, ...]) -> None:
    given_drop(*history).when(lifecycle.change, plan=MORE, at=OPENS).then_refused(
        errors.DropAlreadyOpen
    )
    given_drop(*history).when(lifecycle.change, plan=plan(), at=OPENS).then()


# Open and closed by the clock


@pytest.mark.parametrize(
    ("at", "status"),
    [
        (OPENS - MICROSECOND, Status.ANNOUNCED),
        (OPENS, Status.OPEN),
        (CLOSES - MICROSECOND, Status.OPEN),
        (CLOSES, Status.CLOSED),
    ],
)
def test_a_drop_opens_and_closes_to_the_microsecond(at: Any, status: Status) -> None:
    state = given_drop().state

    assert lifecycle.status_at(state, at) is status

    noted: list[Event] = {
        Status.ANNOUNCED: [],
        Status.OPEN: [OPENED],
        Status.CLOSED: [OPENED, CLOSED],
    }[status]
    given_drop().when(lifecycle.settle, at=at).then(*noted)
    assert given_drop(*noted).state.status is status


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (Given("drop"), Status.NONE),
        (given_drop(CANCELLED), Status.CANCELLED),
        (given_drop(OPENED, events.Closed(drop_id=DROP, reason="暴雨")), Status.CLOSED),
    ],
)
def test_no_clock_opens_what_is_over(given: Given, status: Status) -> None:
    assert lifecycle.status_at(given.state, after_opening(5)) is status


# Closed early, cancelled


def test_an_open_drop_is_closed_before_its_time() -> None:
    early = events.Closed(drop_id=DROP, reason="暴雨")

    given_drop(OPENED).when(lifecycle.close, reason="暴雨", at=OPENS).then(early)
    given_drop().when(lifecycle.close, reason="暴雨", at=OPENS).then(OPENED, early)
    given_drop().when(lifecycle.close, reason="暴雨", at=OPENS - MICROSECOND).then_refused(
        errors.NotOpenYet, opens_at=OPENS.isoformat()
    )


def test_closed_by_the_clock_it_is_not_closed_again() -> None:
    given_drop(OPENED).when(lifecycle.close, reason="暴雨", at=CLOSES).then(CLOSED)
    given_drop(OPENED, CLOSED).when(lifecycle.close, reason="暴雨", at=CLOSES).then()


@pytest.mark.parametrize("history", [(), (OPENED,), (OPENED, CLOSED)])
def test_a_drop_is_called_off_whenever(history: tuple[Event, ...]) -> None:
    given_drop(*history).when(lifecycle.cancel, reason="闭园").then(CANCELLED)


@pytest.mark.parametrize("verb", ["amend", "close", "cancel"])
@pytest.mark.parametrize("reason", ["", " ", "因为\n雨", "长" * (WORDS_LENGTH_MAX + 1)])
def test_everybody_can_read_why(verb: str, reason: str) -> None:
    asked: dict[str, Any] = {
        "amend": {"plan": MORE, "at": OPENS},
        "close": {"at": OPENS},
        "cancel": {},
    }[verb]

    given_drop(OPENED).when(getattr(lifecycle, verb), reason=reason, **asked).then_refused(
        errors.InputInvalid, field="reason", most=WORDS_LENGTH_MAX
    )


@pytest.mark.parametrize(
    ("verb", "asked"),
    [
        (lifecycle.change, {"plan": MORE, "at": OPENS}),
        (lifecycle.amend, {"plan": MORE, "reason": REASON, "at": OPENS}),
        (lifecycle.close, {"reason": REASON, "at": OPENS}),
        (lifecycle.settle, {"at": OPENS}),
    ],
)
def test_nothing_happens_to_a_drop_nobody_announced_or_that_was_called_off(
    verb: Verb, asked: dict[str, Any]
) -> None:
    Given("drop").when(verb, **asked).then_refused(errors.DropUnknown)
    given_drop(CANCELLED).when(verb, **asked).then_refused(errors.DropCancelled)


def test_nothing_is_kept_for_anybody_in_a_drop_that_was_called_off() -> None:
    waited = (claimed("m1", 1, 6), joined("m2", 1), joined("m3", 2), released("m1", 1, 6))
    state = given_drop(OPENED, *waited, offered("m2", 0), CANCELLED).state

    slot = lifecycle.slot_at(state, MORNING, after_opening(40))

    assert slot == state.slots[MORNING]


def test_a_drop_nobody_announced_is_not_called_off() -> None:
    Given("drop").when(lifecycle.cancel, reason="闭园").then_refused(errors.DropUnknown)


def test_its_events_are_of_its_stream() -> None:
    assert ANNOUNCED.stream == "drop-may-day"
    assert claimed("m1").slot == "garden/morning"
    assert msgspec.structs.asdict(Drop())["status"] is Status.NONE
