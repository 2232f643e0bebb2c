"""The event log: every fact in one order, behind one lock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from eventsourcing import persistence
from eventsourcing.persistence import ApplicationRecorder, Notification, StoredEvent
from sqlalchemy import Connection, make_url
from sqlalchemy.exc import DBAPIError

from ledger.store.clock import process_time
from ledger.store.database import Clock, Database
from ledger.store.failures import Conflict, FateUnknown, Unavailable
from ledger.store.log_view import INTEGER_MAX, Tx, View, translated
from ledger.store.postgres import Postgres
from ledger.store.rows import Draft, at_text
from ledger.store.sqlite import Sqlite
from ledger.store.subscription import PollingSubscription, notification

V = TypeVar("V", bound=View)


class Log(ApplicationRecorder):
    """The event log at a database URL (`sqlite:///path` or `postgresql://…`).

    `lock_wait_seconds` bounds every wait for the lock. `now` is used on SQLite only: PostgreSQL has
    its own clock. A clock passed in is used as it is; real clocks are slewed. Methods raise
    Unavailable where the database is out of reach.
    """

    def __init__(
        self, url: str, *, lock_wait_seconds: float = 5.0, now: Clock = process_time
    ) -> None:
        self._database = database_at(url, lock_wait_seconds, now)

    def create(self) -> None:
        """Create the tables where they are missing; another version of them raises WrongVersion."""
        with translated():
            self._database.create()

    def check(self) -> None:
        """Raise Unfit if the version or a setting of the database could lose facts."""
        with translated():
            self._database.check()

    def time(self) -> datetime | None:
        """Return the log's time (aware, UTC) without a query; None before the first reading."""
        return self._database.time()

    def close(self) -> None:
        """Close every idle connection."""
        self._database.engine.dispose()

    @contextmanager
    def locked(self) -> Iterator[Tx]:
        """Yield a transaction under the lock: committed on exit, rolled back on an exception.

        Raises:
            Unavailable: the lock was not available in time, a statement failed, or the database is
                lost: nothing is written.
            FateUnknown: the commit failed with unknown outcome.
            DiskFailed: the disk failed; this process must write no more.
        """
        with self._connected(self._lock) as tx:
            yield tx
            tx.end()

    @contextmanager
    def reading(self) -> Iterator[View]:
        """Yield a consistent view of the log, without waiting for any lock."""
        with self._connected(self._begin_reading) as view:
            yield view
            view.end()

    def _lock(self, connection: Connection) -> Tx:
        return Tx(self._database, connection, *self._database.lock(connection))

    def _begin_reading(self, connection: Connection) -> View:
        return View(self._database, connection, *self._database.begin_reading(connection))

    @contextmanager
    def _connected(self, begin: Callable[[Connection], V]) -> Iterator[V]:
        with translated():
            connection, view = self._begun(begin)
        try:
            yield view
        finally:
            _release(connection)

    def _begun(self, begin: Callable[[Connection], V]) -> tuple[Connection, V]:
        """Return a connection and the result of `begin`; reconnect once if the pooled one died."""
        try:
            return self._begun_once(begin)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        return self._begun_once(begin)

    def _begun_once(self, begin: Callable[[Connection], V]) -> tuple[Connection, V]:
        connection = self._database.engine.connect()
        try:
            return connection, begin(connection)
        except BaseException:
            _release(connection)
            raise

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **_kwargs: Any
    ) -> Sequence[int] | None:
        """Record the library's events; return their positions (none: None), or raise its errors."""
        if not stored_events:
            return None
        try:
            with self.locked() as tx:
                at = max(at_text(tx.now()), tx.head.at)
                return tx.append([_draft(stored_event, at) for stored_event in stored_events])
        except Conflict as conflict:
            raise persistence.IntegrityError(*conflict.args) from conflict
        except (Unavailable, FateUnknown) as failure:
            raise persistence.OperationalError(*failure.args) from failure

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Return a stream's events for the library: versions above `gt`, up to `lte` inclusive.

        None sets no bound, nor a `limit`. With `desc` the latest come first.
        """
        after = -1 if gt is None else gt
        last = INTEGER_MAX if lte is None else lte
        most = INTEGER_MAX if limit is None else limit
        with self.reading() as view:
            facts = view.slice(str(originator_id), after, last, most, backwards=desc)
        return [
            StoredEvent(fact.stream, fact.version, fact.topic, fact.payload.encode())
            for fact in facts
        ]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Return at most `limit` facts for the library, in log order, from position `start` on.

        `start` None is the beginning, `stop` is inclusive (None: no end), empty `topics` means all.
        Unless `inclusive_of_start`, the facts begin after `start`.
        """
        after = (start or 0) - (1 if inclusive_of_start else 0)
        with self.reading() as view:
            facts = view.tail(after, limit, topics)
        return [notification(fact) for fact in facts if stop is None or fact.position <= stop]

    def max_notification_id(self) -> int | None:
        """Return the position of the last fact; None if the log is empty."""
        with self.reading() as view:
            return view.head.position or None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> PollingSubscription:
        """Return an endless iterator of events after `gt` (None: all); it polls until stopped."""
        return PollingSubscription(self, gt, topics)


def database_at(url: str, lock_wait_seconds: float, now: Clock = process_time) -> Database:
    """Return the database at a URL, without asking it anything; ValueError for an unknown kind."""
    parsed = make_url(url)
    match parsed.get_backend_name():
        case "sqlite":
            return Sqlite(parsed, lock_wait_seconds=lock_wait_seconds, now=now)
        case "postgresql":
            return Postgres(parsed, lock_wait_seconds=lock_wait_seconds)
        case other:
            raise ValueError(f"the ledger knows sqlite and postgresql, not {other}")


def _release(connection: Connection) -> None:
    """Roll back uncommitted changes, and return the connection to the pool."""
    try:
        connection.rollback()
    except DBAPIError:
        connection.invalidate()  # the server is gone, and so is the transaction
    finally:
        connection.close()


def _draft(stored_event: StoredEvent, at: str) -> Draft:
    return Draft(
        stream=str(stored_event.originator_id),
        version=stored_event.originator_version,
        topic=stored_event.topic,
        at=at,
        payload=stored_event.state.decode(),
        metadata="{}",
        request_id=None,
    )
