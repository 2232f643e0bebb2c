"""Concurrent followers count each event once, and following continues after failures."""

import multiprocessing
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from sqlalchemy import Connection

from ledger.event import Fact
from projections.engine import database, runner
from projections.engine.changes import apply, fold
from projections.engine.database import Views
from projections.engine.runner import catch_up, follow
from projections.engine.schema import progress
from tests.projections.engine.test_runner import open_views
from tests.support import event_history_visits as visits

__all__ = ["open_views"]


def follow_two_at_once(open_views: visits.Opened) -> dict[object, object]:
    """Run two followers that both hold the same page before either writes."""
    both = threading.Barrier(2, timeout=30)

    def read(after: int, limit: int) -> Sequence[Fact]:
        if after == 0:
            both.wait()
        return visits.MANY[after : after + limit]

    with ThreadPoolExecutor(2) as threads:
        list(
            threads.map(lambda there: catch_up(there, read, page=100), [open_views(), open_views()])
        )
    return visits.visit_counts(open_views())


def test_two_followers_never_count_twice(open_views: visits.Opened) -> None:
    assert follow_two_at_once(open_views) == visits.COUNTED


def test_they_would_if_the_position_were_set_without_comparing(
    open_views: visits.Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    def set_position(connection: Connection, name: str, *, after: int, to: int, leaf: str) -> bool:
        assert after < to, leaf
        table = progress
        connection.execute(table.update().where(table.c.name == name).values(position=to))
        return True

    monkeypatch.setattr(runner, "move", set_position)

    assert follow_two_at_once(open_views) != visits.COUNTED


def test_a_crash_before_the_commit_repeats_nothing(
    open_views: visits.Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = open_views()
    with monkeypatch.context() as broken:
        broken.setattr(runner, "apply", crash_after_writing)
        with pytest.raises(KeyboardInterrupt):
            catch_up(there, visits.reader(visits.MANY))

    assert visits.rows(there) == []
    assert catch_up(there, visits.reader(visits.MANY)) == 1_000
    assert visits.visit_counts(there) == visits.COUNTED


def crash_after_writing(*particulars: object) -> None:
    apply(*particulars)  # type: ignore[arg-type]  # passed on as they came
    raise KeyboardInterrupt


def test_it_would_if_the_position_had_a_commit_of_its_own(open_views: visits.Opened) -> None:
    there = open_views()

    def catch_up_in_two_commits(*, crash: bool) -> None:
        with there.writing() as connection:
            apply(
                connection,
                visits.VISITS.table,
                fold(c for fact in visits.MANY for c in visits.project_visit(fact.event, fact)),
            )
        if not crash:
            with there.writing() as connection:
                database.move(connection, visits.VISITS.NAME, after=0, to=1_000)

    catch_up_in_two_commits(crash=True)
    catch_up_in_two_commits(crash=False)

    assert visits.visit_counts(there) != visits.COUNTED


def catch_up_elsewhere(url: str) -> None:
    there = Views(url, [visits.VISITS])
    with ThreadPoolExecutor(2) as threads:
        for _ in range(2):
            threads.submit(catch_up, there, visits.reader(visits.MANY), page=20)
    there.close()


def test_followers_in_several_processes_start_on_nothing_and_never_count_twice(
    open_views: visits.Opened, database_url: str
) -> None:
    context = multiprocessing.get_context("spawn")
    elsewhere = [context.Process(target=catch_up_elsewhere, args=(database_url,)) for _ in range(3)]
    for process in elsewhere:
        process.start()
    for process in elsewhere:
        process.join(60)

    assert [process.exitcode for process in elsewhere] == [0, 0, 0]
    assert visits.visit_counts(open_views()) == visits.COUNTED
    assert open_views().lag(1_000) == 0


def test_following_goes_on_until_told_to_stop(open_views: visits.Opened) -> None:
    there, facts, waited = open_views(), visits.MANY[:100], list[float]()

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        if len(waited) == 5:
            facts.extend(visits.MANY[100:])
        return len(waited) > 25

    follow(there, visits.reader(facts), wait, page=60, poll_seconds=0.25)

    assert visits.visit_counts(there) == visits.COUNTED
    assert waited[:5] == [0.0, 0.0, 0.25, 0.25, 0.25]


def test_following_outlives_a_log_that_is_away_and_says_so(
    open_views: visits.Opened, caplog: pytest.LogCaptureFixture
) -> None:
    there, turns = open_views(), iter([False, False, False, True])

    def read(after: int, limit: int) -> Sequence[Fact]:
        if not caplog.records:
            raise ConnectionError
        return visits.MANY[after : after + limit]

    follow(there, read, lambda _: next(turns))

    assert visits.visit_counts(there) == visits.COUNTED
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [ConnectionError]


def test_following_begins_once_a_busy_database_is_free(
    open_views: visits.Opened, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # Given another writer, which keeps the lock until the follower waited for it in vain
    monkeypatch.setattr(database, "LOCK_WAIT_SECONDS", 0.1)
    there, other, waits = open_views(), open_views(), list[float]()
    with ExitStack() as lock:
        connection = lock.enter_context(other.writing())
        connection.execute(progress.update().values(problem="Error", stopped_at=1))

        def wait(seconds: float) -> bool:
            if caplog.records:
                lock.close()
            waits.append(seconds)
            return len(waits) > 3

        # When it follows, then it clears the problem and reads all
        follow(there, visits.reader(visits.MANY), wait, retry_seconds=0.25)

    assert waits[:2] == [0.0, 0.25]
    assert there.positions() == {"visits_1": (1_000, None, None, "")}


def test_following_says_what_stopped_and_goes_on_with_the_others(
    open_views: visits.Opened, caplog: pytest.LogCaptureFixture
) -> None:
    there, turns = (
        open_views(visits.staged_projection("poor_1", visits.project_or_fail), visits.VISITS),
        iter([False] * 5 + [True]),
    )
    facts = visits.made_up_log(
        visits.Visited(shop="mill"), visits.Unreadable(), visits.Visited(shop="mill")
    )

    follow(there, visits.reader(facts), lambda _: next(turns), page=1)

    assert [record.message for record in caplog.records] == ["poor_1 stopped at position 2"]
    assert visits.visit_counts(there) == {"mill": 2}
    assert there.positions()["poor_1"] == (1, 2, "LookupError", None)
