"""Attendance: what became of each ticket, and so how many came of those who were expected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Unpack

from sqlalchemy import BigInteger, ColumnElement, Connection, Table, and_, case, select
from sqlalchemy import type_coerce as typed

from ledger.drops import Status
from ledger.event import Fact
from ledger.offers.grant import Made, Ticket, Used, UseUndone, Withdrawn
from ledger.store import at_text
from projections import drops, slots
from projections.engine.changes import Add, Change, Key, Put
from projections.engine.schema import counter, key, metadata, number
from projections.engine.totals import Narrowed, Total, totals

NAME = "attendance_1"

table = Table(
    NAME,
    metadata,
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
    sqlite_with_rowid=False,
)


def project(fact: Fact) -> Iterator[Change]:
    """A row a ticket, at the position it was had; given back, or its use undone, it is taken off.

    One ticket may be used in parts: only its own row tells whether it was used at all.
    """
    match fact.event:
        case Made(ticket=Ticket() as ticket, grant_id=ticket_id):
            yield _kept(ticket, ticket_id, 1)
            yield Put(_key(ticket, ticket_id), {"position": fact.position})
        case Withdrawn(ticket=Ticket() as ticket, grant_id=ticket_id):
            yield _kept(ticket, ticket_id, -1)
        case Used() as used:
            yield _used(used, 1)
        case UseUndone(undone=undone):
            yield _used(undone, -1)
        case _:
            pass


def attendance(
    connection: Connection,
    by: Sequence[str] = ("item_id", "session_id", "branch"),
    *,
    at: datetime,
    **narrowed: Unpack[Narrowed],
) -> list[Total]:
    """Tickets kept and used, people expected and admitted, and no-shows at an instant, by keys.

    A no-show is a ticket that was kept and never used though its session is over; nobody notes it,
    and a drop called off has none. See `projections.engine.totals.totals`.
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
    return totals(connection, each.subquery(), by, **narrowed)


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
