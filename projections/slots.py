"""Slots: every session of every item of a drop, by its latest terms."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, FromClause, Table, and_, select

from ledger.drops.events import Amended, Announced, Changed
from ledger.event import Fact
from ledger.store import at_text
from projections import drops
from projections.engine.changes import Put
from projections.engine.schema import key, keyed, number, text

NAME = "slots_1"

SLOT = ("drop_id", "item_id", "session_id")
"""The keys of this table, with which those of other tables begin."""

table = keyed(
    NAME,
    *map(key, SLOT),
    *map(text, ("title", "kind", "starts_at", "ends_at")),
    number("capacity"),
    number("plan_position"),
)


def project(event: Announced | Changed | Amended, fact: Fact) -> Iterator[Put]:
    """Keep each slot of the terms; a slot that newer terms leave out keeps its older position."""
    for item, session in event.plan.slots.values():
        yield Put(
            (event.drop_id, item.item_id, session.session_id),
            {
                "title": item.title,
                "kind": item.kind,
                "starts_at": at_text(session.starts_at),
                "ends_at": at_text(session.ends_at),
                "capacity": session.capacity,
                "plan_position": fact.position,
            },
        )


def with_terms(rows: Table, *, isouter: bool) -> FromClause:
    """Return the rows of a table with the keys SLOT, joined to their sessions and their drops.

    `isouter` keeps rows whose session is not known yet.
    """
    session = and_(*(table.columns[name] == rows.columns[name] for name in SLOT))
    announced = drops.table
    return rows.join(table, session, isouter).join(
        announced, announced.c.drop_id == rows.c.drop_id, isouter
    )


class SlotRow(NamedTuple):
    """A session of an item; `title` and `kind` are the item's, times are ISO text in UTC.

    `capacity` is in places.
    """

    item_id: str
    session_id: str
    title: str
    kind: str
    starts_at: str
    ends_at: str
    capacity: int


def slots(connection: Connection, drop_id: str) -> list[SlotRow]:
    """Return the sessions that a drop's latest terms have, as they begin; none if it is unknown."""
    announced = drops.table
    found = connection.execute(
        select(*(table.columns[name] for name in SlotRow._fields))
        .join_from(table, announced, announced.c.drop_id == table.c.drop_id)
        .where(table.c.drop_id == drop_id, table.c.plan_position == announced.c.plan_position)
        .order_by(table.c.starts_at, table.c.item_id, table.c.session_id)
    )
    return [SlotRow(*row) for row in found]
