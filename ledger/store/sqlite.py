"""The log in a SQLite file: one writer at a time, any number of readers and processes."""

import json
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

import pysqlite3
from sqlalchemy import URL, Connection, QueuePool
from sqlalchemy.exc import OperationalError

from ledger.store.clock import SlewedClock, process_time
from ledger.store.database import COLUMNS, NO_HEAD, STATEMENTS, Clock, Database, tables_of_log
from ledger.store.failures import Damaged
from ledger.store.rows import Head, Stored
from ledger.store.schema_version import Part

_INSERT = f"INSERT INTO facts ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - our own names

_KEEP_SNAPSHOT = """
INSERT INTO snapshot (stream, version, state) VALUES (?, ?, ?)
ON CONFLICT (stream) DO UPDATE SET version = excluded.version, state = excluded.state
WHERE excluded.version >= snapshot.version
"""

_TRIGGERS = tuple(
    f"CREATE TRIGGER facts_are_never_{done} BEFORE {statement} ON facts"
    f" BEGIN SELECT RAISE(ABORT, 'facts are never {done}'); END"
    for done, statement in (("changed", "UPDATE"), ("removed", "DELETE"))
)

PART = tables_of_log(
    _TRIGGERS,
    {
        "number": "INTEGER",
        "text": "TEXT",
        "octets": "BLOB",
        "no_octets": "x''",
        "strict": "STRICT",
        "strict_and_keyed": "STRICT, WITHOUT ROWID",
    },
)


class Sqlite(Database):
    """A log in a SQLite file, opened with a newer SQLite library than the system's."""

    part = PART
    statements = STATEMENTS
    triggers_found = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'facts'"
    triggers = _TRIGGERS
    begin_to_create = "BEGIN IMMEDIATE"
    # Older versions can corrupt the database when the write-ahead log is reset.
    version = ("sqlite_version", "3.51.3")
    settings: ClassVar = {"journal_mode": ("wal",), "synchronous": ("2",), "foreign_keys": ("1",)}

    def __init__(self, url: URL, *, lock_wait_seconds: float, now: Clock) -> None:
        if not url.database or ":memory:" in url.database or url.query.get("mode") == "memory":
            raise ValueError("the log must be a file: memory keeps no facts")
        self.clock = SlewedClock() if now is process_time else None
        self._now = now
        super().__init__(
            url,
            lock_wait_seconds,
            module=pysqlite3,
            poolclass=QueuePool,
            connect_args={"timeout": lock_wait_seconds, "check_same_thread": False},
        )

    def create(self, part: Part) -> None:
        """Create a missing file and missing tables, in write-ahead mode, or check their version."""
        self._write_ahead()
        super().create(part)

    def found_settings(self, connection: Connection) -> Mapping[str, str]:
        """Return SQLite's version, and the settings of a connection."""
        read = connection.exec_driver_sql
        found = {name: str(read(f"PRAGMA {name}").scalar_one()) for name in self.settings}
        return found | {"sqlite_version": read("SELECT sqlite_version()").scalar_one()}

    def set_up(self, connection: Any) -> None:
        """Make a connection's commits durable, and let it refuse every deletion of facts."""
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        # INSERT OR REPLACE deletes rows; with this setting it meets the trigger that refuses it.
        connection.execute("PRAGMA recursive_triggers = ON")

    def begin(self, connection: Any, *, locked: bool) -> tuple[Head, datetime]:
        """Begin a snapshot, or take the write lock of the file; the clock is this process's."""
        connection.execute("BEGIN IMMEDIATE" if locked else "BEGIN")
        head = connection.execute("SELECT position, at, leaf, frontier FROM head").fetchone()
        if head is None:
            raise Damaged(NO_HEAD)
        return Head._make(head), self._now()

    def insert(self, connection: Any, rows: Sequence[Stored], head: Head) -> None:
        """Insert facts, and store `head` as the new head of the log."""
        connection.executemany(_INSERT, rows)
        connection.execute("UPDATE head SET position = ?, at = ?, leaf = ?, frontier = ?", head)

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
