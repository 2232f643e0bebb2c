"""Queries on the log and its writer: the time, the head, the facts, and whether they answer."""

from __future__ import annotations

import threading
from datetime import datetime

import msgspec

from ledger.event import Fact, decode
from ledger.services.base import Service
from ledger.store import Stored, at_time


class LogQueries(Service):
    """The state of the log, and of the writer of this process."""

    def time(self) -> datetime:
        """Return the time of the ledger, asking no database; never earlier than the last fact."""
        return self.writer.time()

    def head(self) -> int:
        """Return the position of the last fact of the log; 0 if the log is empty."""
        return self.store.max_notification_id() or 0

    def facts(self, after: int, limit: int) -> list[Fact]:
        """Return at most `limit` facts at positions above `after`, in log order.

        Raises:
            UnknownTopic: a newer program wrote one.
        """
        with self.store.reading() as view:
            return [fact_of(stored) for stored in view.tail(after, limit)]

    def facts_of(self, stream: str, limit: int) -> list[Fact]:
        """Return at most `limit` facts of a stream from its first on; empty if it has none.

        Raises:
            UnknownTopic: a newer program wrote one.
        """
        with self.store.reading() as view:
            return [fact_of(stored) for stored in view.stream(stream, limit=limit)]

    def answers_within(self, seconds: float) -> bool:
        """Return whether the writer answers an empty query within so many seconds; never raise."""
        return self.writer.alive(seconds)

    @property
    def outdated(self) -> str | None:
        """Return the unknown topics that stopped the writer, joined by commas; None while it runs.

        Only a newer program can read these topics.
        """
        return self.writer.outdated

    @property
    def broken(self) -> threading.Event:
        """An event that is set once the disk failed a commit: the process must then end."""
        return self.writer.broken


def fact_of(stored: Stored) -> Fact:
    """Return a stored row of the log as a fact with decoded event, time and actor.

    Raises:
        UnknownTopic: a newer program wrote it.
    """
    return Fact(
        stored.position,
        stored.stream,
        stored.version,
        stored.topic,
        at_time(stored.at),
        decode(stored.topic, stored.payload),
        msgspec.json.decode(stored.metadata).get("by", ""),
        stored.request_id,
    )
