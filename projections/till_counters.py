"""Till counters: how far each till has counted its offline redemptions, and which never arrived."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection

from ledger.benefits import Words
from ledger.event import Fact
from ledger.merchants.till_sequence import Counted, Numbered
from ledger.store import at_text
from projections.engine.changes import Add, Change, Put
from projections.engine.question import sorted_by_key
from projections.engine.schema import table_of
from projections.engine.totals import Total, every_total

NAME = "till_counters_1"


class TillCounter(NamedTuple):
    """One series of a till's numbers: its arrivals by outcome, the highest and the missing numbers.

    Each signing key of a till begins a series. `known` counts those that had arrived before, live.
    `missing` holds numbers with spaces between; `last_heard_at` is ISO text in UTC.
    """

    merchant_id: str
    till_id: str
    series: str
    accepted: int
    contested: int
    known: int
    highest: int
    missing_count: int
    missing: str
    last_heard_at: str


table = table_of(NAME, TillCounter, keys=3, counters=3)


def project(event: Numbered | Counted, _fact: Fact) -> Iterator[Change]:
    """Count an arrival by its outcome, and keep the highest and the missing numbers."""
    place = (event.merchant_id, event.till_id, str(event.series))
    if isinstance(event, Numbered):
        yield Add(place, {event.outcome: 1})
    yield Put(
        place,
        {
            "highest": event.highest,
            "missing_count": len(event.missing),
            "missing": " ".join(map(str, event.missing)),
            "last_heard_at": at_text(event.at),
        },
    )


till_counters = sorted_by_key(
    table,
    TillCounter,
    about=Words(
        "各收银端断网时的核销数到几号，缺哪些号。",
        "How far each till has counted what it redeemed offline, and which numbers never came.",
    ),
    filters=("merchant_id",),
    examples=("--merchant xiufa",),
    command="show tills",
)


def gaps(connection: Connection) -> Iterator[Total]:
    """Yield the sums of each till with numbers missing, by merchant and till."""
    missing = table.c.missing_count > 0
    return every_total(table, connection, ("merchant_id", "till_id"), where=[missing])
