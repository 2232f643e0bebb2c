"""Two gateways over one log: an early rejection by cached states is never wrong."""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest

from ledger import errors
from ledger.application import Ledger
from ledger.drops.terms import Plan
from ledger.members.authorization import Principal
from ledger.services import base
from ledger.write.writer import BatchReport
from tests.support import example_drop as ex
from tests.support.ledger_with_drop import Clock, claim, open_drop, populate, tickets

MEMBERS = [f"m{number}" for number in range(1, 17)]
FEW = ex.plan(ex.garden(ex.session(capacity=1)))


@pytest.fixture
def gateways(database_url: str) -> Iterator[tuple[Ledger, Ledger]]:
    """Return two ledgers over one database of each kind in turn."""
    with closing(Ledger(database_url)) as here, closing(Ledger(database_url)) as elsewhere:
        populate(here, *MEMBERS)
        yield here, elsewhere


def open_now(ledger: Ledger, *sessions: str) -> None:
    """Announce a drop that opens in a moment, and wait for it."""
    opens_at = ledger.time() + timedelta(milliseconds=200)
    a_day = timedelta(days=1)
    times = {"starts_at": opens_at + a_day, "ends_at": opens_at + 2 * a_day}
    one_each = [ex.session(name, 1, **times) for name in sessions]
    closes_at = opens_at + a_day
    terms: Plan = ex.plan(ex.garden(*one_each), opens_at=opens_at, closes_at=closes_at)
    ledger.officers.drops.announce_drop(ex.DROP, plan=terms, request_id=ex.DROP)
    while ledger.query(lambda _states, now: now) < opens_at:
        time.sleep(0.02)


def known_here(ledger: Ledger) -> None:
    """Load every state that a claim reads, so that a claim could be rejected early."""
    for member_id in MEMBERS:
        ledger.members.claims.holdings(Principal(member_id=member_id))
        assert ledger.writer.states.peek(f"grant-{member_id}") is not None
        assert ledger.writer.states.peek(f"card-c-{member_id}") is not None


def test_a_claim_recorded_elsewhere_is_answered_again_and_never_sold_out(
    gateways: tuple[Ledger, Ledger],
) -> None:
    here, elsewhere = gateways
    open_now(here, "morning")
    known_here(here)

    had = claim(elsewhere, "m1")
    time.sleep(base.FRESH_SECONDS)
    again = claim(here, "m1")

    assert again.replayed
    assert again.event == had.event
    with pytest.raises(errors.SoldOut):
        claim(here, "m2")


def test_sent_to_both_at_once_a_claim_is_one_ticket_and_never_sold_out(
    gateways: tuple[Ledger, Ledger],
) -> None:
    open_now(gateways[0], *MEMBERS)
    for ledger in gateways:
        known_here(ledger)

    def ask(ledger: Ledger, member_id: str) -> str:
        ticket: str = claim(ledger, member_id, session_id=member_id).event.ticket_id
        return ticket

    with ThreadPoolExecutor(8) as pool:
        asking = [
            [pool.submit(ask, ledger, member_id) for ledger in gateways * 2]
            for member_id in MEMBERS
        ]
        answers = [{one.result() for one in each} for each in asking]

    assert answers == [{tickets(gateways[0], one)[0].grant_id} for one in MEMBERS]


def test_what_was_given_back_elsewhere_is_claimed_here_a_moment_later(
    gateways: tuple[Ledger, Ledger],
) -> None:
    here, elsewhere = gateways
    open_now(here, "morning")
    known_here(here)
    ticket = claim(elsewhere, "m1").event.ticket_id
    here.state(f"drop-{ex.DROP}")
    with pytest.raises(errors.SoldOut):
        claim(here, "m2")

    elsewhere.members.claims.release(ticket, Principal(member_id="m1"))
    time.sleep(base.FRESH_SECONDS + 0.01)

    assert claim(here, "m2").event.number == 2


def test_a_key_made_or_ended_elsewhere_counts_here(gateways: tuple[Ledger, Ledger]) -> None:
    here, elsewhere = gateways
    open_now(here, "morning")
    known_here(here)
    elsewhere.officers.families.make_member_key("m1", key_id="phone", key_hash="0" * 64)

    assert here.authenticated_member("m1", key_id="phone").card_id == "c-m1"

    elsewhere.officers.families.end_member_key("m1", key_id="phone")
    with pytest.raises(errors.KeyEnded):
        here.members.claims.claim(ex.claim_request(), Principal(member_id="m1", key_id="phone"))


