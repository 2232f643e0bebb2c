"""Incidents: errors found after payment, and the amount that each brings back."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Index

from ledger.benefits import Words
from ledger.event import Fact
from ledger.settlement.incident import Reported
from projections.engine.changes import Put, copying
from projections.engine.question import latest_first
from projections.engine.schema import table_of

NAME = "incidents_1"


class IncidentRow(NamedTuple):
    """The amount a fund overpaid for a redemption, in minor units; `day` is ISO text.

    `position` is that of its event in the log; `reported_by` is an officer (`officer-…`).
    """

    redemption_id: str
    fund_id: str
    position: int
    merchant_id: str
    amount_minor: int
    reason: str
    reported_by: str
    day: str


table = table_of(NAME, IncidentRow, keys=2)
Index(f"{NAME}_by_merchant", table.c.merchant_id, table.c.position)

_told = copying("merchant_id", "amount_minor", "reason")


def project(event: Reported, fact: Fact) -> Iterator[Put]:
    """Keep one row for each incident."""
    values = _told(event)
    values |= {"position": fact.position, "reported_by": event.officer_id}
    yield Put((event.redemption_id, event.fund_id), values | {"day": event.day.isoformat()})


incidents = latest_first(
    table,
    IncidentRow,
    about=Words("差错，最近的在前。", "The incidents, the latest first."),
    filters=("merchant_id", "fund_id"),
    columns=[name for name in IncidentRow._fields if name != "position"],
    examples=("--merchant xiufa",),
    command="incidents list",
)
