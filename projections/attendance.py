"""Attendance: the use of each ticket, and so how many of the people expected came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, and_, case, select
from sqlalchemy import type_coerce as typed

from ledger.drops import Status
from ledger.event import Fact
from ledger.offers.grant import Made, Ticket, Used, UseUndone, Withdrawn
from ledger.store import at_text
from projections import drops, slots
from projections.engine.changes import Add, Change, Key, Put
from projections.engine.schema import counter, key, keyed, number
from projections.engine.totals import Total, totals

NAME = "attendance_1"

table = keyed(
    NAME,
    key("drop_id"),
    key("item_id"),
    key("session_id"),
    key("branch"),
    key("ticket_id"),
    counter("tickets"),
    counter("places"),
    counter("people_expected"),
    counter("people_admitted"),
    counter("uses"),
    number("position"),
)


def project(event: Made | Withdrawn | Used | UseUndone, fact: Fact) -> Iterator[Change]:
    """Keep a row for each ticket; take a ticket given back, or people of an undone use, off it.

    A ticket may be used in parts: only its own row tells whether it was used at all.
    """
    match event:
        case Made(ticket=Ticket() as ticket, grant_id=ticket_id):
            yield _kept(ticket, ticket_id, 1)
            yield Put(_key(ticket, ticket_id), {"position": fact.position})
        case Withdrawn(ticket=Ticket() as ticket, grant_id=ticket_id):
            yield _kept(ticket, ticket_id, -1)
        case Used():
            yield _used(event, 1)
        case UseUndone(undone=undone):
            yield _used(undone, -1)


def attendance(
    connection: Connection, by: Sequence[str] = (), *, at: datetime, **narrowed: Any
) -> list[Total]:
    """Return tickets kept and used, people expected and admitted, and no-shows, summed by `by`.

    A no-show is a ticket kept and never used whose session is over at the instant `at`; a cancelled
    drop has none. `by` and `narrowed` name columns; see `totals`.
    """
    slot, announced = slots.table, drops.table
    missed = and_(
        table.c.tickets > 0,
        table.c.uses == 0,
        slot.c.ends_at <= at_text(at),
        announced.c.status != Status.CANCELLED.value,
    )
    same = [column == table.columns[column.name] for column in slot.primary_key]
    each = (
        select(
            *(table.c.drop_id, table.c.item_id, table.c.session_id, table.c.branch),
            table.c.tickets,
            table.c.people_expected,
            table.c.people_admitted,
            _one_if(table.c.uses > 0).label("tickets_used"),
            _one_if(missed).label("no_shows"),
        )
        .outerjoin_from(table, slot, and_(*same))
        .outerjoin(announced, announced.c.drop_id == table.c.drop_id)
    )
    return totals(each.subquery(), connection, by, **narrowed)


def _one_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return typed(case((condition, 1), else_=0), BigInteger)


def _kept(ticket: Ticket, ticket_id: str, count: int) -> Add:
    return Add(
        _key(ticket, ticket_id),
        {
            "tickets": count,
            "places": count * ticket.places,
            "people_expected": count * ticket.party,
        },
    )


def _used(used: Used, count: int) -> Add:
    key = _key(used.ticket, used.grant_id)
    return Add(key, {"people_admitted": count * used.people, "uses": count})


def _key(ticket: Ticket, ticket_id: str) -> Key:
    return (ticket.drop_id, ticket.item_id, ticket.session_id, ticket.branch, ticket_id)
