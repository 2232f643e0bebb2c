"""Incidents: errors found after payment, and what each brings back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, Index, Table

from ledger.event import Fact
from ledger.settlement.incident import Reported
from projections.engine.changes import Put
from projections.engine.pages import ROWS_MAX, latest
from projections.engine.schema import key, metadata, number, text

NAME = "incidents_1"

table = Table(
    NAME,
    metadata,
    key("redemption_id"),
    key("fund_id"),
    number("position"),
    text("merchant_id"),
    number("amount_minor"),
    text("reason"),
    text("reported_by"),
    text("day"),
    sqlite_with_rowid=False,
)
Index(f"{NAME}_by_merchant", table.c.merchant_id, table.c.position)


def project(fact: Fact) -> Iterator[Put]:
    """One row an incident."""
    match fact.event:
        case Reported() as event:
            yield Put(
                (event.redemption_id, event.fund_id),
                {
                    "position": fact.position,
                    "merchant_id": event.merchant_id,
                    "amount_minor": event.amount_minor,
                    "reason": event.reason,
                    "reported_by": event.officer_id,
                    "day": event.day.isoformat(),
                },
            )
        case _:
            pass


class Incident(NamedTuple):
    """What was paid too much for a redemption, in minor units; `day` is ISO text."""

    redemption_id: str
    fund_id: str
    position: int
    merchant_id: str
    amount_minor: int
    reason: str
    reported_by: str
    day: str


def incidents(
    connection: Connection,
    *,
    merchant_id: str | None = None,
    fund_id: str | None = None,
    before: int | None = None,
    rows_max: int = ROWS_MAX,
) -> list[Incident]:
    """The incidents of a merchant or a fund, the latest first, those `before` a position.

    At most ROWS_MAX.
    """
    question = latest(
        table, before=before, rows_max=rows_max, merchant_id=merchant_id, fund_id=fund_id
    )
    return [Incident(*row) for row in connection.execute(question)]
