"""A faulty request, stream or metric harms nothing else; an unknown fault stops the writer."""

from contextlib import closing
from datetime import datetime
from typing import Any

import msgspec
import pytest

from ledger import errors
from ledger.application import Ledger
from ledger.event import UnknownTopic
from ledger.redemptions.events import Redeemed
from ledger.store import Draft, at_text
from ledger.write import state_batch, state_cache
from ledger.write.request import Request
from ledger.write.writer import BatchReport
from tests.support.ledger_fixture import answer, answers, event_count, populate, scan

HAIRCUT = scan("c1", "hair")
SURROGATE, NUL, HUGE = "\ud800", "a\0b", "x" * 10_000


def write(ledger: Ledger, stream: str, topic: str, payload: str) -> None:
    """Record an event of another program, past every rule."""
    with ledger.store.locked() as tx:
        version = tx.versions([stream])[stream] + 1
        at = max(at_text(tx.now), tx.head.at)
        tx.append([Draft(stream, version, topic, at, payload, "{}", None)])


@pytest.mark.parametrize("stream", ["card-c1", "card-never-seen", "activity-a1"])
@pytest.mark.parametrize("how", ["in the tail", "far behind", "since the start"])
def test_who_meets_a_topic_of_a_newer_program_decides_no_more(
    ledger: Ledger, database_url: str, monkeypatch: pytest.MonkeyPatch, stream: str, how: str
) -> None:
    if how == "far behind":
        monkeypatch.setattr(state_cache, "TAIL_MAX", 0)
    ledger.tills.redemptions.redeem("r1", HAIRCUT)
    write(ledger, stream, "activity.opened", "{}")
    writer = Ledger(database_url) if how == "since the start" else ledger
    before = event_count(ledger)

    for _ in range(2):
        with pytest.raises(errors.Busy):
            writer.tills.redemptions.redeem("r2", HAIRCUT)
    with pytest.raises(errors.Busy):
        writer.tills.redemptions.validation(HAIRCUT)

    assert writer.writer.outdated == "activity.opened"
    assert event_count(ledger) == before
    if writer is not ledger:
        writer.close()


