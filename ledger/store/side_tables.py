"""Auxiliary tables (vault, sessions, credentials) stored next to the event log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from zlib import crc32

from sqlalchemy import Connection, Engine, event, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from ledger.errors import Busy
from ledger.store.clock import process_time
from ledger.store.postgres import Postgres
from ledger.store.schema_version import Part, prepare
from ledger.store.sqlite import Sqlite

LOCK_WAIT_SECONDS = 5.0
"""The longest time, in seconds, that a writer waits for another before it fails."""


class Side:
    """One part of the auxiliary tables, in SQLite or PostgreSQL; safe to share between threads."""

    def __init__(
        self, url: str, part: Part, *, lock_wait_seconds: float = LOCK_WAIT_SECONDS
    ) -> None:
        """Prepare connections to the database; `create` makes the tables.

        Raises:
            ValueError: the URL names neither a SQLite file nor a PostgreSQL database.
        """
        self._engine = engine_of(url, lock_wait_seconds)
        self._part = part
        self._on_postgres = self._engine.dialect.name == "postgresql"
        # One writer at a time: each part has its own number, since parts may share a server.
        number = crc32(part.name.encode())
        self._lock = ["BEGIN", f"SELECT pg_advisory_xact_lock({number})"]

    def create(self) -> None:
        """Create missing tables; two processes may call this at once.

        Raises:
            Busy: the database did not answer in time.
            WrongVersion: the tables are older or newer than this program.
        """
        if not self._on_postgres:
            with translated(), self._engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        with self._begun("BEGIN IMMEDIATE", ["BEGIN"]) as connection:
            prepare(connection, self._part)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection for queries that all see one snapshot.

        Raises:
            Busy: the database did not answer in time.
        """
        on_postgres = ["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"]
        with self._begun("BEGIN", on_postgres) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection whose changes are committed together; one writer at a time.

        Raises:
            Busy: the lock was not available, or the commit failed; nothing changed.
        """
        with self._begun("BEGIN IMMEDIATE", self._lock) as connection:
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextmanager
    def _begun(self, on_sqlite: str, on_postgres: Sequence[str]) -> Iterator[Connection]:
        with translated(), self._engine.connect() as connection:
            for statement in on_postgres if self._on_postgres else [on_sqlite]:
                connection.exec_driver_sql(statement)
            yield connection
            connection.exec_driver_sql("COMMIT")


def engine_of(text: str, lock_wait_seconds: float) -> Engine:
    """Return an engine configured like that of the log, so that auxiliary tables are as durable.

    Raises:
        ValueError: the URL names neither a SQLite file nor a PostgreSQL database.
    """
    url = make_url(text)
    match url.get_backend_name():
        case "sqlite":
            sqlite = Sqlite(url, lock_wait_seconds=lock_wait_seconds, now=process_time)
            event.listen(sqlite.engine, "connect", _overwrite_what_is_deleted)
            return sqlite.engine
        case "postgresql":
            return Postgres(url, lock_wait_seconds=lock_wait_seconds).engine
        case other:
            raise ValueError(f"what lies beside the log knows sqlite and postgresql, not {other}")


def _overwrite_what_is_deleted(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA secure_delete = ON")


@contextmanager
def translated() -> Iterator[None]:
    """Raise database failures inside the block as Busy.

    Raises:
        Busy: the database did not answer in time.
    """
    try:
        yield
    except (OperationalError, PoolExhausted) as trouble:
        raise Busy from trouble
