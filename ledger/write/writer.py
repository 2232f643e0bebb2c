"""The writer: callers queue requests, and one thread commits all queued ones in batches."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Any

import msgspec

from ledger.errors import Busy
from ledger.event import UnknownTopic
from ledger.patience import check_may_wait
from ledger.store import DiskFailed, Log, StoreFailure
from ledger.write.group_commit import GroupCommit, release
from ledger.write.request import Request

FAILURE_SECONDS = 30
"""The time for which a failed commit counts, unless one succeeds before."""

_log = logging.getLogger(__name__)


class WriterLimits(msgspec.Struct, frozen=True, kw_only=True):
    """The bounds of the writer: requests queued and per commit, a caller's wait, cached states."""

    queue_max: int = 2_000
    batch_max: int = 256
    wait_seconds: float = 10.0
    states_max: int = 50_000


class BatchReport(msgspec.Struct, frozen=True):
    """The size and duration of one batch, for the metrics; `waiting` requests are still queued."""

    requests: int
    facts: int
    waiting: int
    seconds: float


class Writer:
    """The one thread of this process that decides and records requests.

    `broken` is set when the disk failed a commit: every request gets Busy from then on, and the
    process should end. `outdated` names topics of a newer program, else None; once set, every
    request gets Busy, until a newer program takes the place of this one. `account` is the system
    account that each fact names beside its actor; empty: none.
    """

    outdated: str | None = None
    _failed: tuple[float, str] | None = None
    account: str = ""

    time: Callable[[], datetime]
    """Returns the ledger's time (aware, UTC) as this process knows it, asking no database."""

    age: Callable[[], float]
    """Returns the seconds since the cached states were current; infinite before any batch."""

    def __init__(
        self,
        log: Log,
        limits: WriterLimits,
        on_batch: Callable[[BatchReport], None] | None = None,
        told_time: Callable[[], datetime] | None = None,
    ) -> None:
        """Start the thread; it calls `on_batch`, if given, after each batch.

        With `told_time`, each request is recorded at the (aware) time that it returns when the
        request is submitted; None means the log's own time.
        """
        self._limits = limits
        self.wait_seconds = limits.wait_seconds
        self.commits = GroupCommit(
            log, states_max=limits.states_max, wait_seconds=limits.wait_seconds
        )
        self.states = self.commits.states
        self.age = self.commits.age
        self.time = told_time or self.commits.time
        self._told_time = told_time
        self._on_batch = on_batch
        self._queue: SimpleQueue[Request | None] = SimpleQueue()
        self._closed = False
        self.broken = threading.Event()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def ask(self, request: Request) -> Any:
        """Submit a request and wait for its answer: an `Answer`, or the result of a query.

        Busy means that the queue is full, the wait too long, the writer stopped, or the log out of
        reach: a repeat with the same request id is safe. Any other error is that of the request.
        WouldWait, before anything is submitted, where this thread must not wait.
        """
        check_may_wait()
        self.submit(request)
        return self.answer(request)

    def submit(self, request: Request) -> None:
        """Queue a request without waiting; Busy if the queue is full or the writer stopped."""
        request.account = self.account
        if self._told_time is not None:
            request.at = request.at or self._told_time()
        if (
            not self._thread.is_alive()
            or self._closed
            or self._queue.qsize() >= self._limits.queue_max
        ):
            raise Busy(retry_after_seconds=1)
        self._queue.put(request)

    def answer(self, request: Request, wait_seconds: float | None = None) -> Any:
        """Wait for a submitted request's answer, at most `wait_seconds` (None: as configured).

        Return an `Answer`, or a query's result; or raise the request's error. After Busy the
        request is never decided, unless that had begun.
        """
        self.wait(request, wait_seconds)
        return request.outcome()

    def wait(self, request: Request, wait_seconds: float | None = None) -> None:
        """Wait as `answer` does, and leave the outcome to the caller; Busy as there."""
        check_may_wait()
        if not request.done.acquire(timeout=wait_seconds or self.wait_seconds):
            request.abandoned = True
            raise Busy(retry_after_seconds=1)

    def alive(self, wait_seconds: float) -> bool:
        """Return whether an empty query is answered within so many seconds; never raise."""
        query = Request(lambda _states, _now: None, by=None)
        try:
            self.submit(query)
            self.answer(query, wait_seconds)
        except Exception as error:  # noqa: BLE001 - whatever keeps the answer away, there is none
            _log.warning("the ledger is out of reach: %s", type(error).__name__)
            return False
        return True

    def commit_failure(self) -> str | None:
        """Return why the last commit failed, for FAILURE_SECONDS; None if it did not."""
        if self._failed is None or time.monotonic() - self._failed[0] > FAILURE_SECONDS:
            return None
        return self._failed[1]

    def stop(self) -> None:
        """Take no more requests: from now on, each gets Busy. The queued ones are answered."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)

    def close(self) -> None:
        """Stop, and wait until the queued requests are answered, within the limit."""
        self.stop()
        self._thread.join(timeout=self._limits.wait_seconds)

    def _run(self) -> None:
        while (batch := self._next()) is not None:
            started = time.perf_counter()
            facts = 0
            try:
                facts = self._handle(batch)
            except DiskFailed:
                self._stop(batch)
                self.broken.set()
                return
            except UnknownTopic as unknown:
                self.outdated = str(unknown)
                _log.critical("a newer program recorded %s: this one decides no more", unknown)
                self._stop(batch)
                return
            except StoreFailure as failure:
                self._failed = time.monotonic(), str(failure)
                self._fail(batch, Busy(retry_after_seconds=1))
            except Exception as error:  # noqa: BLE001 - the thread lives on; the callers get the error
                self._fail(batch, error)
            seconds = time.perf_counter() - started
            self._report(BatchReport(len(batch), facts, self._queue.qsize(), seconds))

    def _handle(self, batch: list[Request]) -> int:
        """Answer a batch; return the number of facts recorded."""
        if all(request.by is None for request in batch) and not self.commits.doubting:
            self.commits.query(batch)
            return 0
        facts = self.commits.commit(batch, lambda: self._more(self._limits.batch_max - len(batch)))
        if facts:
            self._failed = None
        return facts

    def _report(self, report: BatchReport) -> None:
        try:
            if self._on_batch is not None:
                self._on_batch(report)
        except Exception:  # noqa: BLE001 - a metric that fails stops no batch
            _log.exception("a batch could not be reported")

    def _next(self) -> list[Request] | None:
        """Wait for a request; return it with others that are queued. Return None after `close`."""
        first = self._queue.get()
        return None if first is None else [first, *self._more(self._limits.batch_max - 1)]

    def _more(self, room: int) -> list[Request]:
        batch: list[Request] = []
        with suppress(Empty):
            while len(batch) < room:
                request = self._queue.get_nowait()
                if request is None:
                    self._queue.put(None)
                    break
                batch.append(request)
        return batch

    def _stop(self, batch: list[Request]) -> None:
        """Answer the batch and all queued requests with Busy, and accept no more."""
        self._closed = True
        self._fail(batch + self._more(self._queue.qsize()), Busy(retry_after_seconds=1))

    def _fail(self, batch: list[Request], error: Exception) -> None:
        """Answer the batch with the error, and clear the cache, which may not match the log."""
        self.states.forget()
        for request in batch:
            request.error = error
        release(batch)
