"""Uses of tickets line by line, as a till lists its day: one undone is a line below zero.

So any sum of lines is right, and no line ever changes. What is undone is taken off the day of the
use. No line tells whose ticket it was: `history` does, for its member alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple, Unpack

from sqlalchemy import Connection, Index, Table

from ledger.drops.rfc3797 import CHINA
from ledger.event import Fact
from ledger.offers.grant import Used, UseUndone
from ledger.store import at_text
from projections.engine.changes import Put
from projections.engine.pages import ROWS_MAX, latest
from projections.engine.schema import metadata, number, position, text
from projections.engine.totals import Narrowed, Total, totals

NAME = "ticket_uses_1"

table = Table(
    NAME,
    metadata,
    position(),
    text("use_id"),
    text("drop_id"),
    text("item_id"),
    text("session_id"),
    text("merchant_id"),
    text("outlet_id"),
    text("till_id"),
    text("day"),
    text("at"),
    number("uses"),
    number("people"),
)
Index(f"{NAME}_by_merchant", table.c.merchant_id, table.c.position)


def project(fact: Fact) -> Iterator[Put]:
    """One line a fact."""
    match fact.event:
        case Used() as used:
            yield _line(fact, used, 1, used.at)
        case UseUndone(undone=used, at=at):
            yield _line(fact, used, -1, at)
        case _:
            pass


class Line(NamedTuple):
    """People admitted or goods handed over (`uses` 1), or that it was undone (-1).

    `people` is negative where it was undone. `day` is that of the use in China, `at` ISO text in
    UTC. `till_id` is empty where an officer acted without a till.
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


def ticket_uses(
    connection: Connection,
    *,
    merchant_id: str,
    till_id: str | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
    before: int | None = None,
    rows_max: int = ROWS_MAX,
) -> list[Line]:
    """The lines of a merchant or its till, the latest first, those `before` a position.

    `first_day` and `last_day` are both inside. At most ROWS_MAX.
    """
    question = latest(
        table,
        before=before,
        rows_max=rows_max,
        first_day=first_day,
        last_day=last_day,
        merchant_id=merchant_id,
        till_id=till_id,
    )
    return [Line(*row) for row in connection.execute(question)]


def admitted(
    connection: Connection,
    by: Sequence[str] = ("drop_id", "item_id"),
    **narrowed: Unpack[Narrowed],
) -> list[Total]:
    """Uses and people summed by item, other texts or `month`. See `projections.engine.totals`."""
    return totals(connection, table, by, **narrowed)


def _line(fact: Fact, used: Used, count: int, at: datetime) -> Put:
    return Put(
        (fact.position,),
        {
            "use_id": used.use_id,
            "drop_id": used.ticket.drop_id,
            "item_id": used.ticket.item_id,
            "session_id": used.ticket.session_id,
            "merchant_id": used.merchant_id,
            "outlet_id": used.outlet_id,
            "till_id": used.till_id,
            "day": used.at.astimezone(CHINA).date().isoformat(),
            "at": at_text(at),
            "uses": count,
            "people": count * used.people,
        },
    )
