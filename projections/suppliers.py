"""Suppliers' income: the amounts that the places of a drop bring to the suppliers of its items.

A place brings what the terms said when it was claimed: this table keeps the terms of every item by
the position that set them, `attendance` the position of every ticket, and each ticket meets the
latest terms before it. So an amendment changes later claims only.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Subquery, and_, case, func, or_, select

from ledger.drops import Status
from ledger.drops.events import Amended, Announced, Changed
from ledger.event import Fact
from projections import drops
from projections.attendance import table as tickets
from projections.engine.changes import Put
from projections.engine.schema import key, keyed, number, position, text
from projections.engine.totals import Total, totals, whole_number

NAME = "suppliers_1"

table = keyed(
    NAME, key("drop_id"), key("item_id"), position(), text("supplier_id"), number("income_minor")
)


def project(event: Announced | Changed | Amended, fact: Fact) -> Iterator[Put]:
    """Keep the supplier and income of each item under the position of the terms that set them."""
    for item in event.plan.items:
        yield Put(
            (event.drop_id, item.item_id, fact.position),
            {"supplier_id": item.supplier_id, "income_minor": item.income_minor},
        )


def suppliers(connection: Connection, by: Sequence[str] = (), **narrowed: Any) -> list[Total]:
    """Return places kept and used, and their income in minor units, summed by columns `by`.

    A ticket that takes a place for each person uses as many as were admitted, any other its one. Of
    a cancelled drop only the places used before are kept. `narrowed`: see `totals`.
    """
    terms, announced = _terms(), drops.table
    used = case(
        (tickets.c.people_admitted < tickets.c.places, tickets.c.people_admitted),
        else_=tickets.c.places,
    )
    kept = case((announced.c.status == Status.CANCELLED.value, used), else_=tickets.c.places)
    then = and_(
        terms.c.drop_id == tickets.c.drop_id,
        terms.c.item_id == tickets.c.item_id,
        terms.c.position < tickets.c.position,
        or_(terms.c.until.is_(None), tickets.c.position < terms.c.until),
    )
    each = (
        select(
            *(tickets.c.drop_id, tickets.c.item_id, tickets.c.session_id, terms.c.supplier_id),
            whole_number(kept, "places_kept"),
            whole_number(used, "places_used"),
            whole_number(kept * terms.c.income_minor, "kept_income_minor"),
            whole_number(used * terms.c.income_minor, "used_income_minor"),
        )
        .join_from(tickets, terms, then)
        .join(announced, announced.c.drop_id == tickets.c.drop_id)
    )
    return totals(each.subquery(), connection, by, **narrowed)


def _terms() -> Subquery:
    """Return a query of item terms, each with the position `until` which it held (null: still)."""
    item = (table.c.drop_id, table.c.item_id)
    following = func.lead(table.c.position).over(partition_by=item, order_by=table.c.position)
    return select(table, following.label("until")).subquery()
