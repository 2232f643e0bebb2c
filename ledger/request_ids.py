"""The request ids of facts of release 2026.11.2 or older, which are not in the leaves of those."""

from collections.abc import Iterable, Sequence
from typing import Any

from ledger.event import Event, topic

CATEGORY = "log"
INITIAL = ""
TOPIC = "log.requests_sealed"


@topic(TOPIC, "固定旧请求编号", "Former request ids sealed")
class RequestsSealed(Event, frozen=True, kw_only=True):
    """The first head of a newer release was signed; `digest` is that of all former request ids."""

    STREAM = (CATEGORY, "log_id")

    digest: str
    log_id: str = "requests"


def evolve(_state: str, event: RequestsSealed) -> str:
    """Return the digest."""
    return event.digest


def octets_of(rows: Iterable[Sequence[Any]]) -> bytes:
    """Return what is hashed of facts, rows in the order of `Stored`: each position and id."""
    return "".join(f"{row[0]}\0{row[7]}\0" for row in rows if row[7] is not None).encode()
