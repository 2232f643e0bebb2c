"""The clock at the start of a process: behind the log, long after it, or ahead of another's."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from ledger import clock
from ledger.application import Ledger
from ledger.clock import Confirmed
from tests.faults.test_clock import Wall, look, record, wall
from tests.faults.test_clock_jump import MONTH, YEAR, events, is_now, stopped, times

__all__ = ["wall"]

PAUSES = [
    (timedelta(seconds=-50), True),
    (timedelta(seconds=-70), False),
    (timedelta(days=59), True),
    (timedelta(days=61), False),
]


@pytest.mark.parametrize(("pause", "begins"), PAUSES)
def test_at_start_the_clock_is_neither_behind_the_log_nor_long_after_it(
    wall: Wall, pause: timedelta, *, begins: bool
) -> None:
    with closing(wall.open()) as ledger:
        last = datetime.now(UTC) - pause
        ledger.officers.cards.register_member("m1", branch="b1", at=last)

    with closing(wall.open()) as ledger:
        assert stopped(ledger) != begins
        assert ledger.member("m1").branch == "b1"
        told = ledger.officers.cards.register_member("m2", branch="b1", at=last)
        confirmed = ledger.confirm_clock(by="officer-chen")
        assert told
        assert isinstance(confirmed, Confirmed)
    for _ in range(2):
        with closing(wall.open()) as ledger:
            assert not stopped(ledger)


def test_a_clock_put_right_after_the_start_needs_no_confirmation(wall: Wall) -> None:
    with closing(wall.open()) as ledger:
        record(ledger)
    wall.set(-YEAR)
    with closing(wall.open()) as ledger:
        assert stopped(ledger)
        wall.set(0)

        assert not stopped(ledger)
        assert is_now(times(ledger)[-1])


def test_an_empty_log_asks_nothing(wall: Wall) -> None:
    wall.set(-YEAR)
    with closing(wall.open()) as ledger:
        assert not stopped(ledger)


def begun_wrong(wall: Wall, ledger: Ledger) -> Ledger:
    """Let a process begin with a clock a month ahead, and record a fact beside a right one."""
    record(ledger)
    wall.set(MONTH)
    wrong = wall.open()
    assert not stopped(wrong)
    return wrong


def told_after_a_wrong_start(wall: Wall) -> list[bool]:
    """Return whether a gateway stops, and keeps its time, after another began a month ahead."""
    with closing(wall.open()) as ledger, closing(begun_wrong(wall, ledger)):
        wall.set(0)
        told = [stopped(ledger), is_now(look(ledger)), is_now(ledger.time())]
        assert not events(ledger)
        return told


def test_a_process_that_began_with_a_wrong_clock_moves_no_gateways_time(wall: Wall) -> None:
    assert told_after_a_wrong_start(wall) == [True] * 3


@pytest.mark.control
def test_a_gateway_that_follows_any_fact_is_found(
    wall: Wall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "leads", lambda *_: False)

    assert told_after_a_wrong_start(wall) == [False] * 3


@pytest.mark.parametrize("ahead", [0, MONTH])
def test_both_go_on_once_the_clock_is_confirmed(wall: Wall, ahead: int) -> None:
    with closing(wall.open()) as ledger, closing(begun_wrong(wall, ledger)) as wrong:
        # When the gateway that disagrees records its doubt, then both stop
        assert stopped(ledger)
        assert stopped(wrong)
        wall.set(ahead)
        assert [stopped(ledger), stopped(wrong)] == [True, True]
        with closing(wall.open()) as command:
            command.confirm_clock(by="officer-chen")
        assert [stopped(ledger), stopped(wrong)] == [False, False]
        assert times(ledger) == sorted(times(ledger))
