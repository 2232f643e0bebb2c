"""The log in a SQLite file: one writer at a time, any number of readers and processes."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pysqlite3
from sqlalchemy import URL, Connection, QueuePool, create_engine, event
from sqlalchemy.exc import OperationalError

from ledger.store.clock import SlewedClock, process_time
from ledger.store.database import (
    COLUMNS,
    CONNECTIONS_KEPT,
    CONNECTIONS_MORE,
    TERMS,
    Clock,
    Database,
    Statements,
)
from ledger.store.failures import Unfit
from ledger.store.rows import Head, Stored
from ledger.store.schema_version import Part, prepare

VERSION_LEAST = (3, 51, 3)
"""Older versions can corrupt the database when the write-ahead log is reset."""

SETTINGS = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"}

_FACTS = f"SELECT {COLUMNS} FROM facts"  # noqa: S608 - nothing but the names of our own columns
_SLICE = f"{_FACTS} WHERE stream = ? AND version > ? AND version <= ? AND topic <> ?"

# A list of texts travels as one JSON parameter: the statement stays the same for every length, so
# its plan stays cached.
_NAMED = "(SELECT value FROM json_each(?))"

_INSERT = f"INSERT INTO facts ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - likewise

_KEEP_SNAPSHOT = """
INSERT INTO snapshot (stream, version, state) VALUES (?, ?, ?)
ON CONFLICT (stream) DO UPDATE SET version = excluded.version, state = excluded.state
WHERE excluded.version >= snapshot.version
"""

_SCHEMA = (
    """
    CREATE TABLE facts (
        position INTEGER PRIMARY KEY CHECK (position > 0),
        stream TEXT NOT NULL,
        version INTEGER NOT NULL,
        topic TEXT NOT NULL,
        at TEXT NOT NULL,
        payload TEXT NOT NULL,
        metadata TEXT NOT NULL,
        request_id TEXT,
        leaf BLOB NOT NULL CHECK (length(leaf) = 32)
    ) STRICT
    """,
    "CREATE UNIQUE INDEX facts_by_stream ON facts (stream, version)",
    "CREATE UNIQUE INDEX facts_by_request ON facts (request_id)",
    f"CREATE INDEX facts_of_terms ON facts (stream, version) WHERE {TERMS}",
    """
    CREATE TRIGGER facts_are_never_changed BEFORE UPDATE ON facts
    BEGIN SELECT RAISE(ABORT, 'facts are never changed'); END
    """,
    """
    CREATE TRIGGER facts_are_never_removed BEFORE DELETE ON facts
    BEGIN SELECT RAISE(ABORT, 'facts are never removed'); END
    """,
    """
    CREATE TABLE snapshot (
        stream TEXT PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE head (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        position INTEGER NOT NULL,
        at TEXT NOT NULL,
        leaf BLOB NOT NULL
    ) STRICT
    """,
    "INSERT INTO head (one, position, at, leaf) VALUES (1, 0, '', x'')",
)


def _create(connection: Connection) -> None:
    for statement in _SCHEMA:
        connection.exec_driver_sql(statement)


PART = Part("log", "facts", _create)


class Sqlite(Database):
    """A log in a SQLite file, opened with a newer SQLite library than the system's."""

    # CROSS JOIN keeps SQLite from scanning facts first.
    statements = Statements(
        tail=_FACTS + " WHERE position > ? ORDER BY position LIMIT ?",
        tail_of_topics=_FACTS + f" WHERE position > ? AND topic IN {_NAMED}"
        " ORDER BY position LIMIT ?",
        topics="SELECT DISTINCT topic FROM facts WHERE position > ?",
        snapshots="SELECT stream, version, state FROM snapshot"
        " WHERE stream IN (SELECT value FROM json_each(?))",
        facts_after_snapshot=f"""
        SELECT {COLUMNS} FROM (SELECT value, coalesce(
            (SELECT version FROM snapshot WHERE stream = value), 0) AS after FROM json_each(?))
        CROSS JOIN facts WHERE stream = value AND version > after ORDER BY stream, version
        """,  # noqa: S608 - likewise
        versions="SELECT value, (SELECT max(version) FROM facts WHERE stream = value)"
        " FROM json_each(?)",
        # Jumps from one stream to the next through the index, however long each stream is.
        category="""
        WITH RECURSIVE named (stream) AS (
            SELECT min(stream) FROM facts WHERE stream > ? AND stream < ?
            UNION ALL
            SELECT (SELECT min(facts.stream) FROM facts
                    WHERE facts.stream > named.stream AND facts.stream < ?)
            FROM named WHERE named.stream IS NOT NULL
        )
        SELECT stream FROM named WHERE stream IS NOT NULL LIMIT ?
        """,
        stream=f"{_SLICE} ORDER BY version LIMIT ?",
        terms=f"{_SLICE} AND {TERMS} ORDER BY version LIMIT ?",
        stream_backwards=f"{_SLICE} ORDER BY version DESC LIMIT ?",
        requests=_FACTS + f" WHERE request_id IN {_NAMED}",
    )

    def __init__(self, url: URL, *, lock_wait_seconds: float, now: Clock) -> None:
        if not url.database or ":memory:" in url.database or url.query.get("mode") == "memory":
            raise ValueError("the log must be a file: memory keeps no facts")
        self._steady = SlewedClock() if now is process_time else None
        self._now = now
        self._lock_wait_seconds = lock_wait_seconds
        self.engine = create_engine(
            url,
            module=pysqlite3,
            poolclass=QueuePool,
            pool_size=CONNECTIONS_KEPT,
            max_overflow=CONNECTIONS_MORE,
            pool_timeout=lock_wait_seconds,
            hide_parameters=True,
            isolation_level="AUTOCOMMIT",
            connect_args={"timeout": lock_wait_seconds, "check_same_thread": False},
        )
        event.listen(self.engine, "connect", _set_up)

    def create(self) -> None:
        """Create a missing file and missing tables, in write-ahead mode, or check their version."""
        self._write_ahead()
        with self.engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            prepare(connection, PART)
            connection.exec_driver_sql("COMMIT")

    def check(self) -> None:
        """Raise Unfit if SQLite's version or a setting could lose facts."""
        with self.engine.connect() as connection:
            read = connection.exec_driver_sql
            found = {name: str(read(f"PRAGMA {name}").scalar_one()) for name in SETTINGS}
            found["sqlite_version"] = read("SELECT sqlite_version()").scalar_one()
        check_settings(found)

    def lock(self, connection: Any) -> tuple[Head, datetime]:
        """Take the write lock of the file; the time is this process's after that."""
        connection.execute("BEGIN IMMEDIATE")
        return _head(connection), self.time()

    def begin_reading(self, connection: Any) -> tuple[Head, datetime]:
        """Begin a snapshot; the time is this process's after that."""
        connection.execute("BEGIN")
        return _head(connection), self.time()

    def time(self) -> datetime:
        """Return the process's time: slewed, unless a clock was passed in."""
        return self._steady.time(self._now()) if self._steady else self._now()

    def insert(self, connection: Any, rows: Sequence[Stored], head: Head) -> None:
        """Insert facts, and store `head` as the new head of the log."""
        connection.executemany(_INSERT, rows)
        connection.execute("UPDATE head SET position = ?, at = ?, leaf = ?", head)

    def keep_snapshots(self, connection: Any, rows: Sequence[tuple[str, int, str]]) -> None:
        """Store a snapshot of each stream, unless a newer one is stored."""
        connection.executemany(_KEEP_SNAPSHOT, rows)

    def disk_failed(self, error: BaseException | None) -> bool:
        """Return whether the error is a failed read, write or sync; a full disk is not."""
        failed: bool = getattr(error, "sqlite_errorcode", None) == pysqlite3.SQLITE_IOERR
        return failed

    @staticmethod
    def several(texts: Sequence[str]) -> str:
        """Return a list of texts as a JSON array, for one SQL parameter."""
        return json.dumps(texts)

    def _write_ahead(self) -> None:
        """Switch the file to write-ahead logging; wait for other processes, as SQLite does not."""
        give_up = time.monotonic() + self._lock_wait_seconds
        while True:
            try:
                with self.engine.connect() as connection:
                    connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            except OperationalError:
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.01)
            else:
                return


def check_settings(found: Mapping[str, str]) -> None:
    """Raise Unfit if a connection reports too old a version, or settings that could lose facts."""
    version = found["sqlite_version"]
    if tuple(map(int, version.split("."))) < VERSION_LEAST:
        least = ".".join(map(str, VERSION_LEAST))
        raise Unfit(setting="sqlite_version", found=version, wanted=f"{least} or newer")
    for setting, wanted in SETTINGS.items():
        if found[setting] != wanted:
            raise Unfit(setting=setting, found=found[setting], wanted=wanted)


def _head(connection: Any) -> Head:
    return Head._make(connection.execute("SELECT position, at, leaf FROM head").fetchone())


def _set_up(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    # INSERT OR REPLACE deletes rows; with this setting it meets the trigger that refuses deletion.
    connection.execute("PRAGMA recursive_triggers = ON")
