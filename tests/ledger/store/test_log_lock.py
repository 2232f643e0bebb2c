"""The holder of the lock decides and writes alone."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest

from ledger.store import Conflict, Log, Unavailable
from tests.support.log_fixture import draft, record


def test_a_second_writer_waits_for_the_first(log: Log, database_url: str) -> None:
    other = Log(database_url)
    entered, seen = Event(), list[int]()

    def write() -> None:
        entered.set()
        with other.locked() as tx:
            seen.append(tx.head.position)

    with log.locked() as tx:
        writer = Thread(target=write)
        writer.start()
        entered.wait()
        writer.join(0.2)
        assert writer.is_alive()
        assert seen == []
        tx.append([draft("card-c1", 1)])
    writer.join()

    assert seen == [1]
    other.close()


def test_a_lock_that_is_not_had_in_time_is_unavailable(log: Log, database_url: str) -> None:
    other = Log(database_url, lock_wait_seconds=0.1)

    with log.locked() as tx:
        tx.append([draft("card-c1", 1)])
        with pytest.raises(Unavailable), other.locked():
            pytest.fail("two held the lock")

    assert record(other, draft("card-c2", 1)) == [2]
    other.close()


def test_a_reader_waits_for_nobody_and_sees_one_moment(log: Log) -> None:
    record(log, draft("card-c1", 1))

    with log.reading() as view:
        record(log, draft("card-c1", 2))

        assert view.head.position == 1
        assert len(view.tail(0, 10)) == 1


def test_the_time_is_read_behind_the_lock(log: Log, database_url: str) -> None:
    other = Log(database_url)

    with ThreadPoolExecutor(1) as threads:
        with log.locked():
            waiting = threads.submit(_time_of_a_turn, other)
            Event().wait(0.3)
            released = datetime.now(UTC)
        late = waiting.result()

    assert late.tzinfo is UTC
    assert late >= released - timedelta(milliseconds=1)
    other.close()


def _time_of_a_turn(log: Log) -> datetime:
    with log.locked() as tx:
        return tx.now


def _claim(url: str, writer: int, count: int, *, lock: bool) -> None:
    """Increment one stream `count` times: read the last version, record the next."""
    with closing(Log(url, lock_wait_seconds=60.0)) as log:
        for _ in range(count):
            with log.reading() as view:
                version = view.versions(["drop-d1"])["drop-d1"] + 1
            with log.locked() as tx:
                if lock:
                    version = tx.versions(["drop-d1"])["drop-d1"] + 1
                tx.append([draft("drop-d1", version), draft(f"card-{writer}", version)])


def test_positions_and_versions_have_no_gap_under_threads_of_several_processes(
    log: Log, database_url: str
) -> None:
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=_claim_in_threads, args=(database_url, n)) for n in range(2)]

    for process in processes:
        process.start()
    for process in processes:
        process.join(120)

    assert [process.exitcode for process in processes] == [0, 0]
    with log.reading() as view:
        facts = view.tail(0, 1_000)
        assert [fact.position for fact in facts] == list(range(1, 161))
        assert [fact.version for fact in view.history("drop-d1")] == list(range(1, 81))


def _claim_in_threads(url: str, process: int) -> None:
    with ThreadPoolExecutor(4) as threads:
        claims = [
            threads.submit(_claim, url, process * 4 + thread, 10, lock=True) for thread in range(4)
        ]
        for claim in claims:
            claim.result()


@pytest.mark.control
def test_reading_before_the_lock_would_lose_the_race(database_url: str) -> None:
    """The negative control of the test above: the same decisions on unlocked reads."""
    with closing(Log(database_url)) as log:
        log.create()
    with ThreadPoolExecutor(4) as threads:
        claims = [threads.submit(_claim, database_url, n, 25, lock=False) for n in range(4)]
        failures = [claim.exception() for claim in claims]

    assert any(isinstance(failure, Conflict) for failure in failures)


def test_making_the_tables_twice_at_once_does_no_harm(database_url: str) -> None:
    logs = [Log(database_url) for _ in range(4)]

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(Log.create, logs))
    for log in logs:
        log.create()

    assert record(logs[0], draft("card-c1", 1)) == [1]
    for log in logs:
        log.close()
