"""Group commit: one answer a request id, one commit for many, failures isolated."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ledger import errors
from ledger.application import Ledger
from ledger.funds import Contributed
from ledger.members.card import Blocked
from ledger.redemptions.events import Redeemed
from ledger.redemptions.refusal import Refused
from ledger.write.request import Request
from ledger.write.writer import BatchReport
from tests.support.ledger_fixture import PER_DAY, answers, event_count, populate, scan

HAIRCUT = scan("c1", "hair")


def test_the_same_again_gets_the_first_answer(ledger: Ledger) -> None:
    first = ledger.tills.redemptions.redeem("r1", HAIRCUT)
    before = event_count(ledger)
    again = ledger.tills.redemptions.redeem("r1", HAIRCUT)

    assert (first.replayed, again.replayed) == (False, True)
    assert again.made == first.made
    assert event_count(ledger) == before


def test_other_particulars_under_the_same_id_are_refused(ledger: Ledger) -> None:
    ledger.tills.redemptions.redeem("r1", HAIRCUT)

    for other in (scan("c1", "hair", amount_minor=50_01), scan("c2", "hair"), scan("c1")):
        with pytest.raises(errors.RequestReused):
            ledger.tills.redemptions.redeem("r1", other)


def test_what_was_asked_is_compared_where_it_is_given(ledger: Ledger) -> None:
    ledger.tills.redemptions.redeem("r1", scan("c1", asked=b"one"))

    assert ledger.tills.redemptions.redeem("r1", scan("c1", asked=b"one")).replayed
    with pytest.raises(errors.RequestReused):
        ledger.tills.redemptions.redeem("r1", scan("c1", asked=b"two"))


def test_a_recorded_no_never_turns_into_a_yes(ledger: Ledger) -> None:
    ledger.officers.cards.block_card("c1")
    with pytest.raises(errors.CardBlocked) as first:
        ledger.tills.redemptions.redeem("r1", HAIRCUT)
    ledger.officers.cards.unblock_card("c1")

    with pytest.raises(errors.CardBlocked) as again:
        ledger.tills.redemptions.redeem("r1", HAIRCUT)

    assert (first.value.replayed, again.value.replayed) == (False, True)
    assert ledger.tills.redemptions.redeem("r2", HAIRCUT)


def test_an_officers_request_is_answered_again_too(ledger: Ledger) -> None:
    asked: dict[str, Any] = {"source": "district", "amount_minor": 5, "request_id": "officer/1"}
    first = ledger.officers.offers.contribute("care", **asked)
    before = event_count(ledger)

    assert ledger.officers.offers.contribute("care", **asked) == first
    assert event_count(ledger) == before
    with pytest.raises(errors.RequestReused):
        ledger.officers.offers.contribute("care", **asked | {"amount_minor": 6})


def test_one_id_does_not_serve_two_verbs(ledger: Ledger) -> None:
    ledger.officers.cards.register_member("m3", branch="branch-miyun", request_id="officer/1")

    with pytest.raises(errors.RequestReused):
        ledger.officers.cards.move_member("m3", branch="branch-miyun", request_id="officer/1")


def test_one_id_twice_in_a_turn_is_decided_once(ledger: Ledger) -> None:
    first, again, other = answers(
        ledger,
        [
            ledger.tills.redemptions.redeeming("r1", HAIRCUT),
            ledger.tills.redemptions.redeeming("r1", HAIRCUT),
            ledger.tills.redemptions.redeeming("r1", scan("c2", "hair")),
        ],
    )

    assert (first.replayed, again.replayed) == (False, True)
    assert first.event == again.event
    assert isinstance(other, errors.RequestReused)


def test_a_refusal_twice_in_a_turn_is_kept_once(ledger: Ledger) -> None:
    lost = ledger.tills.redemptions.redeeming("r1", scan("lost"))
    first, again = answers(ledger, [lost, ledger.tills.redemptions.redeeming("r1", scan("lost"))])

    assert isinstance(first.event, Refused)
    assert first.event == again.event
    assert (first.replayed, again.replayed) == (False, True)


def test_requests_of_one_turn_see_each_other(ledger: Ledger) -> None:
    requests = [
        ledger.tills.redemptions.redeeming(f"r{number}", HAIRCUT) for number in range(PER_DAY + 1)
    ]

    *made, last = answers(ledger, requests)

    assert all(isinstance(one.event, Redeemed) for one in made)
    assert isinstance(last.event, Refused)
    assert last.event.reason == "limit_reached"


def test_one_turn_is_one_commit(database_url: str) -> None:
    reports: list[BatchReport] = []
    ledger = Ledger(database_url, on_batch=reports.append)
    populate(ledger)
    answers(
        ledger,
        [ledger.tills.redemptions.redeeming(f"r{number}", scan("c1")) for number in range(20)],
    )
    ledger.close()

    assert (reports[-1].requests, reports[-1].facts, reports[-1].waiting) == (20, 20, 0)


def test_a_look_sees_what_was_committed_before_it(ledger: Ledger) -> None:
    for amount_minor in (1, 2, 3):
        before = ledger.fund("care").available_minor
        ledger.officers.offers.contribute("care", source="district", amount_minor=amount_minor)
        assert ledger.fund("care").available_minor == before + amount_minor


def test_a_look_in_a_turn_of_others_records_nothing(ledger: Ledger) -> None:
    seen, redeemed = answers(
        ledger,
        [
            Request(lambda states, _: [states["card-c1"]], by=None),
            ledger.tills.redemptions.redeeming("r1", HAIRCUT),
        ],
    )

    assert [one.card_id for one in seen] == ["c1"]
    assert isinstance(redeemed.event, Redeemed)


def test_a_bug_in_one_decision_does_not_hurt_the_others(ledger: Ledger) -> None:
    def broken(_states: Any, _at: Any) -> Any:
        raise ZeroDivisionError

    bug, redeemed = answers(
        ledger, [Request(broken, by="officer-1"), ledger.tills.redemptions.redeeming("r1", HAIRCUT)]
    )

    assert isinstance(bug, ZeroDivisionError)
    assert isinstance(redeemed.event, Redeemed)


def test_facts_that_cannot_be_written_hurt_nobody_and_leave_nothing_behind(ledger: Ledger) -> None:
    half = [Blocked(card_id="c1"), Contributed(fund_id="care", source="\ud800", amount_minor=1)]

    bug, redeemed = answers(
        ledger,
        [
            Request(lambda *_: half, by="officer-1"),
            ledger.tills.redemptions.redeeming("r1", HAIRCUT),
        ],
    )

    assert isinstance(bug, UnicodeEncodeError)
    assert isinstance(redeemed.event, Redeemed)
    assert all(not isinstance(fact.event, Blocked) for fact in ledger.facts(0, 100))


def test_what_is_no_amount_never_reaches_the_log(ledger: Ledger) -> None:
    for amount_minor in (1.5, 2.0, True, 0, 10**12 + 1):
        wrong: Any = amount_minor
        with pytest.raises(errors.InputInvalid):
            ledger.tills.redemptions.redeem("r1", scan("c1", amount_minor=wrong))
        with pytest.raises(errors.InputInvalid):
            ledger.tills.redemptions.validation(scan("c1", amount_minor=wrong))


def test_a_value_of_the_wrong_type_never_reaches_the_log(ledger: Ledger) -> None:
    wrong: Any = 7

    with pytest.raises(errors.InputInvalid):
        ledger.officers.cards.register_member("m9", branch=wrong)

    assert ledger.officers.cards.register_member("m9", branch="branch-miyun")


def test_the_time_of_the_log_never_falls(sqlite_url: str) -> None:
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    opening, hour = noon, timedelta(hours=1)
    clock = iter([opening, noon, noon - hour, noon + hour, noon + hour])
    ledger = Ledger(sqlite_url, clock=lambda: next(clock))
    for number in range(3):
        ledger.officers.cards.register_member(f"m{number}", branch="branch-miyun")

    assert [fact.at for fact in ledger.facts(0, 10)] == [noon, noon, noon + timedelta(hours=1)]
    ledger.close()


def test_what_follows_a_fact_of_the_future_is_no_earlier(ledger: Ledger) -> None:
    future = datetime(2099, 1, 1, tzinfo=UTC)
    ledger.officers.cards.register_member("m8", branch="branch-miyun", at=future)
    made = ledger.tills.redemptions.redeem("r1", HAIRCUT).made

    assert made.at == future
    assert ledger.query(lambda _, now: now) == future


def test_one_turn_with_times_of_its_own_keeps_them_in_order(ledger: Ledger) -> None:
    future = datetime(2099, 1, 1, tzinfo=UTC)
    late, early = answers(
        ledger,
        [
            ledger.tills.redemptions.redeeming("r1", HAIRCUT, at=future + timedelta(days=1)),
            ledger.tills.redemptions.redeeming("r2", HAIRCUT, at=future),
        ],
    )

    assert early.event.at == late.event.at == future + timedelta(days=1)
