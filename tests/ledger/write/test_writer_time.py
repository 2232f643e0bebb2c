"""The time of the ledger and the age of its states, known without asking the log."""

import math
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from ledger import errors
from ledger.application import Ledger
from tests.support.ledger_fixture import populate

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_a_clock_that_is_given_is_taken_at_its_word(sqlite_url: str) -> None:
    clock = [NOON]

    with closing(Ledger(sqlite_url, clock=lambda: clock[0])) as ledger:
        told = [ledger.time()]
        clock[0] += timedelta(minutes=1)
        told += [ledger.time(), ledger.query(lambda _, now: now)]

    assert told == [NOON, NOON + timedelta(minutes=1), NOON + timedelta(minutes=1)]


def test_the_time_known_here_runs_on_without_the_log(ledger: Ledger) -> None:
    before, seen = ledger.query(lambda _, now: now), time.monotonic()
    time.sleep(0.05)

    known = ledger.time() - before

    assert timedelta(seconds=0.045) <= known
    assert known.total_seconds() <= time.monotonic() - seen + 1


def test_the_time_known_here_is_never_behind_a_fact_known_here(ledger: Ledger) -> None:
    future = datetime(2099, 1, 1, tzinfo=UTC)

    ledger.officers.cards.register_member("m8", branch="branch-miyun", at=future)

    assert ledger.time() == future


def test_the_time_of_others_facts_is_known_from_the_next_turn_on(
    ledger: Ledger, database_url: str
) -> None:
    future = datetime.now(UTC) + timedelta(seconds=50)
    with closing(Ledger(database_url)) as other:
        other.officers.cards.register_member("m8", branch="branch-miyun", at=future)
        known = other.writer.time()

    before = ledger.time()
    ledger.member("m8")

    assert known == future
    assert before < future
    assert ledger.time() == future


def test_states_never_read_are_of_no_age(database_url: str) -> None:
    with closing(Ledger(database_url)) as ledger:
        assert ledger.writer.age() == math.inf


def test_every_turn_makes_the_states_young_again(ledger: Ledger) -> None:
    for turn in (
        lambda: ledger.member("m1"),
        lambda: ledger.officers.cards.register_member("m9", branch="branch-miyun"),
    ):
        time.sleep(0.05)
        old, asked = ledger.writer.age(), time.monotonic()
        turn()
        young = ledger.writer.age()

        assert old >= 0.05
        assert 0 <= young <= time.monotonic() - asked


def test_a_turn_that_fails_makes_nothing_young(sqlite_url: str) -> None:
    with closing(Ledger(sqlite_url)) as ledger:
        populate(ledger)
        succeeded = time.monotonic()
        with ledger.store._database.engine.connect() as connection:
            connection.exec_driver_sql("ALTER TABLE head RENAME TO lost")
        time.sleep(0.05)

        for turn in (
            lambda: ledger.member("m1"),
            lambda: ledger.officers.cards.register_member("m9", branch="branch-miyun"),
        ):
            with pytest.raises(errors.Busy):
                turn()
            assert ledger.writer.age() >= time.monotonic() - succeeded - 0.001
