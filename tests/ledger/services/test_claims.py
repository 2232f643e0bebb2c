"""Claims over the ledger by members, and by others on their behalf."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import msgspec
import pytest

from ledger import errors
from ledger.application import Ledger
from ledger.drops import events
from ledger.members.authorization import Principal
from ledger.write.writer import BatchReport
from tests.support import example_drop as ex
from tests.support.given_when_then import refusing
from tests.support.ledger_fixture import event_count
from tests.support.ledger_with_drop import Clock, claim, open_drop, populate, tickets

KEY = "0" * 64
FEW = ex.plan(ex.garden(ex.session(capacity=1)))
M1, M2 = Principal(member_id="m1"), Principal(member_id="m2")
FOR_M1 = Principal(member_id="m1", acting="m2")
OFFICER = Principal(member_id="m1", officer_id="officer-li")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(sqlite_url: str, clock: Clock) -> Iterator[Ledger]:
    with closing(Ledger(sqlite_url, clock=clock)) as ledger:
        populate(ledger)
        yield ledger


def last_by(ledger: Ledger, topic: type[events.DropEvent]) -> tuple[Any, str]:
    """Return the last event of a type, and who acted."""
    facts = [one for one in ledger.facts(0, 1_000) if isinstance(one.event, topic)]
    return facts[-1].event, facts[-1].by


# Repeated requests


def test_the_same_claim_again_gets_the_first_answer(ledger: Ledger, clock: Clock) -> None:
    open_drop(ledger, clock, FEW)
    had = claim(ledger, "m1")
    before = event_count(ledger)

    again = claim(ledger, "m1")

    assert (had.replayed, again.replayed) == (False, True)
    assert again.event == had.event
    assert event_count(ledger) == before
    assert [one.grant_id for one in tickets(ledger, "m1")] == [had.event.ticket_id]


@pytest.mark.parametrize(
    "other",
    [
        lambda ledger: claim(ledger, "m1", party=2),
        lambda ledger: claim(ledger, "m1", session_id="afternoon"),
        lambda ledger: ledger.members.claims.claim(ex.claim_request(), OFFICER),
    ],
    ids=["party", "session", "who asks"],
)
def test_a_claim_id_is_used_once(
    ledger: Ledger, clock: Clock, other: Callable[[Ledger], object]
) -> None:
    open_drop(ledger, clock, ex.plan(ex.garden(ex.session(), ex.session("afternoon"))))
    claim(ledger, "m1")

    with pytest.raises(errors.RequestReused):
        other(ledger)


def test_claim_ids_are_a_members_own(ledger: Ledger, clock: Clock) -> None:
    open_drop(ledger, clock)

    numbers = [claim(ledger, member_id, "k1").event.number for member_id in ("m1", "m2")]

    assert numbers == [1, 2]


def test_a_refusal_is_not_remembered(ledger: Ledger, clock: Clock) -> None:
    open_drop(ledger, clock, FEW)
    ticket = claim(ledger, "m1").event.ticket_id
    with pytest.raises(errors.SoldOut):
        claim(ledger, "m2")
    before = event_count(ledger)

    ledger.members.claims.release(ticket, M1)
    had = claim(ledger, "m2")

    assert not had.replayed
    assert had.event.number == 2
    assert before < event_count(ledger)
    assert len(tickets(ledger, "m2")) == 1
    assert tickets(ledger, "m1") == []


def test_a_ticket_is_given_back_once(ledger: Ledger, clock: Clock) -> None:
    open_drop(ledger, clock)
    ticket = claim(ledger, "m1").event.ticket_id
    ledger.members.claims.release(ticket, M1)
    before = event_count(ledger)

    ledger.members.claims.release(ticket, M1)

    assert event_count(ledger) == before
    with pytest.raises(errors.TicketUnknown):
        ledger.members.claims.release(ticket, M2)


# Waiting


def test_who_waits_is_offered_what_is_given_back_and_takes_it(ledger: Ledger, clock: Clock) -> None:
    open_drop(ledger, clock, FEW)
    ticket = claim(ledger, "m1").event.ticket_id
    claims = ledger.members.claims
    joined = claims.join(ex.claim_request("w1"), M2)
    assert claims.join(ex.claim_request("w1"), M2) == msgspec.structs.replace(joined, replayed=True)

    ledger.members.claims.release(ticket, M1)

    with pytest.raises(errors.SoldOut):
        claim(ledger, "m3")
    assert claim(ledger, "m2").event.member_id == "m2"


def test_an_offer_not_taken_in_time_is_anybodys(ledger: Ledger, clock: Clock) -> None:
    open_drop(ledger, clock, FEW)
    ticket = claim(ledger, "m1").event.ticket_id
    ledger.members.claims.join(ex.claim_request("w1"), M2)
    ledger.members.claims.release(ticket, M1)
    clock.now = ex.after_opening(30)

    assert claim(ledger, "m3").event.number == 2
    assert last_by(ledger, events.OfferLapsed)[0].member_id == "m2"
    with pytest.raises(errors.SoldOut):
        claim(ledger, "m2")


def offer_lapsed(ledger: Ledger, clock: Clock) -> None:
    """Let the only place go to m2, who does not take it in time, and so to m3."""
    open_drop(ledger, clock, FEW)
    ticket = claim(ledger, "m1").event.ticket_id
    for number, member_id in enumerate(("m2", "m3")):
        ledger.members.claims.join(ex.claim_request(f"w{number}"), Principal(member_id=member_id))
    ledger.members.claims.release(ticket, M1)
    clock.now = ex.after_opening(30)


def test_whoever_is_refused_has_a_lapsed_offer_recorded(ledger: Ledger, clock: Clock) -> None:
    offer_lapsed(ledger, clock)
    before = event_count(ledger)

    for number in range(20):
        with pytest.raises(errors.SoldOut):
            claim(ledger, "m1", f"again-{number}")

    drop = ledger.state(f"drop-{ex.DROP}")
    assert [*drop.slots["garden/morning"].waiting] == ["m3"]
    assert last_by(ledger, events.OfferLapsed)[1] == "system"
    assert event_count(ledger) == before + 2


def test_a_lapsed_offer_is_one_request_a_second_whoever_looks(
    ledger: Ledger, sqlite_url: str, clock: Clock
) -> None:
    offer_lapsed(ledger, clock)
    ledger.close()
    reports: list[BatchReport] = []

    with closing(Ledger(sqlite_url, clock=clock, on_batch=reports.append)) as again:
        looked_at = again.drop(ex.DROP)
        for _ in range(100):
            again.members.claims.settle_lapsed(looked_at, again.time())

    assert [(one.requests, one.facts) for one in reports] == [(1, 0), (1, 2)]


def test_who_leaves_waits_no_longer(ledger: Ledger, clock: Clock) -> None:
    open_drop(ledger, clock, FEW)
    claim(ledger, "m1")
    ledger.members.claims.join(ex.claim_request("w1"), M2)

    ledger.members.claims.leave(ex.claim_request(), M2)

    assert last_by(ledger, events.Left)[1] == "member-m2"
    with pytest.raises(errors.NotWaiting):
        ledger.members.claims.leave(ex.claim_request(), M2)


# On behalf of another


# Cards and households


def test_a_replaced_card_keeps_the_ticket_and_the_limit(ledger: Ledger, clock: Clock) -> None:
    open_drop(ledger, clock)
    had = claim(ledger, "m1")

    ledger.officers.cards.replace_card("c-m1", new_card_id="c-new")

    assert [one.grant_id for one in tickets(ledger, "m1")] == [had.event.ticket_id]
    with refusing(errors.AlreadyClaimed(ticket_id=had.event.ticket_id)):
        claim(ledger, "m1", "k2")
    assert claim(ledger, "m1", "k1").replayed


def test_a_blocked_card_claims_nothing(ledger: Ledger, clock: Clock) -> None:
    open_drop(ledger, clock)
    ledger.officers.cards.block_card("c-m1")

    with pytest.raises(errors.CardBlocked):
        claim(ledger, "m1")

    ledger.officers.cards.unblock_card("c-m1")
    assert claim(ledger, "m1").event.number == 1


def test_a_household_has_as_many_as_one_may_wherever_its_members_move(
    ledger: Ledger, clock: Clock
) -> None:
    open_drop(ledger, clock, ex.plan(per_household=1))
    for member_id in ("m1", "m2"):
        ledger.officers.families.change_household(member_id, household_id="h1")
    ticket = claim(ledger, "m1").event.ticket_id
    with pytest.raises(errors.HouseholdLimitReached):
        claim(ledger, "m2")

    ledger.officers.families.change_household("m1", household_id="h2")
    with pytest.raises(errors.HouseholdLimitReached):
        claim(ledger, "m2")

    ledger.members.claims.release(ticket, M1)
    assert claim(ledger, "m2").event.number == 2
    assert ledger.state("household-h2").of(ex.DROP).tickets == 0


# Queries


def test_drops_and_holdings_are_shown(ledger: Ledger, clock: Clock) -> None:
    open_drop(ledger, clock)
    had = claim(ledger, "m1")

    assert [one.drop_id for one in ledger.drops()] == [ex.DROP]
    assert ledger.drop(ex.DROP).claims == 1
    holdings = ledger.members.claims.holdings(M1)
    assert (list(holdings.grants.held), list(holdings.drops)) == ([had.event.ticket_id], [ex.DROP])
    with pytest.raises(errors.DropUnknown):
        ledger.drop("new-year")


def test_where_it_is_drawn_a_claim_is_an_entry(ledger: Ledger, clock: Clock) -> None:
    open_drop(ledger, clock, ex.plan(**ex.BY_LOT))

    had = claim(ledger, "m1")

    assert isinstance(had.event, events.Entered)
    assert claim(ledger, "m1").replayed
    ledger.members.claims.withdraw_entry(ex.DROP, M1)
    assert not ledger.state(f"drop-{ex.DROP}").entered
    with pytest.raises(errors.NotEntered):
        ledger.members.claims.withdraw_entry(ex.DROP, M1)
