"""The interface of a database that can hold the log."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import Engine

from ledger.store.rows import Head, Stored

COLUMNS = ", ".join(Stored._fields)

TERMS = "stream >= 'offer-' AND stream < 'offer.' AND topic <> 'offer.given'"
"""The facts of offers but for the many that count a redemption: they have an index of their own."""

GIVEN = "offer.given"

Clock = Callable[[], datetime]

CONNECTIONS_KEPT = 8
CONNECTIONS_MORE = 24
"""The connections a process keeps open, and those it may open when all of these are in use."""


class Statements(NamedTuple):
    """The SQL of every query; each comment lists the parameters in order."""

    tail: str  # after, limit
    tail_of_topics: str  # after, topics, limit
    topics: str  # after
    snapshots: str  # streams
    facts_after_snapshot: str  # streams
    versions: str  # streams
    category: str  # after, bound, bound, limit
    stream: str  # stream, after, last, topic left out, limit
    stream_backwards: str  # stream, after, last, topic left out, limit
    terms: str  # offer, after, last, topic GIVEN, limit
    requests: str  # request ids


class Database(ABC):
    """A database, its connections and dialect. Connections start no transaction by themselves.

    SQLAlchemy keeps the pool and makes the tables. A view speaks to the driver's own `connection`;
    its methods raise the errors of the module `driver`.
    """

    statements: ClassVar[Statements]
    engine: Engine

    @property
    def driver(self) -> Any:
        """The module of the driver, which names the errors of its connections."""
        return self.engine.dialect.loaded_dbapi

    def connect(self) -> Any:
        """Open a connection for turns alone; it belongs to no pool."""
        pooled = self.engine.pool.recreate().connect()
        connection = pooled.driver_connection
        pooled.detach()
        return connection

    @abstractmethod
    def create(self) -> None:
        """Create the tables and the head row where they are missing; else check their version."""

    @abstractmethod
    def check(self) -> None:
        """Raise Unfit if the version or a setting of the database could lose facts."""

    @abstractmethod
    def lock(self, connection: Any) -> tuple[Head, datetime]:
        """Begin a transaction under the log's lock; return the head, and the time of the lock."""

    @abstractmethod
    def begin_reading(self, connection: Any) -> tuple[Head, datetime]:
        """Begin a read-only transaction; return the head of its snapshot, and the time."""

    def commit(self, connection: Any) -> None:
        """Commit the transaction; an error of a statement sent before it may come only now."""
        connection.execute("COMMIT")

    @abstractmethod
    def time(self) -> datetime | None:
        """Return the time known to this process without a query; None before the first reading."""

    @abstractmethod
    def insert(self, connection: Any, rows: Sequence[Stored], head: Head) -> None:
        """Insert facts, and store `head` as the new head of the log."""

    @abstractmethod
    def keep_snapshots(self, connection: Any, rows: Sequence[tuple[str, int, str]]) -> None:
        """Store snapshots (stream, version, text), one a stream, unless a newer one is stored."""

    def disk_failed(self, error: BaseException | None) -> bool:  # noqa: ARG002 - a server sees to it
        """Return whether this error came from a failed local disk; always False for a server."""
        return False

    @staticmethod
    @abstractmethod
    def several(texts: Sequence[str]) -> Any:
        """Return a list of texts in the form of one SQL parameter."""
