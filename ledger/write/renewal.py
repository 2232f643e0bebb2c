"""Renewal of snapshots: those of another program are made anew before a request waits for one."""

from __future__ import annotations

import logging

from ledger.store import Log, StoreFailure
from ledger.write.state_batch import folded, snapshot_row, snapshot_text
from ledger.write.streams import CATEGORIES, category_of

_log = logging.getLogger(__name__)


def renew_snapshots(log: Log) -> int:
    """Fold every stream whose snapshot another program made, and keep each at once; count them.

    The lock of the log is held for the writing of one snapshot at a time, never for a fold. A
    stream that cannot be folded is passed over: who asks for it is told why. Where the log takes no
    snapshot, such as on a full disk, the rest is left as it is.
    """
    with log.reading() as view:
        stale = [stream for stream, text in view.snapshots() if not _is_ours(stream, text)]
    renewed = 0
    for stream in stale:
        try:
            _renew(log, stream)
            renewed += 1
        except StoreFailure as failure:
            _log.warning("no more snapshots are renewed: %s", failure)
            break
        except Exception:  # noqa: BLE001 - one stream's fault is not the others'
            _log.exception("the snapshot of %s cannot be renewed", stream)
    return renewed


def _is_ours(stream: str, begins: str) -> bool:
    """Return whether this program made a snapshot, by its beginning, or knows no such stream."""
    category = CATEGORIES.get(category_of(stream))
    return category is None or begins.startswith(snapshot_text({}, category.program)[: -len("{}}")])


def _renew(log: Log, stream: str) -> None:
    with log.reading() as view:
        known = folded(stream, view.load([stream])[stream], view)
    with log.locked() as tx:
        tx.keep_snapshots([snapshot_row(stream, known)])
