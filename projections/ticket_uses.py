"""Uses of tickets line by line, as a till lists its day: an undone use is a line below zero.

So any sum of lines is right, and no line ever changes. An undone use is taken off the day of the
use. No line names the ticket's holder: `history` does, for the member alone.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Index

from ledger.event import Fact
from ledger.offers.grant import Used, UseUndone
from ledger.store import at_text
from projections.engine.changes import Put, Values, copying
from projections.engine.pages import latest
from projections.engine.schema import table_of
from projections.engine.totals import every_total

NAME = "ticket_uses_2"


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
Index(f"{NAME}_by_day", table.c.merchant_id, table.c.day, table.c.position)

_slot = copying("drop_id", "item_id", "session_id")
_used = copying("use_id", "merchant_id", "outlet_id", "till_id")

ticket_uses = partial(latest, table, TicketUseRow)
"""Return a page of lines, the latest first; narrow them to a merchant or its till. See `latest`."""

admitted = partial(every_total, table)
"""Yield uses and people summed by item, other columns or `month`. See `every_total`."""


def project(event: Used | UseUndone, fact: Fact) -> Iterator[Put]:
    """Keep one line for each use or undoing."""
    used, count = (event.undone, -1) if isinstance(event, UseUndone) else (event, 1)
    values: Values = {
        "day": used.on_day.isoformat(),
        "at": at_text(event.at),
        "uses": count,
        "people": count * used.people,
    }
    yield Put((fact.position,), values | _used(used) | _slot(used.ticket))


def is_use() -> ColumnElement[bool]:
    """Return the condition that a line is a use, undone later or not."""
    return table.c.uses > 0


def undone_uses(
    connection: Connection, lines: Sequence[TicketUseRow], *, merchant_id: str
) -> set[str]:
    """Return the ids of those of at most 1,000 uses at a merchant that were undone."""
    undone = [table.c.uses < 0, table.c.use_id.in_([one.use_id for one in lines])]
    found = ticket_uses(connection, merchant_id=merchant_id, where=undone)
    return {one.use_id for one in found}
