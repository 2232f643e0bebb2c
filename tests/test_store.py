"""The log, on both databases: order, guards, the lock, snapshots, reading."""

from __future__ import annotations

import hashlib
import multiprocessing
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta, timezone
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import exc, make_url

from ledger.store import (
    Conflict,
    Draft,
    Head,
    Loaded,
    Log,
    Stored,
    Unavailable,
    at_text,
    at_time,
    leaf,
)

AT = "2026-11-21T12:00:00.123456Z"


def draft(stream: str, version: int, request_id: str | None = None, topic: str = "done") -> Draft:
    return Draft(stream, version, topic, AT, '{"n":1}', '{"by":"system"}', request_id)


def record(log: Log, *drafts: Draft) -> list[int]:
    with log.locked() as tx:
        return tx.append(drafts)


def execute(log: Log, statement: str) -> None:
    with log._database.engine.connect() as connection:
        connection.exec_driver_sql(statement)


@pytest.fixture
def log(database_url: str) -> Iterator[Log]:
    log = Log(database_url, lock_wait_seconds=2.0)
    log.create()
    yield log
    log.close()


def test_an_empty_log_has_a_head_at_nought(log: Log) -> None:
    with log.reading() as view:
        assert view.head == Head(0, "", b"")
        assert view.tail(0, 10) == []


def test_facts_come_back_as_they_were_drafted(log: Log) -> None:
    drafts = [draft("card-c1", 1, "r1"), draft("card-c1", 2), draft("fund-满", 1, "r2")]

    positions = record(log, *drafts)

    assert positions == [1, 2, 3]
    with log.reading() as view:
        expected = [Stored(n, *d, leaf(n, d)) for n, d in zip(positions, drafts, strict=True)]
        assert view.tail(0, 10) == expected
        assert view.head == Head(3, AT, expected[-1].leaf)


def test_two_appends_in_one_transaction_follow_each_other(log: Log) -> None:
    with log.locked() as tx:
        assert tx.append([draft("card-c1", 1)]) == [1]
        assert tx.append([]) == []
        assert tx.append([draft("card-c1", 2)]) == [2]
        assert [fact.position for fact in tx.tail(0, 10)] == [1, 2]


def test_an_exception_rolls_everything_back(log: Log) -> None:
    def fail() -> None:
        with log.locked() as tx:
            tx.append([draft("card-c1", 1)])
            raise LookupError

    with pytest.raises(LookupError):
        fail()

    assert record(log, draft("card-c1", 1)) == [1]


@pytest.mark.parametrize("late", [draft("card-c1", 1), draft("card-c2", 1, "r1")])
def test_a_version_or_request_id_is_taken_once(log: Log, late: Draft) -> None:
    record(log, draft("card-c1", 1, "r1"))

    with pytest.raises(Conflict):
        record(log, draft("card-c3", 1), late)

    with log.reading() as view:
        assert view.head.position == 1


def test_a_swallowed_conflict_is_not_committed_in_part(log: Log) -> None:
    record(log, draft("card-c1", 1))

    def swallow() -> None:
        with log.locked() as tx, suppress(Conflict):
            tx.append([draft("card-c2", 1), draft("card-c1", 1)])

    with pytest.raises(Unavailable, match="rolled back"):
        swallow()

    with log.reading() as view:
        assert [fact.stream for fact in view.tail(0, 10)] == ["card-c1"]


def test_the_database_refuses_to_change_or_remove_facts(log: Log, database_url: str) -> None:
    record(log, draft("card-c1", 1))
    replace, truncate = "INSERT OR REPLACE INTO facts SELECT * FROM facts", "TRUNCATE facts"
    last = replace if database_url.startswith("sqlite") else truncate

    for statement in ("UPDATE facts SET payload = 'x'", "DELETE FROM facts", last):
        with pytest.raises(exc.IntegrityError, match="never"):
            execute(log, statement)


def test_without_its_trigger_a_fact_could_be_changed_and_its_leaf_would_tell(
    log: Log, database_url: str
) -> None:
    record(log, draft("card-c1", 1))

    if database_url.startswith("sqlite"):
        execute(log, "DROP TRIGGER facts_are_never_changed")
    else:
        execute(log, "ALTER TABLE facts DISABLE TRIGGER facts_are_kept")
    execute(log, "UPDATE facts SET payload = '{\"n\":2}'")

    with log.reading() as view:
        (fact,) = view.tail(0, 10)
    assert leaf(fact.position, Draft(*fact[1:8])) != fact.leaf


def test_making_the_tables_twice_at_once_does_no_harm(database_url: str) -> None:
    logs = [Log(database_url) for _ in range(4)]

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(Log.create, logs))
    for log in logs:
        log.create()

    assert record(logs[0], draft("card-c1", 1)) == [1]
    for log in logs:
        log.close()


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
        return tx.now()


def _claim(url: str, writer: int, count: int, *, lock: bool) -> None:
    """Count up one stream `count` times: read the last version, record the next."""
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
        assert [fact.version for fact in view.stream("drop-d1")] == list(range(1, 81))


def _claim_in_threads(url: str, process: int) -> None:
    with ThreadPoolExecutor(4) as threads:
        claims = [
            threads.submit(_claim, url, process * 4 + thread, 10, lock=True) for thread in range(4)
        ]
        for claim in claims:
            claim.result()


def test_reading_before_the_lock_would_lose_the_race(database_url: str) -> None:
    """The negative control of the test above: the same work decided on what was read unlocked."""
    with closing(Log(database_url)) as log:
        log.create()
    with ThreadPoolExecutor(4) as threads:
        claims = [threads.submit(_claim, database_url, n, 25, lock=False) for n in range(4)]
        failures = [claim.exception() for claim in claims]

    assert any(isinstance(failure, Conflict) for failure in failures)


