"""Queries on the log and its writer, and a copy of some of its facts to another ledger."""

import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from functools import partial
from typing import NamedTuple, Unpack

import msgspec

from ledger import clock
from ledger.event import Event, Fact, decode, topics
from ledger.services.base import Asking, Service
from ledger.store import Draft, Log, Stored, at_time
from ledger.store.rows import check_leaves
from ledger.write.state_batch import StateBatch
from ledger.write.streams import category_of

FACTS_A_PAGE = 5_000


class ClockReading(NamedTuple):
    """A reading of the clock, beside the last fact; if `unconfirmed`, nothing is recorded by it."""

    clock: datetime
    last_fact: datetime | None
    seconds_since: int | None
    unconfirmed: bool


class LogQueries(Service):
    """The state of the log, and of the writer of this process."""

    def time(self) -> datetime:
        """Return the ledger's time (UTC), asking no database; never earlier than the last fact."""
        return self.writer.time()

    def head(self) -> int:
        """Return the position of the last fact of the log; 0 if the log is empty."""
        return self.store.max_notification_id() or 0

    def facts(self, after: int, limit: int) -> list[Fact]:
        """Return at most `limit` facts at positions above `after`, in log order."""
        return _facts(self.store, after, limit)

    def checked_facts(self, after: int, limit: int) -> list[Fact]:
        """Return facts as `facts` does; Damaged if one is missing, or is not what was recorded."""
        return _facts(self.store, after, limit, checked=True)

    def facts_of(self, stream: str) -> Iterator[Fact]:
        """Yield the facts of a stream from its first on; none if it has none."""
        with self.store.reading() as view:
            yield from map(fact_of, view.history(stream))

    def answers_within(self, seconds: float) -> bool:
        """Return whether the writer answers an empty query within so many seconds; never raise."""
        return self.writer.alive(seconds)

    def read_clock(self) -> ClockReading:
        """Read the clock of this process or, on PostgreSQL, of the server."""
        self.state(clock.STREAM)
        with self.store.reading() as view:
            last = view.floor() if view.head.position else None
            since = round((view.wall - last).total_seconds()) if last else None
            return ClockReading(view.wall, last, since, self.clock_unconfirmed)

    def confirm_clock(self, **asking: Unpack[Asking]) -> Event | None:
        """Record that the clock is right as it reads now; every stopped process then goes on."""
        asking["at"] = wall = self.read_clock().clock

        def decide(_states: StateBatch, at: datetime) -> list[Event]:
            return [clock.Confirmed(wall=wall, at=at)]

        return self._ask(decide, [clock.STREAM], ["confirm_clock"], asking)

    @property
    def outdated(self) -> str | None:
        """The newer program's topics, joined by commas, that stopped the writer; else None."""
        return self.writer.outdated

    def commit_failure(self) -> str | None:
        """Return why the last commit failed, such as a full disk; None if it did not."""
        return self.writer.commit_failure()

    @property
    def clock_unconfirmed(self) -> bool:
        """Whether the last batch found that the clock needs a confirmation: nothing is recorded."""
        return self.writer.commits.clock_unconfirmed

    @property
    def broken(self) -> threading.Event:
        """An event that is set once the disk failed a commit: the process must then end."""
        return self.writer.broken

    def facts_changeable(self) -> bool:
        """Return whether our database role could change or remove facts; on SQLite never."""
        return self.store.facts_changeable()


@contextmanager
def opened_facts(
    url: str, last: int | None = None, *, checked: bool = False
) -> Iterator[Callable[[int, int], list[Fact]]]:
    """Yield a function that reads the facts of an existing log as `facts` does, and nothing else.

    It is for another process than the ledger's: `url` is that of the log. `last` is the position of
    the last fact that is read (None: all). If `checked`, it reads as `checked_facts` does.
    """
    with closing(Log(url)) as store:
        yield partial(_facts, store, last=last, checked=checked)


def _facts(
    store: Log, after: int, limit: int, last: int | None = None, *, checked: bool = False
) -> list[Fact]:
    most = limit if last is None else min(limit, max(0, last - after))
    with store.reading() as view:
        rows = view.tail(after, most)
    if checked:
        check_leaves(after, rows)
    return [*map(fact_of, rows)]


def fact_of(stored: Stored) -> Fact:
    """Return a stored row of the log as a fact with decoded event, time and actor."""
    said = msgspec.json.decode(stored.metadata)
    return Fact(
        stored.position,
        stored.stream,
        stored.version,
        stored.topic,
        at_time(stored.at),
        decode(stored.topic, stored.payload),
        said.get("by", ""),
        stored.request_id,
        said.get("account", ""),
        stored.leaf,
    )


def copy_facts(
    source: Service, target: Service, categories: Collection[str]
) -> Iterator[list[Fact]]:
    """Append the facts of some categories to the log of `target`; yield each page once committed.

    Nothing is copied before the caller iterates. Facts recorded in `source` after that start are
    not copied. The facts yielded have their positions in `source`; in `target` they get new ones.
    """
    last = source.store.max_notification_id() or 0
    names = [name for name in topics() if name.partition(".")[0] in categories]
    after = 0
    while after < last:
        with source.store.reading() as view:
            page = [one for one in view.tail(after, FACTS_A_PAGE, names) if one.position <= last]
        if not page:
            return
        after = page[-1].position
        kept = [stored for stored in page if category_of(stored.stream) in categories]
        with target.store.locked() as tx:
            tx.append([Draft(*stored[1:8]) for stored in kept])
        yield [fact_of(stored) for stored in kept]
