"""What a database must offer to hold the log."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import Connection, Engine

from ledger.store.rows import Head, Stored

COLUMNS = ", ".join(Stored._fields)

Clock = Callable[[], datetime]

CONNECTIONS_KEPT = 8
CONNECTIONS_MORE = 24
"""Connections a process keeps open, and how many more it may open when all are taken."""


class Statements(NamedTuple):
    """The SQL of every reading question; the parameters stand in the order of the comment."""

    tail: str  # after, limit
    tail_of_topics: str  # after, topics, limit
    topics: str  # after
    snapshots: str  # streams
    facts_after_snapshot: str  # streams
    versions: str  # streams
    category: str  # after, bound, bound, limit
    stream: str  # stream, after, last, topic left out, limit
    stream_backwards: str  # stream, after, last, topic left out, limit
    requests: str  # request ids


class Database(ABC):
    """One database, its connections and its dialect. Connections start no transaction unasked."""

    statements: ClassVar[Statements]
    engine: Engine

    @abstractmethod
    def create(self) -> None:
        """Create the tables and the head row where they are missing.

        Raises:
            WrongVersion: the tables are older or newer than this program.

        """

    @abstractmethod
    def check(self) -> None:
        """Refuse a set-up that could lose facts.

        Raises:
            Unfit: names the setting.

        """

    @abstractmethod
    def lock(self, connection: Connection) -> tuple[Head, Clock]:
        """Begin a transaction by taking the lock; the head, and what tells the time of then."""

    @abstractmethod
    def look(self, connection: Connection) -> tuple[Head, Clock]:
        """Begin a transaction that only reads; its head, and what tells its time."""

    @abstractmethod
    def time(self) -> datetime | None:
        """The time as this process knows it; None before it knows."""

    @abstractmethod
    def insert(self, connection: Connection, rows: Sequence[Stored], head: Head) -> None:
        """Write facts and move the head."""

    @abstractmethod
    def keep_snapshots(self, connection: Connection, rows: Sequence[tuple[str, int, str]]) -> None:
        """Keep the latest snapshot of each stream; no stream is named twice."""

    def disk_failed(self, error: BaseException | None) -> bool:  # noqa: ARG002 - a server sees to it
        """Whether a commit failed at a disk that is ours to mind; a server minds its own."""
        return False

    @staticmethod
    @abstractmethod
    def several(texts: Sequence[str]) -> Any:
        """A list of texts as one parameter."""
