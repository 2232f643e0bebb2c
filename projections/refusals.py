"""Refusals: how often merchants were told no, where, when and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Unpack

from sqlalchemy import Connection, Table

from ledger.event import Fact
from ledger.redemptions.refusal import Refused
from projections.engine.changes import Add
from projections.engine.schema import counter, key, metadata
from projections.engine.totals import Narrowed, Total, totals

NAME = "refusals_1"

table = Table(
    NAME,
    metadata,
    key("day"),
    key("merchant_id"),
    key("outlet_id"),
    key("reason"),
    counter("refusals"),
    sqlite_with_rowid=False,
)


def project(fact: Fact) -> Iterator[Add]:
    """One more."""
    match fact.event:
        case Refused() as refused:
            day = refused.day.isoformat()
            place = (day, refused.merchant_id, refused.outlet_id, refused.reason)
            yield Add(place, {"refusals": 1})
        case _:
            pass


def refusals(
    connection: Connection, by: Sequence[str] = ("reason",), **narrowed: Unpack[Narrowed]
) -> list[Total]:
    """Refusals summed by keys or by `month`.

    See `projections.engine.totals.totals`.
    """
    return totals(connection, table, by, **narrowed)
