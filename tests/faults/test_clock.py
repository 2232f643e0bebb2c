"""A database clock that is set back and forth."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import cycle, pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ledger.application import Ledger
from ledger.store import postgres, sqlite
from ledger.store.clock import SlewedClock, boot_time
from tests.support.postgres import OWNER, as_role

START = datetime(2026, 11, 21, 4, tzinfo=UTC)
STEPS_SECONDS = (1, -5, 1, 5, -5)
SHIFTED = """
CREATE SCHEMA shifted;
CREATE TABLE shifted.wall (ahead interval);
INSERT INTO shifted.wall VALUES ('0');
CREATE FUNCTION shifted.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
AS 'SELECT pg_catalog.clock_timestamp() + ahead FROM shifted.wall';
GRANT USAGE ON SCHEMA shifted TO PUBLIC;
GRANT SELECT ON shifted.wall TO PUBLIC;
"""


class Wall:
    """A real clock that can be set: the server's, or on SQLite the process's."""

    def __init__(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.url = url
        self._ahead = timedelta()
        self._server = url.startswith("postgresql")
        if self._server:
            self._execute(SHIFTED)
            # The server's own functions come first, unless search_path says otherwise.
            monkeypatch.setattr(postgres, "search_path", "shifted, pg_catalog, {}".format)
        self._clock = lambda: datetime.now(UTC) + self._ahead
        # The log slews the clock of the process.
        monkeypatch.setattr(sqlite, "process_time", self._clock)

    def set(self, seconds: float) -> None:
        """Set the clock to the true time plus some seconds."""
        self._ahead = timedelta(seconds=seconds)
        if self._server:
            self._execute("UPDATE shifted.wall SET ahead = %s", self._ahead)

    def open(self) -> Ledger:
        return Ledger(self.url, clock=self._clock)

    def _execute(self, statements: str, *parameters: Any) -> None:
        with psycopg.connect(as_role(OWNER, self.url), autocommit=True) as connection:
            connection.execute(statements, parameters or None)


@pytest.fixture
def wall(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Wall:
    return Wall(database_url, monkeypatch)


def look(ledger: Ledger) -> datetime:
    return ledger.query(lambda _states, now: now)


def record(ledger: Ledger) -> datetime:
    ledger.officers.cards.register_member(f"m{boot_time()}", branch="b1")
    return ledger.facts(ledger.store.max_notification_id() - 1, 1)[0].at  # type: ignore[operator]


def seconds_off(ledger: Ledger, wall: Wall) -> float:
    """Return the greatest error of a query, an event or the process while the clock stepped."""
    earliest, started, latest = boot_time(), ledger.time(), boot_time()
    worst = 0.0
    for ahead in (5, -5, 0, 5, 0, -5):
        wall.set(ahead)
        for tell in (look, record, lambda ledger: ledger.time()):
            least = (boot_time() - latest) / 1e9
            told = (tell(ledger) - started).total_seconds()
            most = (boot_time() - earliest) / 1e9
            worst = max(worst, least - told, told - most)
    return worst


def test_a_clock_that_steps_hardly_moves_the_time_of_the_ledger(wall: Wall) -> None:
    with closing(wall.open()) as ledger:
        assert seconds_off(ledger, wall) < 0.05


@pytest.mark.control
def test_an_unsteady_time_is_detected(wall: Wall, monkeypatch: pytest.MonkeyPatch) -> None:
    """This is the negative control of the test above."""
    monkeypatch.setattr(SlewedClock, "time", lambda _self, read: read)

    with closing(wall.open()) as ledger:
        assert seconds_off(ledger, wall) > 4


@pytest.mark.postgres
def test_on_postgres_every_time_is_the_servers(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wall = Wall(postgres_url, monkeypatch)
    wall.set(3_600)

    with closing(wall.open()) as ledger:
        known, times = ledger.time(), [look(ledger), record(ledger)]

    ahead = [(now - datetime.now(UTC)).total_seconds() for now in (known, *times)]
    assert ahead == pytest.approx([3_600] * 3, abs=30)


def stepping() -> Iterator[datetime]:
    """Set the clock repeatedly during a block."""
    now = START
    for seconds in cycle(STEPS_SECONDS):
        now += timedelta(seconds=seconds)
        yield now


def test_times_in_the_log_never_decrease_though_the_clock_does(tmp_path: Path) -> None:
    clock = stepping()
    read: list[datetime] = []

    def look_at_the_clock() -> datetime:
        read.append(next(clock))
        return read[-1]

    with closing(Ledger(f"sqlite:///{tmp_path}/log.db", clock=look_at_the_clock)) as ledger:
        for number in range(60):
            ledger.officers.cards.register_member(f"m{number}", branch="b1")
        times = [fact.at for fact in ledger.facts(0, 100)]

    assert any(later < earlier for earlier, later in pairwise(read))
    assert all(later >= earlier for earlier, later in pairwise(times))
    assert len(times) == 60
    assert set(times) <= set(read)


def test_a_ledger_reopened_with_a_clock_behind_continues_from_its_last_time(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/log.db"
    with closing(Ledger(url, clock=lambda: START)) as ledger:
        ledger.officers.cards.register_member("m1", branch="b1")

    with closing(Ledger(url, clock=lambda: START - timedelta(days=1))) as ledger:
        known = ledger.time()
        ledger.officers.cards.register_member("m2", branch="b1")
        times = [fact.at for fact in ledger.facts(0, 100)]

    assert times == [START, START]
    assert known == START
