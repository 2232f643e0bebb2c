"""Claims: the tickets of each drop, by branch and group as their members were organised then."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Select, select

from ledger.event import Fact
from ledger.offers.grant import Made, Ticket, Withdrawn
from projections.engine.changes import Add
from projections.engine.schema import counter, key, keyed
from projections.engine.totals import Total, sum_of, totals

NAME = "claims_1"

EACH_TICKET, EACH_GROUP = "ticket", "group"
"""A row counts each ticket once (its `group` is ""), or once for each group of its member."""

table = keyed(
    NAME,
    *map(key, ("drop_id", "counts", "item_id", "session_id", "branch", "group")),
    *map(counter, ("claims", "releases", "places")),
)


def project(event: Made | Withdrawn, _fact: Fact) -> Iterator[Add]:
    """Count one ticket and its places, or one that was given back, whose places are free again."""
    match event:
        case Made(ticket=Ticket() as ticket):
            yield from _counted(ticket, {"claims": 1, "places": ticket.places})
        case Withdrawn(ticket=Ticket() as ticket):
            yield from _counted(ticket, {"releases": 1, "places": -ticket.places})


def claims(connection: Connection, by: Sequence[str] = (), **narrowed: Any) -> list[Total]:
    """Return tickets claimed, those given back, and the places of the rest, summed by columns `by`.

    By group, or narrowed to one, a member counts in each of their groups, and a member of none
    under "": so groups add up to more than there are tickets. `narrowed`: see `totals`.
    """
    of_groups = "group" in by or narrowed.get("group") is not None
    rows = select(table).where(table.c.counts == (EACH_GROUP if of_groups else EACH_TICKET))
    return totals(rows.subquery(), connection, by, **narrowed)


def taken() -> Select[tuple[str, int, int]]:
    """Return a query of the tickets not given back and their places, one row for each `drop_id`."""
    return (
        select(
            table.c.drop_id,
            sum_of(table.c.claims - table.c.releases).label("tickets"),
            sum_of(table.c.places).label("places"),
        )
        .where(table.c.counts == EACH_TICKET)
        .group_by(table.c.drop_id)
    )


def _counted(ticket: Ticket, amounts: dict[str, int]) -> Iterator[Add]:
    slot = (ticket.item_id, ticket.session_id, ticket.branch)
    yield Add((ticket.drop_id, EACH_TICKET, *slot, ""), amounts)
    for group in dict.fromkeys(ticket.groups or ("",)):
        yield Add((ticket.drop_id, EACH_GROUP, *slot, group), amounts)
