"""Auxiliary tables (vault, sessions, credentials) stored next to the event log."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from zlib import crc32

from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from ledger.errors import Busy
from ledger.patience import check_may_wait
from ledger.store.database import Database
from ledger.store.log import database_at
from ledger.store.schema_version import Part

LOCK_WAIT_SECONDS = 5.0
"""The longest time, in seconds, that a writer waits for another before it fails."""


class Side:
    """One part of the auxiliary tables, in SQLite or PostgreSQL; safe to share between threads.

    Its methods raise Busy if the database does not answer in time; then nothing has changed, unless
    the connection broke during a commit.
    """

    def __init__(
        self, url: str, part: Part, *, lock_wait_seconds: float = LOCK_WAIT_SECONDS
    ) -> None:
        """Prepare connections to the database; `create` makes the tables."""
        self._database = database_that_forgets(url, lock_wait_seconds, part.schema)
        self._engine = self._database.engine
        self._part = part
        self._on_postgres = self._engine.dialect.name == "postgresql"
        # One writer at a time: each part has its own number, since parts may share a server.
        number = crc32(part.name.encode())
        self._lock = ["BEGIN", f"SELECT pg_advisory_xact_lock({number})"]

    def create(self) -> None:
        """Create missing tables, or check their version; two processes may call this at once."""
        check_may_wait()
        with translated():
            self._database.create(self._part)

    def reading(self) -> AbstractContextManager[Connection]:
        """Yield a connection for queries that all see one snapshot."""
        return self._begun("BEGIN", ["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"])

    def writing(self) -> AbstractContextManager[Connection]:
        """Yield a connection whose changes are committed on exit; one writer at a time."""
        return self._begun("BEGIN IMMEDIATE", self._lock)

    def scrub(self) -> None:
        """Leave nothing that was deleted in the files of an SQLite database, nor in its WAL.

        PostgreSQL does so by itself, in time: VACUUM needs the owner of the tables.
        """
        if self._on_postgres:
            return
        with translated(), self._engine.connect() as connection:
            connection.exec_driver_sql("VACUUM")  # another program may have deleted rows
            if connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar():
                raise Busy

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextmanager
    def _begun(self, on_sqlite: str, on_postgres: Sequence[str]) -> Iterator[Connection]:
        check_may_wait()
        with translated(), self._engine.connect() as connection:
            for statement in on_postgres if self._on_postgres else [on_sqlite]:
                connection.exec_driver_sql(statement)
            yield connection
            connection.exec_driver_sql("COMMIT")


def database_that_forgets(url: str, lock_wait_seconds: float, schema: str) -> Database:
    """Return a database as durable as that of the log; on SQLite it overwrites what is deleted."""
    database = database_at(url, lock_wait_seconds, schema=schema)
    if database.engine.dialect.name == "sqlite":
        event.listen(database.engine, "connect", _overwrite_what_is_deleted)
    return database


def _overwrite_what_is_deleted(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA secure_delete = ON")


@contextmanager
def translated() -> Iterator[None]:
    """Raise Busy where the database fails to answer inside the block; other errors pass."""
    try:
        yield
    except (OperationalError, PoolExhausted) as trouble:
        raise Busy from trouble
