"""Incidents: errors found after payment, and what each brings back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, Index, Table, select

from ledger.event import Fact
from ledger.incident import Reported
from projections.change import Put
from projections.schema import key, metadata, number, text

NAME = "incidents_1"

INCIDENTS_MAX = 1_000
"""The most incidents of one page."""

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
    rows_max: int = INCIDENTS_MAX,
) -> list[Incident]:
    """The incidents of a merchant or a fund, the latest first, those `before` a position.

    At most INCIDENTS_MAX.
    """
    question = select(table)
    for column, value in ((table.c.merchant_id, merchant_id), (table.c.fund_id, fund_id)):
        if value is not None:
            question = question.where(column == value)
    if before is not None:
        question = question.where(table.c.position < before)
    question = question.order_by(table.c.position.desc()).limit(min(rows_max, INCIDENTS_MAX))
    return [Incident(*row) for row in connection.execute(question)]
