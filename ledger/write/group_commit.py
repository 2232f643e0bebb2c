"""Group commit: many requests, one transaction.

A batch takes the lock, folds facts that other processes recorded, decides its requests in order,
inserts every fact, commits once, and only then answers. A refusal is an answer. An idempotency key
is bound to a request fingerprint, and a replay is answered from the record.
"""

import logging
import math
import time
from collections.abc import Callable, Iterator
from datetime import datetime

from ledger import clock
from ledger.store import Draft, FateUnknown, Log, Stored, Tx, Unavailable, View, at_text
from ledger.store.clock import STEP_MAX
from ledger.write.request import Request, decide, record
from ledger.write.state_batch import StateBatch
from ledger.write.state_cache import StateCache

_log = logging.getLogger(__name__)


class GroupCommit:
    """Decides and commits batches of requests; used by the writer thread of a process alone.

    While `clock_unconfirmed`, no request is recorded but one that has a time of its own. `doubting`
    is set until the next commit records that a jump of the clock began this.
    """

    clock_unconfirmed = doubting = _begun = _disputed = False
    _known = clock.INITIAL

    def __init__(self, log: Log, *, states_max: int, wait_seconds: float) -> None:
        """Read the time of the log, and start with an empty cache of at most `states_max` states.

        `wait_seconds` bounds the attempts to learn whether a commit of unknown outcome was
        recorded.
        """
        # The clock is read once before anybody asks whether a drop is open.
        with log.reading(kept=True) as view:
            self._floor, self._judged_at = view.floor(), view.now
        self.states = StateCache(most=states_max)
        self._log = log
        self._wait_seconds = wait_seconds
        self._fresh_at = -math.inf

    def time(self) -> datetime:
        """Return the ledger's time (UTC) without a query; not before the last fact known here."""
        return max(self._log.time() or self._floor, self._floor)

    def age(self) -> float:
        """Return the seconds since cached states were current; infinite before the first batch."""
        return time.monotonic() - self._fresh_at

    def query(self, batch: list[Request]) -> None:
        """Answer a batch of queries from one view of the log, without lock and commit."""
        fresh_at = time.monotonic()
        with self._log.reading(kept=True) as view:
            states = StateBatch(self.states, view)
            self._judge_clock(states, view)
            states.load(stream for request in batch for stream in request.reads)
            self._floor = self._floor if self.clock_unconfirmed else view.floor()
            now = max(view.now, self._floor)
            for request in batch:
                decide(request, states, request.at or now)
        self._fresh_at = fresh_at
        release(batch)

    def commit(self, batch: list[Request], more: Callable[[], list[Request]]) -> int:
        """Decide, record and answer a batch in one transaction; return the number of facts.

        `more()` gives the requests that came during the wait for the lock; they are added to
        `batch`. After a StoreFailure or UnknownTopic no request is answered, and nothing is
        recorded or, where the database was lost during the commit, the outcome is unknown.
        """
        drafts: list[Draft] = []
        before = position = 0
        try:
            with self._log.locked() as tx:
                batch += more()
                known = tx.asked_by_request([r.request_id for r in batch if r.request_id])
                states = StateBatch(self.states, tx)
                self._judge_clock(states, tx)
                states.load(stream for request in batch for stream in request.reads)
                before = tx.head.position
                asked, stopped = [*self._doubts(tx), *batch], self.clock_unconfirmed
                now = max(tx.now, self._floor) if stopped else max(tx.now, tx.floor())
                drafts = _decide_all(states, asked, tx, known(), now, stopped=stopped)
                if drafts:
                    position = tx.append(drafts)[-1]
                    if due := states.snapshots():
                        tx.keep_snapshots(due)
                floor, fresh_at = self._floor if stopped else tx.floor(), time.monotonic()
        except FateUnknown:
            if not drafts or not self._is_recorded(drafts[0], before):
                raise
        if drafts:
            self.states.settle(states.changed, position)
        self._floor, self._fresh_at = floor, fresh_at
        release(batch)
        return len(drafts)

    def _judge_clock(self, states: StateBatch, view: View) -> None:
        """Set `clock_unconfirmed` by a view; its `now` becomes a jumped time that was confirmed.

        A process begins at a time that fits the log; after that, each jump needs a confirmation,
        and so does a last fact of later than now, or a doubt of the time that it began with.
        """
        if view.clock is None:
            return
        said: clock.Clock = states[clock.STREAM]
        since, floor = view.now - self._judged_at, view.floor()
        jumped = abs(view.wall - view.now) > STEP_MAX
        agrees = said != self._known and clock.agrees(said, view.wall, since)
        if self._begun and said != self._known:
            disputed = clock.disputes(said, view.now, since)
            self._disputed = disputed or (self._disputed and not agrees)
        self._begun = self._begun or clock.fits(said, floor, view.now)
        if self._begun:
            good = agrees if jumped else not self._disputed
            good = good and not clock.leads(said, floor, view.wall if jumped else view.now)
        else:
            good = self._begun = clock.fits(said, floor, view.wall)
        if good and jumped:
            view.clock.adopt(view.wall - view.now)
            view.now = view.wall
        if not good and not self.clock_unconfirmed:
            _log.warning("nothing is recorded until hongka clock confirm: it reads %s", view.wall)
            self.doubting = self._begun and jumped
        self.clock_unconfirmed, self.doubting = not good, self.doubting and not good
        self._known, self._judged_at = said, view.now

    def _doubts(self, tx: Tx) -> Iterator[Request]:
        """Yield the request that records a new doubt: no process begins at the jumped time then."""
        if self.doubting:
            doubted = clock.Doubted(wall=tx.wall, at=max(tx.now, tx.floor()))
            yield Request(lambda *_: [doubted], by="system", at=doubted.at)
        self.doubting = False

    def _is_recorded(self, first: Draft, before: int) -> bool:
        """Return whether a commit of unknown outcome put `first` right after the position `before`.

        The lock is taken, since a commit still under way at the server holds it. Without a
        database, retry for `wait_seconds`, then raise Unavailable.
        """
        deadline = time.monotonic() + self._wait_seconds
        while True:
            try:
                with self._log.locked() as tx:
                    found = tx.tail(before, 1)
                return bool(found) and found[0][1:8] == first
            except Unavailable:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)


def release(batch: list[Request]) -> None:
    """Wake the callers of a batch to read their answers: one call for all with the same `wake`."""
    waking: dict[Callable[[list[Request]], None], list[Request]] = {}
    for request in batch:
        waking.setdefault(request.wake, []).append(request)
    for wake, answered in waking.items():
        wake(answered)


def _decide_all(
    states: StateBatch,
    batch: list[Request],
    tx: Tx,
    known: dict[str, Stored],
    now: datetime,
    *,
    stopped: bool,
) -> list[Draft]:
    floor = tx.floor()
    drafts: list[Draft] = []
    at, text = floor, ""
    for request in batch:
        before, at = at, now if stopped and not request.at else max(request.at or now, floor)
        if at is not before or not text:
            text = at_text(at)
        decide(request, states, at, known.get(request.request_id or ""))
        new = record(request, states, text, stopped=stopped)
        if new:
            floor = at
            for draft in new:
                if draft.request_id is not None:
                    known[draft.request_id] = Stored(0, *draft, b"")
        drafts += new
    return drafts
