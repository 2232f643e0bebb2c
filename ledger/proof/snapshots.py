"""Verification of snapshots: each holds the state that the facts up to its version give."""

from collections.abc import Iterator
from itertools import takewhile
from typing import Any

from ledger.event import decode
from ledger.store import Log, View
from ledger.write.state_batch import snapshot_state
from ledger.write.streams import CATEGORIES, category_of


def wrong_snapshots(log: Log) -> Iterator[str]:
    """Yield the stream of each snapshot that this ledger did not store, or the facts do not give.

    Snapshots without a seal or of another program are passed over, since no program reads them.
    """
    with log.reading() as view:
        for stream, begins in view.snapshots():
            sealed = begins.startswith('{"program":')
            if sealed and category_of(stream) in CATEGORIES and not _is_right(view, stream):
                yield stream


def _is_right(view: View, stream: str) -> bool:
    category, loaded = CATEGORIES[category_of(stream)], view.load([stream])[stream]
    if loaded.snapshot is None:
        return False
    state: Any = category.initial
    for fact in takewhile(lambda one: one.version <= loaded.version, view.history(stream)):
        state = category.evolve(state, decode(fact.topic, fact.payload))
    kept = snapshot_state(loaded.snapshot, type(category.initial), category.program)
    return kept is None or bool(kept == state)