def test_a_stream_loads_from_its_latest_snapshot(log: Log) -> None:
    record(log, *(draft("card-c1", version) for version in (1, 2, 3)), draft("card-c2", 1))
    with log.locked() as tx:
        tx.keep_snapshots([("card-c1", 1, "one"), ("card-c1", 2, "two")])
        tx.keep_snapshots([("card-c1", 1, "late")])
        tx.keep_snapshots([])

    with log.reading() as view:
        loaded = view.load(["card-c1", "card-c2", "card-c3"])
        facts = view.tail(0, 10)

    assert loaded == {
        "card-c1": Loaded("two", 2, [facts[2]]),
        "card-c2": Loaded(None, 0, [facts[3]]),
        "card-c3": Loaded(None, 0, []),
    }


def test_questions_about_streams_topics_and_requests(log: Log) -> None:
    record(
        log,
        draft("card-c1", 1, "r1"),
        draft("card-c1", 2, "r2", topic="rare"),
        draft("card-c2", 1, "r3"),
    )

    with log.reading() as view:
        first, second, third = view.tail(0, 10)
        assert view.tail(1, 1) == [second]
        assert view.tail(0, 10, ["rare", "none"]) == [second]
        assert view.versions(["card-c1", "card-c9"]) == {"card-c1": 2, "card-c9": 0}
        assert view.stream("card-c1") == [first, second]
        assert view.stream("card-c1", after_version=1) == [second]
        assert view.stream("card-c1", limit=1) == [first]
        assert view.by_request(["r1", "r3", "r9"]) == {"r1": first, "r3": third}
        assert view.by_request([]) == {}
        assert view.load([]) == {}


def test_a_category_is_paged_in_byte_order(log: Log) -> None:
    names = ["offer-1", "offer-B", "offer-a", "offer-é", "offer-满"]
    others = ["offer", "offer.x", "offers-1", "offer_form-1", "merchant-1"]
    record(log, *(draft(name, 1) for name in reversed(names + others)), draft("offer-a", 2))

    with log.reading() as view:
        assert view.category("offer") == names
        assert view.category("offer", limit=2) == names[:2]
        assert view.category("offer", after="offer-B", limit=2) == names[2:4]
        assert view.category("offer", after=names[-1]) == []
        assert view.category("none") == []


@pytest.mark.parametrize("question", ["category", "versions", "facts_after_snapshot", "requests"])
def test_questions_go_through_an_index(log: Log, database_url: str, question: str) -> None:
    record(log, *(draft(f"offer-{n}", 1, f"r{n}") for n in range(3_000)))
    statement = getattr(log._database.statements, question)
    several = log._database.several(["offer-1", "offer-2"])
    parameters = ("offer-", "offer.", "offer.", 10) if question == "category" else (several,)

    sqlite = database_url.startswith("sqlite")
    explain = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN "
    with log._database.engine.connect() as connection:
        rows = connection.exec_driver_sql(explain + statement, parameters).fetchall()
        plan = "\n".join(str(row[-1]) for row in rows)

    assert "facts_by_" in plan
    assert "SCAN facts" not in plan
    assert "Seq Scan on facts" not in plan


def test_a_leaf_is_the_hash_of_every_field_behind_its_length() -> None:
    fact = Draft("card-卡", 7, "card.issued", AT, '{"a":1}', '{"by":"till-1"}', "r1")

    fields = ["hongka/fact/1", "42", "card-卡", "7", "card.issued", AT, fact.metadata, fact.payload]
    octets = b"\0" + b"".join(struct.pack(">I", len(f.encode())) + f.encode() for f in fields)
    expected = "9fb1223e3c181c0a5a28e9ffa4640dca8d89a918e2e179b947612d0184440c7c"

    assert hashlib.sha256(octets).hexdigest() == expected
    assert leaf(42, fact).hex() == expected


@pytest.mark.parametrize(
    "changed",
    [
        {"stream": "card-c2"},
        {"version": 2},
        {"topic": "undone"},
        {"at": "2026-11-21T12:00:00.123457Z"},
        {"payload": '{"n":2}'},
        {"metadata": "{}"},
    ],
)
def test_tampering_changes_the_leaf(changed: dict[str, Any]) -> None:
    fact = draft("card-c1", 1)

    assert leaf(1, fact._replace(**changed)) != leaf(1, fact)
    assert leaf(2, fact) != leaf(1, fact)


def test_text_moved_between_fields_changes_the_leaf() -> None:
    fact = draft("card-c1", 1)

    moved = fact._replace(metadata=fact.metadata + fact.payload, payload="")

    assert leaf(1, moved) != leaf(1, fact)


def test_times_are_fixed_width_text_in_utc() -> None:
    beijing = datetime(2026, 11, 21, 20, 0, tzinfo=timezone(timedelta(hours=8)))

    assert at_text(beijing) == "2026-11-21T12:00:00.000000Z"
    assert at_time(at_text(beijing)) == beijing
    assert at_time(AT) == datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
    with pytest.raises(ValueError, match="aware"):
        at_text(datetime(2026, 11, 21))  # noqa: DTZ001 - a naive time is the point


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file::memory:"])
def test_a_log_in_memory_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="memory"):
        Log(url)


def test_another_database_is_refused() -> None:
    with pytest.raises(ValueError, match="mysql"):
        Log("mysql://localhost/log")


def test_both_names_of_postgresql_are_taken() -> None:
    for url in ("postgresql://localhost/log", "postgresql+psycopg://localhost/log"):
        log = Log(url)
        assert log._database.engine.url.drivername == "postgresql+psycopg"
        assert log._database.engine.url.database == make_url(url).database
