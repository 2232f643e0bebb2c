"""Attendance: the use of each ticket, and so how many of the people expected came."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, and_, case, select

from ledger.drops import Status
from ledger.event import Fact
from ledger.offers.grant import Made, Ticket, Used, UseUndone, Withdrawn
from ledger.store import at_text
from projections import drops, slots
from projections.engine.changes import Add, Change, Put
from projections.engine.schema import counter, key, keyed, number
from projections.engine.totals import Total, totals, whole_number

NAME = "attendance_1"

table = keyed(
    NAME,
    *map(key, (*slots.SLOT, "branch", "ticket_id")),
    *map(counter, ("tickets", "places", "people_expected", "people_admitted", "uses")),
    number("position"),
)

_place = attrgetter(*slots.SLOT, "branch")


def project(event: Made | Withdrawn | Used | UseUndone, fact: Fact) -> Iterator[Change]:
    """Keep a row for each ticket; take a ticket given back, or people of an undone use, off it.

    A ticket may be used in parts: only its own row tells whether it was used at all.
    """
    match event:
        case Made(ticket=Ticket() as ticket) | Withdrawn(ticket=Ticket() as ticket):
            count = 1 if isinstance(event, Made) else -1
            kept = {
                "tickets": count,
                "places": count * ticket.places,
                "people_expected": count * ticket.party,
            }
            yield Add((*_place(ticket), event.grant_id), kept)
            if count > 0:
                yield Put((*_place(ticket), event.grant_id), {"position": fact.position})
        case (Used() as used) | UseUndone(undone=used):
            count = 1 if used is event else -1
            amounts = {"people_admitted": count * used.people, "uses": count}
            yield Add((*_place(used.ticket), used.grant_id), amounts)


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
    each = select(
        *(table.c.drop_id, table.c.item_id, table.c.session_id, table.c.branch),
        *(table.c.tickets, table.c.people_expected, table.c.people_admitted),
        whole_number(case((table.c.uses > 0, 1), else_=0), "tickets_used"),
        whole_number(case((missed, 1), else_=0), "no_shows"),
    ).select_from(slots.with_terms(table, isouter=True))
    return totals(each.subquery(), connection, by, **narrowed)
