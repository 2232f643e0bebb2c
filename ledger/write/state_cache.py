"""The states of the streams: folded once, kept while in use, moved on by the tail of the log."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from ledger.errors import InputInvalid
from ledger.event import Event, UnknownTopic, decode, encode, topic_of, topics
from ledger.store import Draft, Loaded, Stored, StoreFailure, View, is_name
from ledger.write.snapshot import snapshot_state, snapshot_text
from ledger.write.streams import CATEGORIES, PROGRAM, category_of

SNAPSHOT_EVERY = 1_000
"""A snapshot is kept each time a stream grows by so many facts: a long one still loads at once.

A state that holds more than this by name is written down as much more seldom, so that a fact costs
the same however large the state has grown.
"""

TAIL_MAX = 20_000
"""Behind by more facts than this, it is cheaper to forget and load anew."""

PAYLOAD_LENGTH_MAX = 4 * 2**20
"""The longest payload of one fact, in characters: terms that name all they may name fit."""

_ENCODE = msgspec.json.Encoder().encode

_log = logging.getLogger(__name__)


class Known(NamedTuple):
    """A state and how many facts it was folded from."""

    version: int
    state: Any


class States:
    """The states in use, as of one position of the log; the least lately used are dropped."""

    def __init__(self, *, most: int) -> None:
        """Keep at most `most` states."""
        self._most = most
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._listed: dict[str, dict[str, None]] = {}
        self._position: int | None = None
        self._checked: int | None = None

    def __len__(self) -> int:
        """The number of states kept."""
        return len(self._known)

    def peek(self, stream: str) -> Any | None:
        """The state as last known here, without asking the log; None where it is not kept.

        Safe from any thread: states are values. Who peeks at a drop first and at a member's grants
        next finds there every ticket the drop has counted.
        """
        known = self._known.get(stream)
        return known.state if known else None

    def forget(self) -> None:
        """Drop everything; the log knows."""
        if self._position is not None:
            self._checked = self._position
        self._known = OrderedDict()
        self._listed = {}
        self._position = None

    def advance(self, view: View) -> Turning:
        """Fold what was recorded since, and open a turn on it.

        Raises:
            UnknownTopic: a newer program wrote some of it. What it means is not known here, so
                nothing may be decided any more.

        """
        while len(self._known) > self._most:
            self._known.popitem(last=False)
        head = view.head.position
        if self._position is None or head - self._position > TAIL_MAX or head < self._position:
            self.forget()
            _check_topics(view.topics(self._unchecked(head)))
            self._position = head
        tail: list[Stored] = []
        position = self._position
        while position < head:
            page = view.tail(position, 1_000)
            _check_topics(stored.topic for stored in page)
            tail += page
            position = page[-1].position
        for stored in sorted(tail, key=lambda one: _is_drop(one.stream)):
            self._fold(stored)
        self._position = position
        return Turning(self, view)

    def settle(self, turning: Turning, position: int) -> None:
        """Take over the states of a turn that is committed; `position` is its last."""
        known = self._known
        for stream, state in sorted(turning.changed.items(), key=lambda one: _is_drop(one[0])):
            known[stream] = state
            self._list(stream)
        self._position = position

    def find(self, stream: str) -> Known | None:
        """The state where it is kept, marked as used."""
        known = self._known.get(stream)
        if known is not None:
            self._known.move_to_end(stream)
        return known

    def keep(self, stream: str, known: Known) -> None:
        """Keep a state just loaded."""
        self._known[stream] = known

    def names(self, category: str, view: View) -> Iterable[str]:
        """Every stream of a category, in the order it came to be known."""
        listed = self._listed.get(category)
        if listed is None:
            listed, after = {}, ""
            while page := view.category(category, after):
                listed.update(dict.fromkeys(page))
                after = page[-1]
            self._listed[category] = listed
        return listed

    def _unchecked(self, head: int) -> int:
        """The position behind which topics were not checked. At the start, the latest will do."""
        return max(head - TAIL_MAX, 0) if self._checked is None else self._checked

    def _fold(self, stored: Stored) -> None:
        self._list(stored.stream)
        known = self._known.get(stored.stream)
        if known is None or stored.version != known.version + 1:
            return
        evolve = CATEGORIES[category_of(stored.stream)].evolve
        try:
            state = evolve(known.state, decode(stored.topic, stored.payload))
        except UnknownTopic:
            raise
        except Exception:  # noqa: BLE001 - who reads this stream gets it; the others go on
            _log.exception("position %d cannot be folded", stored.position)
            del self._known[stored.stream]
        else:
            self._known[stored.stream] = Known(stored.version, state)

    def _list(self, stream: str) -> None:
        listed = self._listed.get(category_of(stream))
        if listed is not None:
            listed[stream] = None


class Turning:
    """The states of one turn: reads fall through to the log, changes wait for the commit."""

    def __init__(self, states: States, view: View) -> None:
        self._states = states
        self._view = view
        self._before: dict[str, int] = {}
        self._empty: dict[str, Known] = {}
        self.changed: dict[str, Known] = {}

    def __getitem__(self, stream: str) -> Any:
        """The state of a stream; its category's initial state where nothing is recorded."""
        return self._known(stream).state

    def load(self, streams: Iterable[str]) -> None:
        """Load at once what is not kept, then what is always read beside it.

        What cannot be loaded is passed over: only who reads it gets the error.
        """
        while missing := [one for one in dict.fromkeys(streams) if self._is_missing(one)]:
            streams = []
            for stream, loaded in self._view.load(missing).items():
                try:
                    known = self._folded(stream, loaded)
                except (StoreFailure, UnknownTopic):
                    raise
                except Exception:  # noqa: BLE001 - likewise
                    _log.exception("%s cannot be folded", category_of(stream))
                    continue
                self._keep(stream, known)
                streams += CATEGORIES[category_of(stream)].read_with(known.state)

    def names(self, category: str) -> Iterable[str]:
        """Every stream of a category."""
        return self._states.names(category, self._view)

    def record(
        self,
        events: Sequence[Event],
        *,
        at: str,
        by: str,
        asked: str,
        request_id: str | None,
        answering: int = 0,
    ) -> list[Draft]:
        """Draft the facts of one request, and fold them.

        The one that answers carries the request id and the hash of what was asked.
        """
        drafts = []
        folded: dict[str, Known] = {}  # taken over at the end: a fault leaves nothing behind
        plain = _ENCODE({"by": by}).decode()
        for number, event in enumerate(events):
            stream = event.stream
            version, state = folded.get(stream) or self._known(stream)
            evolved = CATEGORIES[category_of(stream)].evolve(state, event)
            self._before.setdefault(stream, version)
            folded[stream] = Known(version + 1, evolved)
            topic, payload = topic_of(event), encode(event)
            if len(payload) > PAYLOAD_LENGTH_MAX or stream.endswith("-"):
                raise InputInvalid(problem="too long, or no id")
            decode(topic, payload)  # what would never load again is not recorded
            metadata, name = plain, None
            if request_id is not None and number == answering:
                metadata, name = _ENCODE({"by": by, "asked": asked}).decode(), request_id
            drafts.append(Draft(stream, version + 1, topic, at, payload, metadata, name))
        self.changed.update(folded)
        return drafts

    def snapshots(self) -> list[tuple[str, int, str]]:
        """Snapshots due of the streams that changed."""
        return [
            (stream, known.version, snapshot_text(known.state, PROGRAM))
            for stream, known in self.changed.items()
            if _is_due(known, self._before[stream])
        ]

    def _is_missing(self, stream: str) -> bool:
        return self._find(stream) is None and is_name(stream)

    def _known(self, stream: str) -> Known:
        known = self.changed.get(stream) or self._find(stream)
        if known is None:
            if not is_name(stream):
                raise InputInvalid(problem="no id")
            known = self._folded(stream, self._view.load([stream])[stream])
            self._keep(stream, known)
        return known

    def _find(self, stream: str) -> Known | None:
        return self._states.find(stream) or self._empty.get(stream)

    def _keep(self, stream: str, known: Known) -> None:
        """Keep a state just loaded; one of nobody for this turn alone: strangers name many."""
        if known.version or CATEGORIES[category_of(stream)].kept_when_empty:
            self._states.keep(stream, known)
        else:
            self._empty[stream] = known

    def _folded(self, stream: str, loaded: Loaded) -> Known:
        category = CATEGORIES[category_of(stream)]
        state, version = category.initial, 0
        facts: Iterable[Stored] = loaded.facts
        if loaded.snapshot is not None:
            kept = snapshot_state(loaded.snapshot, type(category.initial), PROGRAM)
            if kept is None:
                facts = self._view.history(stream)
            else:
                state, version = kept, loaded.version
        for stored in facts:
            state = category.evolve(state, decode(stored.topic, stored.payload))
            version = stored.version
        return Known(version, state)

    def version(self, stream: str) -> int:
        """Return how many facts the state of a stream was folded from."""
        return self._known(stream).version

    def committed(self, stream: str, after_version: int, *, without: str) -> Iterator[Stored]:
        """Yield the committed facts of a stream behind a version, but for those of a topic."""
        return self._view.history(stream, after_version, without=without)


def _is_due(known: Known, before: int) -> bool:
    every, size = SNAPSHOT_EVERY, getattr(known.state, "size", 0)
    while every < size:
        every *= 2
    return known.version // every > before // every


def _is_drop(stream: str) -> bool:
    """Whether it is a drop, which moves on after all others.

    So nobody sees one that has counted a ticket which its member does not hold yet.
    """
    return category_of(stream) == "drop"


def _check_topics(found: Iterable[str]) -> None:
    unknown = set(found) - topics().keys()
    if unknown:
        raise UnknownTopic(", ".join(sorted(unknown)))
