"""Views of the log in one transaction: for reading, and, under the lock, for appending."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, exc

from ledger.store.database import Clock, Database
from ledger.store.failures import Conflict, DiskFailed, FateUnknown, Unavailable
from ledger.store.rows import Draft, Head, Loaded, Stored, at_time, leaf

INTEGER_MAX = 2**63 - 1

HISTORY_PAGE = 10_000
"""The number of facts of a stream that one query reads."""

_BEGINNING = datetime.min.replace(tzinfo=UTC)


class View:
    """One consistent view of the log; every method raises Unavailable when the database is lost."""

    def __init__(self, database: Database, connection: Connection, head: Head, now: Clock) -> None:
        self.head = head
        self._now = now
        self._database = database
        self._connection = connection
        self._statements = database.statements
        self._failed = False

    def now(self) -> datetime:
        """Return the time (aware, UTC): in a `Tx`, always that at which it got the lock."""
        return self._now()

    def floor(self) -> datetime:
        """Return the time of the last fact, or year 1: no later fact may have an earlier time."""
        return at_time(self.head.at) if self.head.position else _BEGINNING

    def tail(self, after: int, limit: int, topics: Sequence[str] = ()) -> list[Stored]:
        """Return at most `limit` facts after a position, in order; empty `topics` means all."""
        if topics:
            several = self._database.several(topics)
            return self._facts(self._statements.tail_of_topics, after, several, limit)
        return self._facts(self._statements.tail, after, limit)

    def topics(self, after: int) -> list[str]:
        """Return the distinct topics of the facts after position `after`."""
        return [topic for (topic,) in self._rows(self._statements.topics, after)]

    def load(self, streams: Sequence[str]) -> dict[str, Loaded]:
        """Return each stream's latest snapshot and the facts after it; a new stream has neither."""
        several = self._database.several(streams)
        loaded = {stream: Loaded(None, 0, []) for stream in streams}
        for stream, version, state in self._rows(self._statements.snapshots, several):
            loaded[stream] = Loaded(state, version, [])
        for fact in self._facts(self._statements.facts_after_snapshot, several):
            loaded[fact.stream].facts.append(fact)
        return loaded

    def versions(self, streams: Sequence[str]) -> dict[str, int]:
        """Return the highest version of each named stream; 0 where it has no facts."""
        several = self._database.several(streams)
        rows = self._rows(self._statements.versions, several)
        return {stream: version or 0 for stream, version in rows}

    def category(self, category: str, after: str = "", limit: int = 1000) -> list[str]:
        """Return at most `limit` stream names of a category, sorted, all after the name `after`."""
        first, bound = f"{category}-", f"{category}."  # "." is the character after "-"
        after = max(after, first)
        rows = self._rows(self._statements.category, after, bound, bound, limit)
        return [stream for (stream,) in rows]

    def stream(self, name: str, after_version: int = 0, limit: int = 10_000) -> list[Stored]:
        """Return at most `limit` facts of a stream above a version, in version order."""
        return self.slice(name, after_version, INTEGER_MAX, limit)

    def history(self, name: str, after_version: int = 0, *, without: str = "") -> Iterator[Stored]:
        """Yield every fact of a stream above a version, except those of a topic `without`."""
        page: list[Stored] | None = None
        while page is None or len(page) == HISTORY_PAGE:
            page = self.slice(name, after_version, INTEGER_MAX, HISTORY_PAGE, without=without)
            yield from page
            after_version = page[-1].version if page else after_version

    def slice(
        self,
        name: str,
        after_version: int,
        last_version: int,
        limit: int,
        *,
        backwards: bool = False,
        without: str = "",
    ) -> list[Stored]:
        """Return at most `limit` facts of a stream above one version, up to another inclusive.

        Facts of the topic `without` (if any) are left out. With `backwards`, the latest come first.
        """
        statements = self._statements
        statement = statements.stream_backwards if backwards else statements.stream
        return self._facts(statement, name, after_version, last_version, without, limit)

    def by_request(self, ids: Sequence[str]) -> dict[str, Stored]:
        """Return the facts that carry these request ids, by id; unknown ids are left out."""
        facts = self._facts(self._statements.requests, self._database.several(ids))
        return {fact.request_id: fact for fact in facts if fact.request_id is not None}

    def end(self) -> None:
        """End the reading by COMMIT: a rollback would lose psycopg's prepared statements."""
        with translated():
            self._connection.exec_driver_sql("COMMIT")

    def _facts(self, statement: str, *parameters: Any) -> list[Stored]:
        return list(map(Stored._make, self._rows(statement, *parameters)))

    def _rows(self, statement: str, *parameters: Any) -> Sequence[Sequence[Any]]:
        with self._watched():
            return self._connection.exec_driver_sql(statement, parameters).fetchall()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Translate database failures; mark the transaction as failed, so that none commits it."""
        try:
            with translated():
                yield
        except BaseException:
            self._failed = True
            raise


class Tx(View):
    """The log under its lock: nobody else writes until this transaction ends."""

    def __init__(self, database: Database, connection: Connection, head: Head, now: Clock) -> None:
        super().__init__(database, connection, head, now)
        self._written = False

    def append(self, drafts: Sequence[Draft]) -> list[int]:
        """Insert facts after the last one of the log, not yet committed; return their positions.

        A stream's version or a request id that is taken raises Conflict; then nothing is committed.
        """
        if not drafts:
            return []
        positions = range(self.head.position + 1, self.head.position + 1 + len(drafts))
        rows = [
            Stored(position, *draft, leaf(position, draft))
            for position, draft in zip(positions, drafts, strict=True)
        ]
        head = Head(rows[-1].position, rows[-1].at, rows[-1].leaf)
        with self._watched():
            self._written = True
            self._database.insert(self._connection, rows, head)
        self.head = head
        return list(positions)

    def keep_snapshots(self, rows: Sequence[tuple[str, int, str]]) -> None:
        """Store snapshots (stream, version, text); an older version replaces no newer one."""
        latest = {row[0]: row for row in sorted(rows, key=lambda row: row[1])}
        if not latest:
            return
        with self._watched():
            self._written = True
            self._database.keep_snapshots(self._connection, list(latest.values()))

    def end(self) -> None:
        """Commit the changes, if any; raise Unavailable, and commit nothing, if a statement failed.

        A failed COMMIT raises DiskFailed or FateUnknown.
        """
        if self._failed:
            # PostgreSQL answers such a COMMIT with a silent rollback, SQLite keeps half a batch.
            raise Unavailable("a statement failed, so the transaction was rolled back")
        if not self._written:
            return
        try:
            self._connection.exec_driver_sql("COMMIT")
        except exc.DBAPIError as error:
            if self._database.disk_failed(error.orig):
                raise DiskFailed(str(error.orig)) from error
            raise FateUnknown(str(error.orig)) from error


@contextmanager
def translated() -> Iterator[None]:
    """Raise Conflict or Unavailable for database failures inside the block; SQL errors pass."""
    try:
        yield
    except exc.IntegrityError as error:
        raise Conflict(str(error.orig)) from error
    except (exc.OperationalError, exc.InterfaceError, exc.InternalError) as error:
        raise Unavailable(str(error.orig)) from error
    except exc.TimeoutError as error:
        raise Unavailable("every connection is taken") from error
