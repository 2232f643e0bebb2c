import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledger.application import Ledger
from ledger.redemptions.refusal import TurnedAway
from ledger.write.writer import WriterLimits
from pos_gateway import rejection_counter
from pos_gateway.rejection_counter import RejectionCounter
from tests.support.app_with_drop import CHEN, LI, PILLOW, WANG, DropApp, open_drop_app
from tests.support.ledger_fixture import writer_held

NINE = datetime(2019, 4, 25, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Counting(RejectionCounter):
    """A counter of early rejections from drops, at times that the test sets."""

    def __init__(self, ledger: Ledger) -> None:
        self.now = NINE
        verb = ledger.officers.drops.count_rejected_early
        super().__init__(lambda: self.now, verb, name="turned-away", seconds=1)

    def reject(self, drop_id: str, reason: str, at: datetime) -> None:
        self.now = at
        self.count(drop_id, reason=reason)


def recorded(ledger: Ledger) -> list[tuple[str, datetime, dict[str, int]]]:
    """Return the recorded early rejections."""
    facts = [fact.event for fact in ledger.facts(0, 1_000)]
    return [(one.drop_id, one.at, one.counts) for one in facts if isinstance(one, TurnedAway)]


@contextmanager
def away(tmp_path: Path) -> Iterator[tuple[Ledger, Counting]]:
    """Make the ledger busy during a block."""
    ledger = Ledger(f"sqlite:///{tmp_path}/log.db", limits=WriterLimits(wait_seconds=0.1))
    counts = Counting(ledger)
    for second in range(3):
        counts.reject("may-day", "sold_out", NINE + second * SECOND)
    with writer_held(ledger):
        counts.record(None)
    yield ledger, counts
    ledger.close()


def test_a_second_is_one_fact_however_many_pressed(ledger: Ledger) -> None:
    counts = Counting(ledger)
    for thousandth in range(1_000):
        counts.reject("may-day", "not_open_yet", NINE + timedelta(milliseconds=thousandth))
    counts.reject("may-day", "sold_out", NINE)
    counts.reject("pillows", "sold_out", NINE)
    counts.reject("may-day", "sold_out", NINE + SECOND)

    counts.record(None)

    assert recorded(ledger) == [
        ("may-day", NINE, {"not_open_yet": 1_000, "sold_out": 1}),
        ("pillows", NINE, {"sold_out": 1}),
        ("may-day", NINE + SECOND, {"sold_out": 1}),
    ]


def test_a_second_is_recorded_once_it_is_over(ledger: Ledger) -> None:
    counts = Counting(ledger)
    counts.reject("may-day", "sold_out", NINE + SECOND / 2)

    counts.record(NINE)
    before = recorded(ledger)
    counts.record(NINE + SECOND)
    counts.record(NINE + SECOND)

    assert before == []
    assert recorded(ledger) == [("may-day", NINE, {"sold_out": 1})]


def test_what_could_not_be_recorded_is_recorded_later(tmp_path: Path) -> None:
    with away(tmp_path) as (ledger, counts):
        before = recorded(ledger)
        counts.reject("may-day", "sold_out", NINE)

        counts.record(None)
        counts.record(None)

        assert before == []
        assert recorded(ledger) == [
            ("may-day", NINE, {"sold_out": 2}),
            ("may-day", NINE + SECOND, {"sold_out": 1}),
            ("may-day", NINE + 2 * SECOND, {"sold_out": 1}),
        ]


def test_one_no_of_the_ledger_is_enough_for_now(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with away(tmp_path):
        assert len(caplog.records) == 1
        assert "busy" in caplog.text


def test_what_cannot_be_recorded_for_long_is_bounded(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rejection_counter, "SPANS_MAX", 2)
    counts = Counting(ledger)
    for second in range(5):
        counts.reject("may-day", "sold_out", NINE + second * SECOND)
    counts.reject("may-day", "sold_out", NINE)

    counts.record(None)
    counts.reject("may-day", "sold_out", NINE + 5 * SECOND)
    counts.record(None)

    assert [(at, sum(told.values())) for _, at, told in recorded(ledger)] == [
        *((NINE, 2), (NINE + SECOND, 1), (NINE + 5 * SECOND, 1))
    ]


def test_the_gateway_counts_whom_it_turns_away_and_nobody_else(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/log.db"
    with open_drop_app(url, tmp_path / "var") as drop_app:
        drop_app.announce("later", opens_at=drop_app.opens_at + timedelta(hours=1))
        for member_id in (WANG, LI, CHEN, CHEN):
            drop_app.claim(member_id)
        drop_app.claim(CHEN, drop="later")
        drop_app.claim(WANG, "k2", **PILLOW)
        drop_app.claim(CHEN, session="night")
        drop_app.wait(CHEN, drop="later")
        second = drop_app.now.replace(microsecond=0)

    ledger = Ledger(url)
    told = {drop_id: (at, counts) for drop_id, at, counts in recorded(ledger)}
    ledger.close()
    assert told == {"may-day": (second, {"sold_out": 2}), "later": (second, {"not_open_yet": 1})}


def test_a_second_that_is_over_is_recorded_while_the_gateway_runs(drop_app: DropApp) -> None:
    drop_app.claim(WANG)
    drop_app.claim(LI)
    drop_app.claim(CHEN)
    second = drop_app.now.replace(microsecond=0)

    drop_app.now += SECOND
    deadline = datetime.now(UTC) + 10 * SECOND
    while not recorded(drop_app.services.ledger) and datetime.now(UTC) < deadline:
        time.sleep(0.05)

    assert recorded(drop_app.services.ledger) == [("may-day", second, {"sold_out": 1})]
