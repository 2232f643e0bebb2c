"""Refusals: how often merchants were told no, where, when and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import Connection, Table

from ledger.event import Fact
from ledger.refusal import Refused
from projections.change import Add
from projections.schema import counter, key, metadata
from projections.totals import ROWS_MAX, Total, totals

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
    connection: Connection,
    by: Sequence[str] = ("reason",),
    *,
    first_day: date | None = None,
    last_day: date | None = None,
    merchant_id: str | None = None,
    outlet_id: str | None = None,
    reason: str | None = None,
    after: Sequence[str] = (),
    rows_max: int = ROWS_MAX,
) -> list[Total]:
    """Refusals summed by keys or by `month`.

    See `projections.totals.totals`.
    """
    return totals(
        connection,
        table,
        by,
        first_day=first_day,
        last_day=last_day,
        after=after,
        rows_max=rows_max,
        merchant_id=merchant_id,
        outlet_id=outlet_id,
        reason=reason,
    )
