"""The office's verbs on drops: asked over the ledger, recorded once, and answered again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from ledger import errors
from ledger.book import Ledger
from ledger.drop import Drop, Status, events
from ledger.drop.terms import Mode
from ledger.event import Event
from ledger.refusal import TurnedAway
from tests.drops import (
    ANNOUNCED,
    CLOSES,
    DROP,
    MICROSECOND,
    OPENED,
    OPENS,
    TODAY,
    asked,
    garden,
    pillow,
    plan,
    session,
)
from tests.grounds import BEFORE, Clock, claim, furnish, tickets
from tests.ledgers import positions

OFFICER = "officer-li"
GIVEN_OUT = plan(mode=Mode.ALLOTMENT, waiting_max=0)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(sqlite_url: str, clock: Clock) -> Iterator[Ledger]:
    with closing(Ledger(sqlite_url, clock=clock)) as ledger:
        furnish(ledger)
        yield ledger


def state(ledger: Ledger) -> Drop:
    found: Drop = ledger.state(f"drop-{DROP}")
    return found


VERBS: dict[str, tuple[Callable[..., Event | None], dict[str, Any], Any]] = {
    "change": (Ledger.change_drop, {"plan": plan(pillow())}, BEFORE),
    "open": (Ledger.open_drop, {}, OPENS),
    "amend": (Ledger.amend_drop, {"plan": plan(title="五一"), "reason": "改名"}, OPENS),
    "close": (Ledger.close_drop, {"reason": "暴雨"}, OPENS),
    "cancel": (Ledger.cancel_drop, {"reason": "闭园"}, OPENS),
}
LAST: dict[str, type[Event]] = {
    "change": events.Changed,
    "open": events.Opened,
    "amend": events.Amended,
    "close": events.Closed,
    "cancel": events.Cancelled,
}


def test_a_drop_is_announced_by_an_officer(ledger: Ledger) -> None:
    made = ledger.announce_drop(DROP, plan=plan(), by=OFFICER, request_id="q1")

    assert made == ANNOUNCED
    fact = ledger.facts(positions(ledger) - 1, 1)[0]
    assert (fact.event, fact.by, fact.request_id) == (ANNOUNCED, OFFICER, "q1")


@pytest.mark.parametrize("verb", VERBS)
def test_asked_again_under_its_id_a_verb_answers_again_and_records_nothing(
    ledger: Ledger, clock: Clock, verb: str
) -> None:
    ask, particulars, at = VERBS[verb]
    ledger.announce_drop(DROP, plan=plan())
    clock.now = at

    first = ask(ledger, DROP, **particulars, by=OFFICER, request_id="q1")
    before = positions(ledger)
    again = ask(ledger, DROP, **particulars, by=OFFICER, request_id="q1")

    assert again == first
    assert type(ledger.facts(before - 1, 1)[0].event) is LAST[verb]
    assert ask(ledger, DROP, **particulars) is None
    assert positions(ledger) == before
    with pytest.raises(errors.RequestReused):
        ask(ledger, "new-year", **particulars, by=OFFICER, request_id="q1")


@pytest.mark.parametrize("verb", ["announce", "change", "amend"])
@pytest.mark.parametrize(
    "item",
    [garden(supplier_id="lotus-pond"), garden(merchants=("rose-garden", "lotus-pond"))],
    ids=["supplier", "honouring"],
)
def test_who_supplies_and_who_honours_tickets_is_signed(
    ledger: Ledger, verb: str, item: Any
) -> None:
    ledger.announce_drop(DROP, plan=plan())
    before = positions(ledger)
    asking: dict[str, Any] = {"reason": "改"} if verb == "amend" else {}

    with pytest.raises(errors.MerchantUnknown) as refused:
        getattr(ledger, f"{verb}_drop")(DROP, plan=plan(item), **asking)

    assert refused.value.particulars == {"merchant": "lotus-pond"}
    assert positions(ledger) == before


def test_a_drop_opens_by_the_clock_of_the_ledger(ledger: Ledger, clock: Clock) -> None:
    ledger.announce_drop(DROP, plan=plan())
    clock.now = OPENS - MICROSECOND

    for ask in (lambda: ledger.open_drop(DROP), lambda: claim(ledger, "m1")):
        with pytest.raises(errors.NotOpenYet) as refused:
            ask()
        assert refused.value.particulars == {"opens_at": OPENS.isoformat()}

    clock.now = OPENS
    assert ledger.open_drop(DROP) == OPENED
    assert claim(ledger, "m1").event.number == 1


def test_a_drop_is_closed_when_its_time_is_over(ledger: Ledger, clock: Clock) -> None:
    ledger.announce_drop(DROP, plan=plan())
    clock.now = CLOSES

    ledger.open_drop(DROP)

    assert state(ledger).status is Status.CLOSED


# Allotted


def allot(ledger: Ledger, member_id: str, claim_id: str = "summer") -> Any:
    return ledger.allot(asked(claim_id), member_id=member_id, by=OFFICER)


def test_a_ticket_is_allotted_once(ledger: Ledger, clock: Clock) -> None:
    ledger.announce_drop(DROP, plan=GIVEN_OUT)
    clock.now = OPENS

    given = allot(ledger, "m1")
    before = positions(ledger)

    assert (given.member_id, given.claimed_by) == ("m1", OFFICER)
    assert allot(ledger, "m1") is None
    assert allot(ledger, "m1", "another list") is None
    assert positions(ledger) == before
    assert [one.grant_id for one in tickets(ledger, "m1")] == [given.ticket_id]


def test_what_was_not_allotted_is_allotted_once_there_is_more(ledger: Ledger, clock: Clock) -> None:
    ledger.announce_drop(
        DROP, plan=plan(garden(session(capacity=1)), mode=Mode.ALLOTMENT, waiting_max=0)
    )
    clock.now = OPENS
    allot(ledger, "m1")
    with pytest.raises(errors.SoldOut):
        allot(ledger, "m2")

    ledger.amend_drop(DROP, plan=GIVEN_OUT, reason="加货")

    assert allot(ledger, "m2").number == 2


# Turned away


def test_how_many_were_turned_away_is_kept_by_the_second(ledger: Ledger) -> None:
    counts = {"sold_out": 812, "not_open_yet": 30}

    ledger.count_turned_away(DROP, at=OPENS, counts=counts)

    fact = ledger.facts(positions(ledger) - 1, 1)[0]
    assert fact.event == TurnedAway(drop_id=DROP, at=OPENS, day=TODAY, counts=counts)
    assert (fact.stream, fact.by) == ("refusal-drop-may-day-2019-04-25", "system")
    assert ledger.state(fact.stream).count == 842
