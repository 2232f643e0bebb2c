"""The lifecycle of a drop: announced, changed, opened and closed by the clock, cancelled."""

from datetime import timedelta, timezone
from functools import partial
from typing import Any

import msgspec
import pytest

from ledger import errors
from ledger.drops import Drop, Status, events, lifecycle
from ledger.drops.terms import WORDS_LENGTH_MAX, Audience, Mode, Plan, in_utc
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
from tests.support.given_when_then import Given, Verb, sentences

BEFORE = OPENS - timedelta(days=1)
MORE = plan(garden(session(capacity=9)))

announce = partial(lifecycle.announce, drop_id=DROP, plan=plan(), at=BEFORE)
change = partial(lifecycle.change, plan=MORE, at=OPENS)
amend = partial(lifecycle.amend, plan=MORE, reason="加开一趟班车", at=OPENS)
close = partial(lifecycle.close, reason="暴雨", at=OPENS)
cancel = partial(lifecycle.cancel, reason="闭园")
EARLY = events.Closed(drop_id=DROP, reason="暴雨")
NEW, OPEN = [ANNOUNCED], [ANNOUNCED, OPENED]
OVER = [*OPEN, CLOSED]
OTHER = plan(pillow(), mode=Mode.ALLOTMENT, waiting_max=0)
CHANGED = events.Changed(drop_id=DROP, plan=OTHER)
PAST = errors.TermsInvalid(field="opens_at")

test_a_drop = sentences(
    "drop",
    {
        "is announced": ([], announce, NEW),
        "is announced until the instant it opens": ([], partial(announce, at=OPENS), NEW),
        "is not announced later": ([], partial(announce, at=OPENS + MICROSECOND), PAST),
        "has an id of its own": (NEW, partial(announce, plan=MORE), errors.DropAlreadyAnnounced),
        "is announced once even once open": (OPEN, partial(announce, at=after_opening(5)), []),
        "is changed before it opens": (
            NEW,
            partial(change, plan=OTHER, at=OPENS - MICROSECOND),
            [CHANGED],
        ),
        "is not changed to have opened already": (
            NEW,
            partial(change, plan=plan(opens_at=BEFORE - MICROSECOND), at=BEFORE),
            PAST,
        ),
        "is not changed once its time has come": (NEW, change, errors.DropAlreadyOpen),
        "is not changed once open": (OPEN, change, errors.DropAlreadyOpen),
        "is not changed once closed": (OVER, change, errors.DropAlreadyOpen),
        "stays as it is at its time": (NEW, partial(change, plan=plan()), []),
        "stays as it is once open": (OPEN, partial(change, plan=plan()), []),
        "stays as it is once closed": (OVER, partial(change, plan=plan()), []),
        "is closed early": (OPEN, close, [EARLY]),
        "is closed early as it opens": (NEW, close, [OPENED, EARLY]),
        "is not closed before it opens": (
            NEW,
            partial(close, at=OPENS - MICROSECOND),
            errors.NotOpenYet(opens_at=OPENS.isoformat()),
        ),
        "is closed by the clock": (OPEN, partial(close, at=CLOSES), [CLOSED]),
        "is closed once": (OVER, partial(close, at=CLOSES), []),
        "is called off before it opens": (NEW, cancel, [CANCELLED]),
        "is called off once open": (OPEN, cancel, [CANCELLED]),
        "is called off once closed": (OVER, cancel, [CANCELLED]),
        "is called off if announced": ([], cancel, errors.DropUnknown),
    },
)


@pytest.mark.parametrize("drop_id", ["", "五一", "may/day", "-may", "m" * 65, "may-day\n"])
def test_a_drop_nobody_could_ask_for_is_not_announced(drop_id: str) -> None:
    Given("drop").when(announce, drop_id=drop_id).then_refused(errors.TermsInvalid, field="drop_id")


def test_the_same_plan_in_another_spelling_changes_nothing() -> None:
    stored = msgspec.json.decode(msgspec.json.encode(in_utc(plan())), type=Plan)
    elsewhere = timezone(timedelta(hours=5, minutes=45))
    times = {one: getattr(plan(), one).astimezone(elsewhere) for one in ("opens_at", "closes_at")}
    spelled = plan(**times, waiting_max=plan().waiting_max, audience=Audience(groups=()))

    announced = Given("drop", events.Announced(drop_id=DROP, plan=stored))

    announced.when(announce, plan=spelled).then()
    announced.when(change, plan=spelled, at=BEFORE).then()


@pytest.mark.parametrize(("given", "verb"), [(Given("drop"), announce), (given_drop(), change)])
def test_terms_that_contradict_themselves_are_not_announced(given: Given, verb: Verb) -> None:
    given.when(verb, plan=plan(title=""), at=BEFORE).then_refused(
        errors.TermsInvalid, field="title", most=WORDS_LENGTH_MAX
    )


def test_a_changed_drop_has_the_slots_of_its_new_terms() -> None:
    assert list(given_drop(CHANGED).state.slots) == ["pillow/hall"]


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

    noted = {Status.ANNOUNCED: [], Status.OPEN: [OPENED], Status.CLOSED: [OPENED, CLOSED]}[status]
    given_drop().when(lifecycle.settle, at=at).then(*noted)
    assert given_drop(*noted).state.status is status


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (Given("drop"), Status.NONE),
        (given_drop(CANCELLED), Status.CANCELLED),
        (given_drop(OPENED, EARLY), Status.CLOSED),
    ],
)
def test_no_clock_opens_what_is_over(given: Given, status: Status) -> None:
    assert lifecycle.status_at(given.state, after_opening(5)) is status


@pytest.mark.parametrize("verb", [amend, close, cancel])
@pytest.mark.parametrize("reason", ["", " ", "因为\n雨", "长" * (WORDS_LENGTH_MAX + 1)])
def test_everybody_can_read_why(verb: Verb, reason: str) -> None:
    given_drop(OPENED).when(verb, reason=reason).then_refused(
        errors.InputInvalid, field="reason", most=WORDS_LENGTH_MAX
    )


@pytest.mark.parametrize("verb", [change, amend, close, partial(lifecycle.settle, at=OPENS)])
def test_nothing_happens_to_a_drop_nobody_announced_or_that_was_called_off(verb: Verb) -> None:
    Given("drop").when(verb).then_refused(errors.DropUnknown)
    given_drop(CANCELLED).when(verb).then_refused(errors.DropCancelled)


def test_nothing_is_kept_for_anybody_in_a_drop_that_was_called_off() -> None:
    waited = (claimed("m1", 1, 6), joined("m2", 1), joined("m3", 2), released("m1", 1, 6))
    state = given_drop(OPENED, *waited, offered("m2", 0), CANCELLED).state

    slot = lifecycle.slot_at(state, MORNING, after_opening(40))

    assert slot == state.slots[MORNING]


def test_its_events_are_of_its_stream() -> None:
    assert ANNOUNCED.stream == "drop-may-day"
    assert claimed("m1").slot == "garden/morning"
    assert msgspec.structs.asdict(Drop())["status"] is Status.NONE
