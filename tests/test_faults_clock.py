"""A clock that is set back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import cycle, pairwise
from pathlib import Path

from ledger.book import Ledger

START = datetime(2026, 11, 21, 4, tzinfo=UTC)
STEPS_SECONDS = (1, -5, 1, 5, -5)


def stepping() -> Iterator[datetime]:
    """A clock somebody keeps setting right."""
    now = START
    for seconds in cycle(STEPS_SECONDS):
        now += timedelta(seconds=seconds)
        yield now


def test_times_in_the_log_never_fall_though_the_clock_does(tmp_path: Path) -> None:
    clock = stepping()
    read: list[datetime] = []

    def look_at_the_clock() -> datetime:
        read.append(next(clock))
        return read[-1]

    with closing(Ledger(f"sqlite:///{tmp_path}/log.db", clock=look_at_the_clock)) as ledger:
        for number in range(60):
            ledger.register_member(f"m{number}", branch="b1")
        times = [fact.at for fact in ledger.facts(0, 100)]

    assert any(later < earlier for earlier, later in pairwise(read))
    assert all(later >= earlier for earlier, later in pairwise(times))
    assert len(times) == 60
    assert set(times) <= set(read)


def test_a_ledger_opened_again_with_a_clock_behind_goes_on_from_its_last_time(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path}/log.db"
    with closing(Ledger(url, clock=lambda: START)) as ledger:
        ledger.register_member("m1", branch="b1")

    with closing(Ledger(url, clock=lambda: START - timedelta(days=1))) as ledger:
        ledger.register_member("m2", branch="b1")
        times = [fact.at for fact in ledger.facts(0, 100)]

    assert times == [START, START]
