"""The turn: many requests, one transaction.

Callers queue; one writer takes all that wait, takes the lock, folds what other processes recorded,
decides each request in its order, inserts every fact, commits once, and only then answers. A
refusal is an answer. A request id is bound to what was asked, and is answered again from the
record.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Any

import msgspec

from ledger.errors import Busy, HongkaError
from ledger.event import UnknownTopic
from ledger.store import (
    DiskFailed,
    Draft,
    FateUnknown,
    Log,
    Stored,
    StoreFailure,
    Tx,
    Unavailable,
)
from ledger.write.request import Request, decide, record
from ledger.write.state_cache import States, Turning

_log = logging.getLogger(__name__)


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The bounds of a turn: how many may wait, how many share a commit, how long a caller waits."""

    queue_max: int = 2_000
    turn_max: int = 256
    wait_seconds: float = 10.0
    states_max: int = 50_000


class Report(msgspec.Struct, frozen=True):
    """The work of one batch, for the metrics."""

    requests: int
    facts: int
    waiting: int
    seconds: float


class Writer:
    """The one thread of this process that decides and writes.

    `broken` is set when the disk failed a commit: nothing is answered any more, and the process
    should end. `outdated` names what a newer program recorded and this one cannot read: nothing is
    answered any more either, until a newer program takes its place.
    """

    outdated: str | None = None

    def __init__(
        self,
        log: Log,
        limits: Limits,
        on_turn: Callable[[Report], None] | None = None,
    ) -> None:
        """Read the log's time, or raise `Unavailable`; `on_turn` is told of each turn."""
        with log.reading() as view:
            self._floor = view.floor()
            view.now()  # anchors the steady time before anybody waits for an opening
        self.states = States(most=limits.states_max)
        self._log = log
        self._limits = limits
        self._fresh_at = -math.inf
        self._on_turn = on_turn
        self._queue: SimpleQueue[Request | None] = SimpleQueue()
        self._closed = False
        self.broken = threading.Event()
        self._thread = threading.Thread(target=self._run, name="turn", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """The number of requests that wait."""
        return self._queue.qsize()

    def time(self) -> datetime:
        """The time of the ledger as this process knows it, asking no database.

        Never earlier than the last fact known here.
        """
        return max(self._log.time() or self._floor, self._floor)

    def age(self) -> float:
        """Return the age of the cached states in seconds; infinite before the first batch.

        A state peeked at afterwards is no older.
        """
        return time.monotonic() - self._fresh_at

    def ask(self, request: Request) -> Any:
        """Wait for the answer: an `Answer`, or what a look returned.

        Raises:
            Busy: the queue is full, the wait too long, or the log out of reach; ask again.
            HongkaError: the answer is no.

        """
        self.submit(request)
        return self.answer(request)

    def submit(self, request: Request) -> None:
        """Queue a request without waiting for it.

        Raises:
            Busy: the queue is full, or nobody reads it any more.

        """
        if (
            not self._thread.is_alive()
            or self._closed
            or self._queue.qsize() >= self._limits.queue_max
        ):
            raise Busy(retry_after_seconds=1)
        self._queue.put(request)

    def answer(self, request: Request, wait_seconds: float | None = None) -> Any:
        """Wait for the answer to a request that was submitted: no longer than the limit."""
        if not request.done.acquire(timeout=wait_seconds or self._limits.wait_seconds):
            request.abandoned = True
            raise Busy(retry_after_seconds=1)
        if request.error is not None:
            raise request.error
        return request.result

    def alive(self, wait_seconds: float) -> bool:
        """Whether a look is answered within so many seconds."""
        look = Request(lambda _states, _now: None, by=None)
        try:
            self.submit(look)
            self.answer(look, wait_seconds)
        except HongkaError:
            return False
        return True

    def close(self) -> None:
        """Answer what waits, then stop."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
            self._thread.join(timeout=self._limits.wait_seconds)

    def _run(self) -> None:
        while (batch := self._next()) is not None:
            started = time.perf_counter()
            facts = 0
            try:
                facts = (
                    self._look(batch) if all(r.by is None for r in batch) else self._write(batch)
                )
            except DiskFailed:
                self._stop(batch)
                self.broken.set()
                return
            except UnknownTopic as unknown:
                self.outdated = str(unknown)
                _log.critical("a newer program recorded %s: this one decides no more", unknown)
                self._stop(batch)
                return
            except StoreFailure:
                self._fail(batch, Busy(retry_after_seconds=1))
            except Exception as error:  # noqa: BLE001 - the thread lives on; the callers get the error
                self._fail(batch, error)
            seconds = time.perf_counter() - started
            self._tell(Report(len(batch), facts, self._queue.qsize(), seconds))

    def _tell(self, report: Report) -> None:
        try:
            if self._on_turn is not None:
                self._on_turn(report)
        except Exception:  # noqa: BLE001 - a gauge that fails stops no turn
            _log.exception("a turn could not be told of")

    def _next(self) -> list[Request] | None:
        """Wait for a request and take all that wait with it; None when closed."""
        first = self._queue.get()
        return None if first is None else [first, *self._more(self._limits.turn_max - 1)]

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

    def _look(self, batch: list[Request]) -> int:
        """Answer requests that record nothing: no lock, no commit."""
        fresh_at = time.monotonic()
        with self._log.reading() as view:
            turning = self.states.advance(view)
            turning.load(stream for request in batch for stream in request.reads)
            floor = view.floor()
            now = max(view.now(), floor)
            for request in batch:
                decide(request, turning, request.at or now)
        self._floor, self._fresh_at = floor, fresh_at
        _release(batch)
        return 0

    def _write(self, batch: list[Request]) -> int:
        """Decide and record in one transaction; answer when it is committed."""
        drafts: list[Draft] = []
        before = position = 0
        try:
            with self._log.locked() as tx:
                batch += self._more(self._limits.turn_max - len(batch))
                turning = self.states.advance(tx)
                turning.load(stream for request in batch for stream in request.reads)
                before = tx.head.position
                drafts = _decide_all(turning, batch, tx)
                if drafts:
                    position = tx.append(drafts)[-1]
                    if due := turning.snapshots():
                        tx.keep_snapshots(due)
                floor, fresh_at = tx.floor(), time.monotonic()
        except FateUnknown:
            if not drafts or not self._is_in(drafts[0], before):
                raise
        if drafts:
            self.states.settle(turning, position)
        self._floor, self._fresh_at = floor, fresh_at
        _release(batch)
        return len(drafts)

    def _is_in(self, first: Draft, before: int) -> bool:
        """Whether a commit whose answer was lost is in the log: asked anew until it can be told.

        Asked under the lock: a commit still under way at the server holds it.

        Raises:
            Unavailable: the log stayed out of reach.

        """
        deadline = time.monotonic() + self._limits.wait_seconds
        while True:
            try:
                with self._log.locked() as tx:
                    found = tx.tail(before, 1)
                return bool(found) and found[0][1:8] == first
            except Unavailable:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def _stop(self, batch: list[Request]) -> None:
        """Answer nobody yes, whoever waits, and nobody who comes."""
        self._closed = True
        self._fail(batch + self._more(self._queue.qsize()), Busy(retry_after_seconds=1))

    def _fail(self, batch: list[Request], error: Exception) -> None:
        """Nobody is told yes; the states are dropped, since nobody knows what they are worth."""
        self.states.forget()
        for request in batch:
            request.error = error
        _release(batch)


def _decide_all(turning: Turning, batch: list[Request], tx: Tx) -> list[Draft]:
    known = tx.by_request([r.request_id for r in batch if r.request_id is not None])
    floor, clock = tx.floor(), tx.now()
    drafts: list[Draft] = []
    for request in batch:
        at = max(request.at or clock, floor)
        decide(request, turning, at, known.get(request.request_id or ""))
        new = record(request, turning, at)
        if new:
            floor = at
            for draft in new:
                if draft.request_id is not None:
                    known[draft.request_id] = Stored(0, *draft, b"")
        drafts += new
    return drafts


def _release(batch: list[Request]) -> None:
    for request in batch:
        request.done.release()
