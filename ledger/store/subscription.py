"""A subscription to the log for the library: it polls, since neither database can notify us."""

from collections import deque
from collections.abc import Sequence
from threading import Event
from typing import Any

from eventsourcing.persistence import Notification, Subscription

from ledger.store.rows import Stored

POLL_SECONDS = 0.03
PAGE_MAX = 500


class PollingSubscription(Subscription[Any]):
    """An iterator of the library's events after a position; it waits for new ones until stopped."""

    def __init__(self, log: Any, gt: int | None, topics: Sequence[str]) -> None:
        super().__init__(log, gt, topics)
        self._after = gt or 0
        self._page: deque[Stored] = deque()
        self._stopped = Event()

    def stop(self) -> None:
        """End the iteration within one poll; safe from any thread."""
        super().stop()
        self._stopped.set()

    def __next__(self) -> Notification:
        while not self._stopped.is_set():
            if self._page:
                return notification(self._page.popleft())
            self._ask()
            if not self._page:
                self._stopped.wait(POLL_SECONDS)
        raise StopIteration

    def _ask(self) -> None:
        with self._recorder.reading() as view:
            facts = view.tail(self._after, PAGE_MAX, self._topics)
            # A page that is not full has seen everything up to the head: where the requested topics
            # are rare, the next query need not look at the same facts again.
            self._after = facts[-1].position if len(facts) == PAGE_MAX else view.head.position
        self._page.extend(facts)


def notification(fact: Stored) -> Notification:
    """Return a fact in the form of the eventsourcing library."""
    return Notification(
        id=fact.position,
        originator_id=fact.stream,
        originator_version=fact.version,
        topic=fact.topic,
        state=fact.payload.encode(),
    )
