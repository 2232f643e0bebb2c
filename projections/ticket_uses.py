"""Uses of tickets line by line, as a till lists its day: an undone use is a line below zero.

So any sum of lines is right, and no line ever changes. An undone use is taken off the day of the
use. No line names the ticket's holder: `history` does, for the member alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import NamedTuple

from sqlalchemy import Index

from ledger.event import Fact
from ledger.offers.grant import Used, UseUndone
from ledger.store import at_text
from projections.engine.changes import Put, put
from projections.engine.pages import latest
from projections.engine.schema import table_of
from projections.engine.totals import totals

NAME = "ticket_uses_1"


class TicketUseRow(NamedTuple):
    """A use of a ticket (`uses` 1), or the undoing of a use (-1); `people` is then negative.

    `day` is that of the use, also for an undoing; `at` is ISO text in UTC. `till_id` is empty where
    an officer acted without a till.
    """

    position: int
    use_id: str
    drop_id: str
    item_id: str
    session_id: str
    merchant_id: str
    outlet_id: str
    till_id: str
    day: str
    at: str
    uses: int
    people: int


table = table_of(NAME, TicketUseRow)
Index(f"{NAME}_by_merchant", table.c.merchant_id, table.c.position)

ticket_uses = partial(latest, table, TicketUseRow)
"""Return a page of lines, the latest first; narrow them to a merchant or its till. See `latest`."""

admitted = partial(totals, table)
"""Return uses and people summed by item, other columns or `month`. See `totals`."""


def project(event: Used | UseUndone, fact: Fact) -> Iterator[Put]:
    """Keep one line for each use or undoing."""
    match event:
        case Used():
            yield _line(fact, event, 1, event.at)
        case UseUndone():
            yield _line(fact, event.undone, -1, event.at)


def _line(fact: Fact, used: Used, count: int, at: datetime) -> Put:
    return put(
        TicketUseRow(
            position=fact.position,
            use_id=used.use_id,
            drop_id=used.ticket.drop_id,
            item_id=used.ticket.item_id,
            session_id=used.ticket.session_id,
            merchant_id=used.merchant_id,
            outlet_id=used.outlet_id,
            till_id=used.till_id,
            day=used.on_day.isoformat(),
            at=at_text(at),
            uses=count,
            people=count * used.people,
        )
    )