def test_a_topic_of_a_newer_program_stops_whoever_loads_its_stream(
    ledger: Ledger, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(ledger, "card-c1", "card.engraved", "{}")
    monkeypatch.setattr(state_cache, "TAIL_MAX", 1)
    with closing(Ledger(database_url)) as other:
        write(ledger, "activity-a1", "fund.opened", "{}")
        write(ledger, "activity-a1", "fund.opened", "{}")
        assert other.state("card-c2").card_id == "c2"
        with pytest.raises(errors.Busy):
            other.tills.redemptions.redeem("r1", HAIRCUT)
        assert "card.engraved" in (other.writer.outdated or "")


@pytest.mark.parametrize("card_id", ["c2", "c1"], ids=["known", "forgotten"])
def test_a_stream_that_cannot_be_folded_hurts_only_who_reads_it(
    ledger: Ledger, card_id: str
) -> None:
    ledger.writer.states.forget()
    ledger.card(card_id)
    write(ledger, "card-c2", "card.blocked", '{"card_id":7}')

    for name in ("r", "again-"):
        first, spoilt, last = answers(
            ledger,
            [
                ledger.tills.redemptions.redeeming(f"{name}1", scan("c1")),
                ledger.tills.redemptions.redeeming(f"{name}2", scan("c2")),
                ledger.tills.redemptions.redeeming(f"{name}3", scan("c1")),
            ],
        )
        assert isinstance(first.event, Redeemed)
        assert isinstance(last.event, Redeemed)
        assert isinstance(spoilt, Exception)
        assert not isinstance(spoilt, errors.Busy)
    assert ledger.writer.outdated is None


def test_a_name_no_database_keeps_hurts_nobody_else(ledger: Ledger) -> None:
    for number, wrong in enumerate((SURROGATE, NUL, HUGE)):
        with pytest.raises(errors.InputInvalid):
            ledger.tills.redemptions.redeeming(wrong, HAIRCUT)
        with pytest.raises(errors.RedemptionUnknown):
            ledger.tills.redemptions.find(wrong)
        requests = [
            ledger.tills.redemptions.redeeming(f"r{number}", scan("c1")),
            ledger.tills.redemptions.redeeming(f"card{number}", scan(wrong, asked=b"-")),
            ledger.tills.redemptions.redeeming(f"choice{number}", scan("c1", wrong, asked=b"-")),
            ledger.tills.redemptions.redeeming(
                f"merchant{number}", scan("c1", merchant_id=wrong, asked=b"-")
            ),
            Request(lambda held, _at, name=wrong: held[f"fund-{name}"], by="officer-1"),
            ledger.tills.redemptions.redeeming(f"last{number}", scan("c1")),
        ]
        first, *spoilt, last = answers(ledger, requests)

        assert [type(one) for one in spoilt] == [errors.InputInvalid] * 4
        assert isinstance(first.event, Redeemed)
        assert isinstance(last.event, Redeemed)


def test_what_would_never_load_again_is_not_recorded(ledger: Ledger) -> None:
    wrong: Any = 7
    ledger.tills.redemptions.redeem("r1", HAIRCUT)
    before = event_count(ledger)

    for spoilt in (
        lambda: ledger.tills.redemptions.redeem("r2", scan("c1", category=wrong)),
        lambda: ledger.tills.redemptions.reverse(
            "r1", merchant_id="rose", reason=wrong, by="till-t1"
        ),
    ):
        with pytest.raises(msgspec.ValidationError):
            spoilt()
    assert event_count(ledger) == before

    ledger.writer.states.forget()
    assert ledger.tills.redemptions.redeem("r2", HAIRCUT)


def test_what_has_no_id_is_not_recorded_and_is_no_card_for_forged_codes(ledger: Ledger) -> None:
    before = event_count(ledger)
    with pytest.raises(errors.InputInvalid):
        ledger.officers.cards.register_member("", branch="branch-miyun")
    with pytest.raises(errors.InputInvalid):
        ledger.officers.cards.replace_card("c1", new_card_id="")
    assert event_count(ledger) == before

    with pytest.raises(errors.CardUnknown):
        ledger.tills.redemptions.redeem("r1", scan("", code_hash="forged"))


@pytest.mark.parametrize("wrong", [object(), SURROGATE, 2**64])
def test_what_the_log_cannot_hold_is_refused_to_the_officer(ledger: Ledger, wrong: Any) -> None:
    with pytest.raises(errors.InputInvalid):
        ledger.officers.offers.publish_offer(
            "new", title=wrong, kind="amount_off", terms={"amount_minor": 1}
        )


def test_a_fact_too_long_is_not_recorded(ledger: Ledger) -> None:
    before = event_count(ledger)
    with pytest.raises(errors.InputInvalid):
        ledger.officers.cards.register_member(
            "m9", branch="x" * (state_batch.PAYLOAD_LENGTH_MAX + 1)
        )
    assert event_count(ledger) == before


def test_a_time_without_a_zone_is_refused_to_the_one_who_gives_it(ledger: Ledger) -> None:
    with pytest.raises(errors.InputInvalid):
        ledger.tills.redemptions.redeem("r1", HAIRCUT, at=datetime(2026, 5, 1))  # noqa: DTZ001 - that is the test


def test_the_time_of_a_request_that_failed_is_nobody_elses(ledger: Ledger) -> None:
    future = datetime.fromisoformat("2099-01-01T00:00:00Z")

    def broken(_states: Any, _at: Any) -> Any:
        raise ZeroDivisionError

    bug, redeemed = answers(
        ledger,
        [
            Request(broken, by="officer-1", at=future),
            ledger.tills.redemptions.redeeming("r1", HAIRCUT),
        ],
    )

    assert isinstance(bug, ZeroDivisionError)
    assert redeemed.event.at < future


def test_a_gauge_that_fails_stops_no_turn(sqlite_url: str) -> None:
    def gauge(_report: BatchReport) -> None:
        raise ZeroDivisionError

    with closing(Ledger(sqlite_url, on_batch=gauge)) as ledger:
        populate(ledger)
        assert answer(ledger, _submitted(ledger)).event


def _submitted(ledger: Ledger) -> Request:
    request = ledger.tills.redemptions.redeeming("r1", HAIRCUT)
    ledger.writer.submit(request)
    return request


def test_what_a_newer_program_wrote_is_named() -> None:
    with pytest.raises(UnknownTopic, match="activity"):
        state_cache._check_topics(["card.issued", "activity.opened"])
