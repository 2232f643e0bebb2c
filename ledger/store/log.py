"""The event log: every fact in one order, behind one lock."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from threading import Lock
from typing import Any
from uuid import UUID

from eventsourcing import persistence
from eventsourcing.persistence import ApplicationRecorder, Notification, StoredEvent
from sqlalchemy import PoolProxiedConnection, make_url

from ledger.patience import check_may_wait
from ledger.store.clock import process_time
from ledger.store.database import Clock, Database
from ledger.store.failures import Conflict, FateUnknown, Unavailable, translated
from ledger.store.log_view import INTEGER_MAX, Tx, View
from ledger.store.postgres import Postgres
from ledger.store.rows import Draft, Head, at_text
from ledger.store.schemas import facts_changeable
from ledger.store.sqlite import Sqlite
from ledger.store.subscription import PollingSubscription, notification

Begun = tuple[Any, Head, datetime]
"""A connection in a transaction, the head it sees, and a reading of the clock."""


class Log(ApplicationRecorder):
    """The event log at a database URL (`sqlite:///path` or `postgresql://…`).

    `lock_wait_seconds` bounds every wait for the lock. `now` is used on SQLite only: PostgreSQL has
    its own clock. A clock passed in is used as it is; real clocks are slewed. Methods raise
    Unavailable where the database is out of reach.

    One connection is kept for batches: it is prepared for their statements, and serves one thread
    at a time. All other readings take theirs from a pool. `key` is that of the seals of snapshots.
    """

    wrote = False
    """Whether this process may have recorded facts since somebody else set this to False."""

    def __init__(
        self,
        url: str,
        *,
        lock_wait_seconds: float = 5.0,
        now: Clock = process_time,
        key: bytes = b"",
    ) -> None:
        self._database, self._now = database_at(url, lock_wait_seconds, now), now
        self._database.key = key
        self._lock_wait_seconds = lock_wait_seconds
        self._kept: Any = None
        self._kept_lock = Lock()

    def create(self) -> None:
        """Create the tables where they are missing; another version of them raises WrongVersion."""
        with translated():
            self._database.create(self._database.part)

    def check(self) -> None:
        """Raise Unfit if the version or a setting of the database could lose facts."""
        with translated():
            self._database.check()

    def facts_changeable(self) -> bool:
        """Return whether this database role could change or remove facts; on SQLite never."""
        with translated(), self._database.engine.connect() as connection:
            return facts_changeable(connection)

    def time(self) -> datetime | None:
        """Return the log's time (aware, UTC) without a query; None before the first reading."""
        clock = self._database.clock
        return clock.estimate() if clock else self._now()

    def close(self) -> None:
        """Close every idle connection; a later use opens them again."""
        if self._kept_lock.acquire(blocking=False):
            try:
                self._drop()
            finally:
                self._kept_lock.release()
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
        with self._on_kept(locked=True) as begun:
            tx = Tx(self._database, *begun)
            yield tx
            self.wrote = self.wrote or tx.head is not begun[1]
            tx.end()

    @contextmanager
    def reading(self, *, kept: bool = False) -> Iterator[View]:
        """Yield a consistent view of the log, without waiting for any lock.

        With `kept` it takes the connection of batches, which one thread alone may use at a time.
        """
        with self._on_kept(locked=False) if kept else self._on_pooled() as begun:
            view = View(self._database, *begun)
            yield view
            view.end()

    @contextmanager
    def _on_kept(self, *, locked: bool) -> Iterator[Begun]:
        """Yield the kept connection in a transaction; after any failure it is thrown away."""
        check_may_wait()
        if not self._kept_lock.acquire(timeout=self._lock_wait_seconds):
            raise Unavailable("another thread holds the connection of batches")
        try:
            with translated(self._database.driver):
                begun = self._begun_on_kept(locked=locked)
            yield begun
        except BaseException:
            self._drop()
            raise
        finally:
            self._kept_lock.release()

    def _begun_on_kept(self, *, locked: bool) -> Begun:
        """Begin on the kept connection; on a new one if it was lost while nobody used it."""
        if self._kept is not None:
            try:
                return self._kept, *self._database.begin(self._kept, locked=locked)
            except self._database.driver.Error:
                if not _is_lost(self._kept):
                    raise
                self._drop()
        self._kept = self._database.connect()
        return self._kept, *self._database.begin(self._kept, locked=locked)

    def _drop(self) -> None:
        """Close the kept connection, if there is one; the database rolls back what is open."""
        kept, self._kept = self._kept, None
        if kept is not None:
            with suppress(self._database.driver.Error):
                kept.close()

    @contextmanager
    def _on_pooled(self) -> Iterator[Begun]:
        """Yield a pooled connection that reads in a transaction, rolled back unless it ended."""
        check_may_wait()
        with translated(self._database.driver):
            pooled, begun = self._begun_on_pooled()
        try:
            yield begun
        finally:
            _give_back(pooled)

    def _begun_on_pooled(self) -> tuple[Any, Begun]:
        """Begin to read on a pooled connection; if it was lost, replace the pool, try once more."""
        for last in (False, True):
            pooled = self._database.engine.raw_connection()
            connection = pooled.driver_connection
            try:
                return pooled, (connection, *self._database.begin(connection, locked=False))
            except BaseException:
                _give_back(pooled)
                if last or not _is_lost(connection):
                    raise
            self._database.engine.dispose()
        raise AssertionError

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **_kwargs: Any
    ) -> Sequence[int] | None:
        """Record the library's events; return their positions (none: None), or raise its errors."""
        if not stored_events:
            return None
        try:
            with self.locked() as tx:
                at = max(at_text(tx.now), tx.head.at)
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


def database_at(
    url: str, lock_wait_seconds: float, now: Clock = process_time, *, schema: str = "log"
) -> Database:
    """Return the database at a URL, without asking it anything; ValueError for an unknown kind.

    On PostgreSQL its connections find tables in `schema` alone.
    """
    parsed = make_url(url)
    match parsed.get_backend_name():
        case "sqlite":
            return Sqlite(parsed, lock_wait_seconds=lock_wait_seconds, now=now)
        case "postgresql":
            return Postgres(parsed, lock_wait_seconds=lock_wait_seconds, schema=schema)
        case other:
            raise ValueError(f"the ledger knows sqlite and postgresql, not {other}")


def _give_back(pooled: PoolProxiedConnection) -> None:
    """Return a connection to its pool, which rolls back what is open, unless it is lost."""
    if _is_lost(pooled.driver_connection):
        pooled.invalidate()
    else:
        pooled.close()


def _is_lost(connection: Any) -> bool:
    """Return whether the server is gone; SQLite, which has none, is never lost."""
    return bool(getattr(connection, "closed", False))


def _draft(event: StoredEvent, at: str) -> Draft:
    stream, payload = str(event.originator_id), event.state.decode()
    return Draft(stream, event.originator_version, event.topic, at, payload, "{}", request_id=None)
