"""The state cache: states folded once, kept while in use, moved on by the tail of the log."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from ledger.event import UnknownTopic, decode, topics
from ledger.store import Stored, View
from ledger.write.streams import CATEGORIES, category_of

TAIL_MAX = 20_000
"""A cache that is behind by more facts than this is cleared: loading states anew is cheaper."""

_log = logging.getLogger(__name__)


class VersionedState(NamedTuple):
    """A state and the number of facts it was folded from.

    `kept` is the version of the latest snapshot of it that this process knows, 0 if it knows none.
    """

    version: int
    state: Any
    kept: int = 0


class StateCache:
    """The states in use, as of one position of the log; the least recently used are dropped.

    All but `peek` is for the writer's thread alone. States are dropped between batches alone:
    within a batch, no state that was found is lost. A `cachetools.LRUCache` does not serve here. It
    would drop states at any moment, reorder itself under a peek from another thread, and takes
    twice as long to find a state.
    """

    def __init__(self, *, most: int) -> None:
        """Keep at most `most` states between batches."""
        self._most = most
        self._known: OrderedDict[str, VersionedState] = OrderedDict()
        self._listed: dict[str, dict[str, None]] = {}
        self._watched: dict[str, Callable[[str, Any], None]] = {}
        self._position: int | None = None
        self._checked: int | None = None

    def peek(self, stream: str) -> Any | None:
        """Return the cached state of a stream, without asking the log; None if it is not cached.

        Safe from any thread: states are values. A caller that peeks at a drop first and at a
        member's grants next finds there every ticket the drop has counted.
        """
        known = self._known.get(stream)
        return known.state if known else None

    def watch(self, category: str, changed: Callable[[str, Any], None]) -> None:
        """Call `changed(stream, state)`, in the writer's thread, at each later fact of a category.

        The state is None where it is not cached; the stream is "" where the cache was cleared, and
        any state may have changed. One function watches a category: the latest.
        """
        self._watched[category] = changed

    def forget(self) -> None:
        """Drop every state from the cache; each is loaded from the log again when needed."""
        if self._position is not None:
            self._checked = self._position
        self._known = OrderedDict()
        self._listed = {}
        self._position = None
        for changed in self._watched.values():
            changed("", None)

    def advance(self, view: View) -> None:
        """Fold the facts recorded since the last batch into the cached states; drop the excess.

        If more than TAIL_MAX facts were recorded, drop every state instead. A fact of a newer
        program raises UnknownTopic: nothing may be decided any more.
        """
        while len(self._known) > self._most:
            self._known.popitem(last=False)
        head = view.head.position
        if self._position is None or head - self._position > TAIL_MAX or head < self._position:
            self.forget()
            after = max(head - TAIL_MAX, 0) if self._checked is None else self._checked
            _check_topics(view.topics(after))
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

    def settle(self, changed: dict[str, VersionedState], position: int) -> None:
        """Take over the changed states of a committed batch; `position` is its last fact's."""
        known = self._known
        for stream, state in sorted(changed.items(), key=lambda one: _is_drop(one[0])):
            known[stream] = state
            self._tell(stream, state.state)
        self._position = position

    def find(self, stream: str) -> VersionedState | None:
        """Return the cached state with its version, marked as used; None if it is not cached."""
        known = self._known.get(stream)
        if known is not None:
            self._known.move_to_end(stream)
        return known

    def keep(self, stream: str, known: VersionedState) -> None:
        """Cache a state just loaded, even beyond `most`: `advance` drops the excess."""
        self._known[stream] = known

    def names(self, category: str, view: View) -> Iterable[str]:
        """Return every recorded stream of a category: sorted when first listed, later ones last."""
        listed = self._listed.get(category)
        if listed is None:
            listed, after = {}, ""
            while page := view.category(category, after):
                listed.update(dict.fromkeys(page))
                after = page[-1]
            self._listed[category] = listed
        return listed

    def _fold(self, stored: Stored) -> None:
        known = self._known.get(stored.stream)
        if known is None or stored.version != known.version + 1:
            self._tell(stored.stream, known and known.state)
            return
        evolve = CATEGORIES[category_of(stored.stream)].evolve
        try:
            state = evolve(known.state, decode(stored.topic, stored.payload))
        except UnknownTopic:
            raise
        except Exception:  # noqa: BLE001 - a reader of this stream gets the error; others go on
            _log.exception("position %d cannot be folded", stored.position)
            del self._known[stored.stream]
            self._tell(stored.stream, None)
        else:
            self._known[stored.stream] = VersionedState(stored.version, state, known.kept)
            self._tell(stored.stream, state)

    def _tell(self, stream: str, state: Any | None) -> None:
        """List a stream that has one more fact, and call the function that watches its category."""
        category = category_of(stream)
        listed = self._listed.get(category)
        if listed is not None:
            listed[stream] = None
        if changed := self._watched.get(category):
            changed(stream, state)


class NotCached(Exception):
    """The state cache does not hold the requested state; raised by PeekedStates."""


class PeekedStates:
    """States by stream from the state cache alone; a missing one raises NotCached."""

    def __init__(self, peek: Callable[[str], Any | None]) -> None:
        self._peek = peek

    def __getitem__(self, stream: str) -> Any:
        state = self._peek(stream)
        if state is None:
            raise NotCached
        return state

    def load(self, _streams: Iterable[str]) -> None:
        """Raise NotCached: nothing is loaded here."""
        raise NotCached

    def all(self, _category: str) -> list[Any]:
        """Raise NotCached: the cache does not know whether it holds every stream."""
        raise NotCached


def _is_drop(stream: str) -> bool:
    """Return whether a stream belongs to a drop; drops are folded after all other streams.

    Thus nobody sees a drop that has counted a ticket which its member does not hold yet.
    """
    return category_of(stream) == "drop"


def _check_topics(found: Iterable[str]) -> None:
    unknown = set(found) - topics().keys()
    if unknown:
        raise UnknownTopic(", ".join(sorted(unknown)))