class Noted(OrderedDict[str, Any]):
    """The loaded states, in order."""

    order: list[str]

    def __setitem__(self, stream: str, known: Any) -> None:
        super().__setitem__(stream, known)
        self.order.append(stream)


@pytest.mark.parametrize("how", ["recorded here", "recorded elsewhere"])
def test_no_drop_is_seen_that_counted_a_ticket_its_member_does_not_hold(
    gateways: tuple[Ledger, Ledger], how: str
) -> None:
    here, elsewhere = gateways
    open_now(here, "morning")
    known_here(here)
    noted = Noted()
    noted.order = []
    noted.update(here.writer.states._known)
    noted.order.clear()
    here.writer.states._known = noted

    claim(here if how == "recorded here" else elsewhere, "m1")
    here.state(f"drop-{ex.DROP}")

    assert noted.order.index("grant-m1") < noted.order.index(f"drop-{ex.DROP}")


# Early rejections


class Turns:
    """A counter of the writer's batches."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, _report: BatchReport) -> None:
        self.count += 1


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def turns() -> Turns:
    return Turns()


@pytest.fixture
def ledger(sqlite_url: str, clock: Clock, turns: Turns) -> Iterator[Ledger]:
    with closing(Ledger(sqlite_url, clock=clock, on_batch=turns)) as ledger:
        populate(ledger)
        yield ledger


def sold_out(ledger: Ledger, clock: Clock) -> Any:
    open_drop(ledger, clock, FEW)
    claim(ledger, "m2")
    return errors.SoldOut


def too_early(ledger: Ledger, clock: Clock) -> Any:
    open_drop(ledger, clock)
    clock.now = ex.OPENS - ex.MICROSECOND
    return errors.NotOpenYet


def too_late(ledger: Ledger, clock: Clock) -> Any:
    open_drop(ledger, clock)
    clock.now = ex.CLOSES
    return errors.DropClosed


def had_already(ledger: Ledger, clock: Clock) -> Any:
    open_drop(ledger, clock, FEW)
    claim(ledger, "m1", "k0")
    return errors.AlreadyClaimed


@pytest.mark.parametrize("given", [sold_out, too_early, too_late, had_already])
def test_who_is_too_early_or_too_late_costs_no_turn(
    ledger: Ledger,
    clock: Clock,
    turns: Turns,
    monkeypatch: pytest.MonkeyPatch,
    given: Callable[[Ledger, Clock], type[errors.Refusal]],
) -> None:
    monkeypatch.setattr(base, "FRESH_SECONDS", 60)
    refusal = given(ledger, clock)
    ledger.members.claims.holdings(Principal(member_id="m1"))
    before = turns.count

    for _ in range(20):
        with pytest.raises(refusal):
            claim(ledger, "m1")

    assert turns.count == before


def test_every_other_answer_is_the_logs(
    ledger: Ledger, clock: Clock, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "FRESH_SECONDS", 60)
    open_drop(ledger, clock)
    ledger.officers.cards.block_card("c-m1")
    with pytest.raises(errors.CardBlocked):
        claim(ledger, "m1")
    with closing(Ledger(sqlite_url, clock=clock)) as elsewhere:
        elsewhere.officers.cards.unblock_card("c-m1")

    assert claim(ledger, "m1").event.number == 1


def test_what_is_not_known_here_is_asked(ledger: Ledger, clock: Clock) -> None:
    open_drop(ledger, clock, FEW)
    claim(ledger, "m2")
    ledger.writer.states.forget()

    ledger.members.claims.reject_early(ex.claim_request(), Principal(member_id="m1"))


@pytest.mark.parametrize(("stale_seconds", "asked_for"), [(60.0, 0), (0.0, 1)])
def test_while_one_catches_up_others_make_do_with_what_is_known_for_a_while(
    ledger: Ledger,
    turns: Turns,
    monkeypatch: pytest.MonkeyPatch,
    stale_seconds: float,
    asked_for: int,
) -> None:
    monkeypatch.setattr(base, "FRESH_SECONDS", -1.0)
    monkeypatch.setattr(base, "STALE_SECONDS_MAX", stale_seconds)
    ledger.state(f"drop-{ex.DROP}")
    before = turns.count

    with ledger.context.refreshing:
        ledger.refresh(f"drop-{ex.DROP}")
        assert ledger.context.refreshing.locked()

    ledger.card("c-m1")
    assert turns.count >= before + asked_for
    assert asked_for or turns.count <= before + 1
