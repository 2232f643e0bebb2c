"""Views of the log in one transaction: for reading, and, under the lock, for appending."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from ledger.store.database import GIVEN, Database
from ledger.store.failures import Conflict, DiskFailed, FateUnknown, Unavailable, cause, translated
from ledger.store.rows import Draft, Head, Loaded, Stored, at_time, leaves_of
from ledger.store.seal import SEAL, sealed, unsealed
from ledger.store.tree import grown

INTEGER_MAX = 2**63 - 1

REQUEST_ID = Stored._fields.index("request_id")

HISTORY_PAGE = 10_000
"""The number of facts of a stream that one query reads."""

_SNAPSHOTS = f"SELECT stream, '{{' || substr(state, {SEAL + 1}, 63) FROM snapshot ORDER BY stream"  # noqa: S608

_BEGINNING = datetime.min.replace(tzinfo=UTC)

_log = logging.getLogger(__name__)


class View:
    """One consistent view of the log; every method raises Unavailable when the database is lost.

    `now` is the time (aware, UTC) at which the view began: in a `Tx`, got the lock. `wall` is a
    reading of the clock, which `now` follows slowly, unless a caller passed the clock in.
    """

    def __init__(self, database: Database, connection: Any, head: Head, wall: datetime) -> None:
        self.head = head
        self.wall = wall.astimezone(UTC)
        self.clock = database.clock
        self.now = self.clock.time(wall) if self.clock else wall
        self._database = database
        self._connection = connection
        self._statements = database.statements
        self._failed = False

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
        """Return each stream's latest snapshot and the facts after it; a new stream has neither.

        A snapshot whose seal does not fit is passed over: all facts of its stream are returned.
        """
        several = self._database.several(streams)
        loaded = {stream: Loaded(None, 0, []) for stream in streams}
        snapshots = self._sent(self._statements.snapshots, several)
        facts = self._sent(self._statements.facts_after_snapshot, several)
        broken = []
        for stream, version, state, fact_leaf in snapshots():
            text = unsealed(self._database.key, stream, version, fact_leaf, state)
            loaded[stream] = Loaded(text, version, [])
            if text is None:
                broken.append(stream)
                _log.warning("a snapshot of %s… is not ours: passed over", stream.split("-")[0])
        for fact in map(Stored._make, facts()):
            loaded[fact.stream].facts.append(fact)
        return loaded | {stream: Loaded(None, 0, [*self.history(stream)]) for stream in broken}

    def snapshots(self) -> list[tuple[str, str]]:
        """Return the stream of each snapshot with the beginning of its text (64 characters)."""
        return list(map(tuple, self._rows(_SNAPSHOTS)))

    def rows(self, statement: str, *parameters: Any) -> Sequence[Sequence[Any]]:
        """Return the rows of a query of this package, which has a `?` for each parameter."""
        return self._rows(self._database.written(statement), *parameters)

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
        if without == GIVEN and name.startswith("offer-") and not backwards:
            statement = statements.terms
        return self._facts(statement, name, after_version, last_version, without, limit)

    def by_request(self, ids: Sequence[str]) -> dict[str, Stored]:
        """Return the facts that carry these request ids, by id; unknown ids are left out."""
        return self.asked_by_request(ids)()

    def asked_by_request(self, ids: Sequence[str]) -> Callable[[], dict[str, Stored]]:
        """Ask as `by_request` does; return a function that waits for the answer."""
        rows = self._sent(self._statements.requests, self._database.several(ids))
        return lambda: {row[REQUEST_ID]: Stored._make(row) for row in rows()}

    def is_guarded(self) -> bool:
        """Return whether the triggers that refuse to change facts are there as they were made."""
        found = {" ".join(text.split()) for (text,) in self._rows(self._database.triggers_found)}
        return found == {*self._database.triggers}

    def end(self) -> None:
        """End the reading by COMMIT: a rollback would lose psycopg's prepared statements."""
        with translated(self._database.driver):
            self._database.commit(self._connection)

    def _facts(self, statement: str, *parameters: Any) -> list[Stored]:
        return list(map(Stored._make, self._rows(statement, *parameters)))

    def _rows(self, statement: str, *parameters: Any) -> Sequence[Sequence[Any]]:
        return self._sent(statement, *parameters)()

    def _sent(self, statement: str, *parameters: Any) -> Callable[[], Sequence[Sequence[Any]]]:
        """Send a statement; return a function that waits for its rows."""
        with self._watched():
            cursor = self._connection.execute(statement, parameters)

        def rows() -> Sequence[Sequence[Any]]:
            with self._watched():
                found: Sequence[Sequence[Any]] = cursor.fetchall()
            return found

        return rows

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Translate database failures; mark the transaction as failed, so that none commits it."""
        try:
            with translated(self._database.driver):
                yield
        except BaseException:
            self._failed = True
            raise


class Tx(View):
    """The log under its lock: nobody else writes until this transaction ends."""

    _written = False

    def append(self, drafts: Sequence[Draft]) -> list[int]:
        """Insert facts after the last one of the log, not yet committed; return their positions.

        A stream's version or a request id that is taken raises Conflict, now or when the
        transaction ends; then nothing is committed.
        """
        if not drafts:
            return []
        facts = [
            (position, *draft) for position, draft in enumerate(drafts, self.head.position + 1)
        ]
        leaves = leaves_of(facts)
        rows = [Stored(*fact, leaf) for fact, leaf in zip(facts, leaves, strict=True)]
        frontier = grown(self.head.frontier, self.head.position, leaves)
        head = Head(rows[-1].position, rows[-1].at, leaves[-1], frontier)
        with self._watched():
            self._written = True
            self._database.insert(self._connection, rows, head)
        self.head = head
        return [row.position for row in rows]

    def keep_snapshots(self, rows: Sequence[tuple[str, int, str]]) -> None:
        """Store snapshots (stream, version, text); an older version replaces no newer one.

        Each is sealed with the leaf of the fact of its version; without that fact, it is left out.
        """
        latest = []
        for stream, version, text in {
            row[0]: row for row in sorted(rows, key=itemgetter(1))
        }.values():
            for fact in self.slice(stream, version - 1, version, 1):
                seal = sealed(self._database.key, stream, version, fact.leaf, text)
                latest.append((stream, version, seal))
        if not latest:
            return
        with self._watched():
            self._written = True
            self._database.keep_snapshots(self._connection, latest)

    def write(self, statement: str, *parameters: Any) -> Sequence[Sequence[Any]]:
        """Change rows by a statement as in `rows`; return those of its RETURNING."""
        self._written = True
        return self.rows(statement, *parameters)

    def end(self) -> None:
        """Commit the changes, if any; raise Unavailable, and commit nothing, if a statement failed.

        A statement's Conflict that comes with the answer to COMMIT is raised as such: the database
        does not commit after it. Any other failure once COMMIT was sent raises DiskFailed or
        FateUnknown.
        """
        if self._failed:
            # PostgreSQL answers such a COMMIT with a silent rollback, SQLite keeps half a batch.
            raise Unavailable("a statement failed, so the transaction was rolled back")
        if not self._written:
            super().end()
            return
        driver = self._database.driver
        try:
            self._database.commit(self._connection)
        except driver.IntegrityError as error:
            raise Conflict(cause(error)) from error
        except driver.Error as error:
            if self._database.disk_failed(error):
                raise DiskFailed(cause(error)) from error
            raise FateUnknown(cause(error)) from error
