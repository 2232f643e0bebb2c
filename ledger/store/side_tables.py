"""A few tables beside the log, for what is no fact: opened, read and changed as the vault is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, event, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from ledger.errors import Busy
from ledger.store.clock import process_time
from ledger.store.postgres import Postgres
from ledger.store.sqlite import Sqlite

LOCK_WAIT_SECONDS = 5.0
"""How long a writer waits for another before it fails."""


class Side:
    """The tables of one subject in SQLite or PostgreSQL; safe to share between threads.

    `lock` is a number of the subject's own: whoever makes or changes its tables holds it.
    """

    def __init__(self, url: str, tables: MetaData, *, lock: int) -> None:
        """Name the tables, which `create` makes.

        Raises:
            ValueError: the URL names no SQLite file and no PostgreSQL database.

        """
        self._engine = engine_of(url, LOCK_WAIT_SECONDS)
        self._tables = tables
        self._on_postgres = self._engine.dialect.name == "postgresql"
        self._lock = ["BEGIN", f"SELECT pg_advisory_xact_lock({lock})"]

    def create(self) -> None:
        """Make the tables that are missing; two processes may do it at once.

        Raises:
            Busy: the database did not answer in time.

        """
        if not self._on_postgres:
            with translated(), self._engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        with self.writing() as connection:
            self._tables.create_all(connection)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for queries.

        Raises:
            Busy: the database did not answer in time.

        """
        with self._begun("BEGIN", ["BEGIN READ ONLY"]) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection whose changes are committed together; one writer at a time.

        Raises:
            Busy: the lock could not be had, or the commit failed; nothing is changed.

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
    """The log's own way to each database, so that what lies beside the log is as durable.

    Raises:
        ValueError: the URL names no SQLite file and no PostgreSQL database.

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
    """Tell of a database that did not answer in time.

    Raises:
        Busy: it did not.

    """
    try:
        yield
    except (OperationalError, PoolExhausted) as trouble:
        raise Busy from trouble
