from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from ledger.benefits.terms import Rules
from ledger.drops.events import Claimed, Released
from ledger.drops.terms import Item, Mode, Plan, Session
from ledger.event import Event, Fact
from ledger.offers.grant import Made, Ticket
from pos_gateway.rehearsal.checks import double_claims, lost, oversold, unfair, untold
from pos_gateway.rehearsal.crowd import UNANSWERED, Attempt, Played, Way

OPENING = datetime(2026, 5, 1, 2, tzinfo=UTC)
DAY = timedelta(days=1)
CAPACITY = 3
GARDEN = Item(
    item_id="garden",
    title="玫瑰园门票",
    kind="admission",
    sessions=(
        Session(
            session_id="morning",
            starts_at=OPENING + DAY,
            ends_at=OPENING + 2 * DAY,
            capacity=CAPACITY,
        ),
    ),
    supplier_id="rose-garden",
    party_max=3,
    by_person=True,
)
PLAN = Plan(
    title="五一玫瑰园",
    mode=Mode.FIRST_COME,
    items=(GARDEN,),
    opens_at=OPENING,
    closes_at=OPENING + DAY,
    per_household=1,
)


def claimed(member_id: str, places: int = 1, claim_id: str = "a") -> Claimed:
    return Claimed(
        drop_id="may-day",
        item_id="garden",
        session_id="morning",
        member_id=member_id,
        ticket_id=f"ticket-{member_id}-{claim_id}",
        claim_id=claim_id,
        number=1,
        party=places,
        places=places,
    )


def released(member_id: str, places: int = 1) -> Released:
    return Released(
        drop_id="may-day",
        item_id="garden",
        session_id="morning",
        member_id=member_id,
        ticket_id=f"ticket-{member_id}-a",
        places=places,
    )


def made(member_id: str, household_id: str) -> Made:
    ticket = Ticket(
        drop_id="may-day",
        item_id="garden",
        session_id="morning",
        claim_id="a",
        number=1,
        party=1,
        places=1,
        branch="gulou",
        groups=(),
        household_id=household_id,
    )
    return Made(
        member_id=member_id,
        grant_id=f"ticket-{member_id}-a",
        card_id="c",
        title="",
        kind="admission",
        terms={"party": 1},
        rules=Rules(),
        ticket=ticket,
    )


def log(*events: Event) -> list[Fact]:
    """Return a made-up log with an event every tenth of a second after the opening."""
    return [
        Fact(number, one.stream, number, "", OPENING + number * timedelta(seconds=0.1), one, "")
        for number, one in enumerate(events, start=1)
    ]


def attempt(member_id: str, **other: Any) -> Attempt:
    """Return a claim that got its ticket, sent at 1.0 and answered at 1.1."""
    accepted = Attempt(
        member_id=member_id,
        way=Way.HONEST,
        claim_id="a",
        slot="garden/morning",
        party=1,
        pressed=0.9,
        sent=1.0,
        answered=1.1,
        status=201,
        ticket=f"ticket-{member_id}-a",
    )
    return accepted._replace(**other)


def sold_out(member_id: str, **other: Any) -> Attempt:
    return attempt(member_id, status=409, reason="sold_out", ticket="", **other)


def unanswered(member_id: str, **other: Any) -> Attempt:
    return attempt(member_id, status=UNANSWERED, reason="TimeoutError", ticket="", **other)


NOTHING = Played([], Counter(), 0, 0.0)
SOUND = (claimed("wang"), claimed("li", 2))


def test_a_sound_log_and_sound_answers_pass() -> None:
    answers = [attempt("wang"), attempt("li", party=2), sold_out("zhao", sent=1.2, answered=1.3)]

    assert oversold(PLAN, log(*SOUND)) == 0
    assert double_claims(PLAN, log(*SOUND)) == 0
    assert lost(log(*SOUND), answers) == 0
    assert untold(log(*SOUND), answers) == 0
    assert unfair(PLAN, log(*SOUND), answers) == 0


def test_a_planted_oversell_is_found() -> None:
    assert oversold(PLAN, log(*SOUND, claimed("zhao", 2))) == 2


def test_an_oversell_that_was_given_back_is_found_all_the_same() -> None:
    assert oversold(PLAN, log(*SOUND, claimed("zhao"), released("zhao"))) == 1


def test_what_was_given_back_may_be_sold_again() -> None:
    assert oversold(PLAN, log(*SOUND, released("wang"), claimed("zhao"))) == 0


def test_a_planted_double_claim_is_found() -> None:
    assert double_claims(PLAN, log(claimed("wang"), claimed("wang", claim_id="b"))) == 1


def test_a_second_ticket_after_a_release_is_no_double_claim() -> None:
    again = claimed("wang", claim_id="b")

    assert double_claims(PLAN, log(claimed("wang"), released("wang"), again)) == 0


def test_a_household_above_its_limit_is_found() -> None:
    facts = log(claimed("wang"), made("wang", "h1"), claimed("li"), made("li", "h1"))

    assert double_claims(PLAN, facts) == 1
    assert double_claims(msgspec.structs.replace(PLAN, per_household=None), facts) == 0


@pytest.mark.parametrize(
    "promised",
    [
        attempt("zhao"),
        attempt("wang", claim_id="b"),
        attempt("wang", party=2),
        attempt("wang", ticket="ticket-of-another"),
    ],
)
def test_a_planted_loss_is_found(promised: Attempt) -> None:
    assert lost(log(*SOUND), [attempt("wang"), promised]) == 1


def test_a_ticket_told_twice_is_lost_once() -> None:
    assert lost([], [attempt("wang"), attempt("wang", status=200)]) == 1


def test_a_ticket_whose_answer_nobody_saw_is_untold() -> None:
    assert untold(log(*SOUND), [attempt("wang"), unanswered("li", party=2)]) == 1


def test_a_planted_overtaking_is_found() -> None:
    early = sold_out("zhao", sent=0.1, answered=0.2)

    assert unfair(PLAN, log(claimed("wang")), [early, attempt("wang", sent=0.3)]) == 1


@pytest.mark.parametrize(
    "early",
    [
        sold_out("zhao", sent=0.1, answered=0.4),  # sent concurrently: no order to keep
        sold_out("zhao", sent=0.1, answered=0.2, party=2),  # asked for more places than were left
        sold_out("zhao", sent=0.1, answered=0.2)._replace(reason="too_many_requests"),
    ],
)
def test_what_overtook_nobody_is_fair(early: Attempt) -> None:
    assert unfair(PLAN, log(claimed("wang")), [early, attempt("wang", sent=0.3)]) == 0


def test_who_was_sent_before_and_not_answered_did_not_overtake() -> None:
    first = unanswered("wang", sent=0.05, answered=0.25)
    answers = [first, sold_out("zhao", sent=0.1, answered=0.2), attempt("wang", sent=0.3)]

    assert unfair(PLAN, log(claimed("wang")), answers) == 0


def test_who_was_refused_before_did_overtake() -> None:
    first = attempt("wang", sent=-1, answered=-0.9, status=409, reason="not_open_yet", ticket="")
    answers = [first, sold_out("zhao", sent=0.1, answered=0.2), attempt("wang", sent=0.3)]

    assert unfair(PLAN, log(claimed("wang")), answers) == 1


def test_after_places_were_given_back_a_later_one_may_be_luckier() -> None:
    facts = log(*SOUND, released("li", 2), claimed("zhao"))
    answers = [sold_out("qian", sent=0.1, answered=0.2), attempt("zhao", sent=0.3)]

    assert unfair(PLAN, facts, answers) == 0
