"""Till counters: how far each till has counted what it redeemed offline, and what never arrived."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, Table, select, tuple_

from ledger.event import Fact
from ledger.merchants.till_sequence import Counted, Numbered
from ledger.store import at_text
from projections.engine.changes import Add, Change, Put
from projections.engine.schema import counter, key, metadata, number, text

NAME = "till_counters_1"

COUNTERS_MAX = 1_000
"""The most counters of one page."""

table = Table(
    NAME,
    metadata,
    key("merchant_id"),
    key("till_id"),
    key("series"),
    counter("accepted"),
    counter("contested"),
    counter("known"),
    number("highest"),
    number("missing_count"),
    text("missing"),
    text("last_heard_at"),
    sqlite_with_rowid=False,
)


class TillCounter(NamedTuple):
    """A series of a till: what arrived of it by outcome, the highest number, those `missing`.

    `known` had arrived before, live. `missing` are numbers with spaces between; `last_heard_at`
    is ISO text in UTC.
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


def project(fact: Fact) -> Iterator[Change]:
    """One more arrived, or the till said how far it has counted."""
    match fact.event:
        case (Numbered() | Counted()) as event:
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
        case _:
            pass


def till_counters(
    connection: Connection,
    *,
    merchant_id: str | None = None,
    till_id: str | None = None,
    after: tuple[str, str, str] | None = None,
    rows_max: int = COUNTERS_MAX,
) -> list[TillCounter]:
    """The counters by merchant, till and series, those `after` one; at most COUNTERS_MAX."""
    question = select(table)
    for column, value in ((table.c.merchant_id, merchant_id), (table.c.till_id, till_id)):
        if value is not None:
            question = question.where(column == value)
    if after is not None:
        question = question.where(tuple_(*table.primary_key.columns) > after)
    question = question.order_by(*table.primary_key).limit(min(rows_max, COUNTERS_MAX))
    return [TillCounter(*row) for row in connection.execute(question)]
