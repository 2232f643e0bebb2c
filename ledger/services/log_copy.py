"""Copy the facts of some categories from one ledger to another."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ledger.event import Fact, topics
from ledger.services.base import Service
from ledger.services.log_queries import fact_of
from ledger.store import Draft
from ledger.write.streams import category_of

FACTS_A_PAGE = 5_000


def copy_facts(
    source: Service, target: Service, categories: Collection[str]
) -> Iterator[list[Fact]]:
    """Append the facts of some categories to `target`; yield each page once it is committed.

    Facts recorded in `source` after the start are not copied. Positions in `target` are new.
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
