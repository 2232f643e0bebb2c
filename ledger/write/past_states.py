"""Past states: a stream as it stood at an instant, folded before the log is locked.

The past of a stream is final but for what is not committed yet, since the log's time never falls.
So the states of a stream are read and folded while nobody waits, and kept; a decision under the
lock folds only the facts that were recorded after that reading.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from threading import Lock
from typing import Any

import msgspec
from cachetools import LRUCache

from ledger.event import decode
from ledger.store import Log, Stored, at_text, is_name
from ledger.write.state_batch import StateBatch
from ledger.write.streams import CATEGORIES, category_of

STATES_MAX = 100_000
"""The most past states kept, of all streams together."""


class Timeline(msgspec.Struct, frozen=True):
    """The states of a stream by the time of their fact (text of `at_text`), up to a version.

    `read_at` is the time of the log's last fact when it was read: no missing fact is earlier.
    """

    version: int = 0
    read_at: str = ""
    times: tuple[str, ...] = ()
    states: tuple[Any, ...] = ()

    def at(self, until: str, initial: Any) -> Any:
        """Return the last state at or before `until` (text of `at_text`), else `initial`."""
        found = bisect_right(self.times, until)
        return self.states[found - 1] if found else initial


class Past(msgspec.Struct, frozen=True):
    """Timelines of some streams, read before a decision, without facts of the topic `without`."""

    timelines: Mapping[str, Timeline]
    without: str

    def at(self, states: StateBatch, stream: str, instant: datetime) -> Any:
        """Return a stream's state at an instant (inclusive), by all facts committed now."""
        until = at_text(instant)
        timeline = self.timelines.get(stream, Timeline())
        if until >= timeline.read_at and timeline.version < states.version(stream):
            facts = states.committed(stream, timeline.version, without=self.without)
            timeline = _extended(timeline, stream, facts)
        return timeline.at(until, CATEGORIES[category_of(stream)].initial)


class PastStates:
    """A cache of past states by stream; the least recently used are dropped; safe from any thread.

    Facts of the topic `without` are passed over: they are many, and no past state rests on them.
    """

    def __init__(self, log: Log, *, without: str) -> None:
        self._log = log
        self._without = without
        self._kept: LRUCache[str, Timeline] = LRUCache(
            STATES_MAX, getsizeof=lambda timeline: 1 + len(timeline.times)
        )
        self._lock = Lock()

    def read(self, streams: Iterable[str]) -> Past:
        """Return the timelines of some streams, up to date with the log, without its lock."""
        with self._lock:
            known = {one: self._kept.get(one, Timeline()) for one in streams if is_name(one)}
        with self._log.reading() as view:
            for stream, version in view.versions(list(known)).items():
                timeline = known[stream]
                if version > timeline.version:
                    facts = view.history(stream, timeline.version, without=self._without)
                    timeline = _extended(timeline, stream, facts)
                known[stream] = msgspec.structs.replace(
                    timeline, version=version, read_at=view.head.at
                )
        with self._lock:
            for stream, timeline in known.items():
                with suppress(ValueError):  # it is longer than all that may be kept
                    self._kept[stream] = timeline
        return Past(known, self._without)


def _extended(timeline: Timeline, stream: str, facts: Iterable[Stored]) -> Timeline:
    category = CATEGORIES[category_of(stream)]
    times, states = list(timeline.times), list(timeline.states)
    state = states[-1] if states else category.initial
    for stored in facts:
        state = category.evolve(state, decode(stored.topic, stored.payload))
        times.append(stored.at)
        states.append(state)
    return msgspec.structs.replace(timeline, times=tuple(times), states=tuple(states))
