"""Waiting lists: how many waited for a session and what came of it, and who waits now."""

from collections.abc import Iterator
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, case, select

from ledger.drops import Status
from ledger.drops.events import Claimed, Joined, Left, Offered, OfferLapsed
from ledger.event import Fact
from ledger.store import at_text
from projections import drops, slots
from projections.engine.changes import Add, Change, Put
from projections.engine.pages import ROWS_MAX
from projections.engine.schema import counter, key, keyed, number, text
from projections.engine.totals import sum_of

NAME = "waiting_list_1"

table = keyed(
    NAME,
    *map(key, (*slots.SLOT, "member_id")),
    *map(counter, ("joined", "offered", "lapsed", "left")),
    *map(number, ("waits", "number", "party")),
    text("offered_until"),
)

_key = attrgetter(*slots.SLOT, "member_id")
_COUNTERS = {Joined: "joined", Offered: "offered", OfferLapsed: "lapsed", Left: "left"}


def project(
    event: Claimed | Joined | Offered | OfferLapsed | Left, _fact: Fact
) -> Iterator[Change]:
    """Count each join, offer, lapse and departure; a claim ends the wait for the session."""
    key = _key(event)
    if column := _COUNTERS.get(type(event)):
        yield Add(key, {column: 1})
    match event:
        case Joined():
            yield Put(key, {"waits": 1, "number": event.number, "party": event.party})
        case Offered():
            yield Put(key, {"offered_until": at_text(event.until)})
        case Claimed() | OfferLapsed() | Left():
            yield Put(key, {"waits": 0, "offered_until": None})


class WaitingList(NamedTuple):
    """The numbers of a session's waiting list since it began.

    Each of the `joined` was served (`taken_up`), lapsed, left, or is still `waiting`. `offered`
    counts offers. In a cancelled drop or a session that is over nobody is `waiting`.
    """

    item_id: str
    session_id: str
    joined: int
    offered: int
    taken_up: int
    lapsed: int
    left: int
    waiting: int


def waiting_list(connection: Connection, drop_id: str, *, at: datetime) -> list[WaitingList]:
    """Return the waiting lists of a drop at an instant, for each session anyone waited for.

    They are sorted by item and session.
    """
    goes_on = case((_still_on(at), table.c.waits), else_=0)
    taken_up = table.c.joined - table.c.lapsed - table.c.left - table.c.waits
    sums = table.c.joined, table.c.offered, taken_up, table.c.lapsed, table.c.left, goes_on
    slot = (table.c.item_id, table.c.session_id)
    found = connection.execute(
        select(*slot, *map(sum_of, sums))
        .select_from(slots.with_terms(table, isouter=False))
        .where(table.c.drop_id == drop_id, table.c.joined > 0)
        .group_by(*slot)
        .order_by(*slot)
    )
    return [WaitingList(*row) for row in found]


class Waits(NamedTuple):
    """A member who waits, with queue number `number` in the drop; `offered_until` None: no offer.

    `offered_until` is ISO text in UTC. It may be past: a lapse is recorded at the next request for
    the session.
    """

    number: int
    item_id: str
    session_id: str
    member_id: str
    party: int
    offered_until: str | None


def waiting(
    connection: Connection, drop_id: str, *, at: datetime, after: int = 0, rows_max: int = ROWS_MAX
) -> list[Waits]:
    """Return the members who wait for a drop at an instant, by queue number above `after`.

    At most ROWS_MAX rows; nobody waits in a cancelled drop or for a session that is over.
    """
    found = connection.execute(
        select(*(table.columns[name] for name in Waits._fields))
        .select_from(slots.with_terms(table, isouter=False))
        .where(table.c.drop_id == drop_id, table.c.waits == 1, table.c.number > after)
        .where(_still_on(at))
        .order_by(table.c.number)
        .limit(min(rows_max, ROWS_MAX))
    )
    return [Waits(*row) for row in found]


def _still_on(at: datetime) -> ColumnElement[bool]:
    over = slots.table.c.ends_at <= at_text(at)
    return and_(drops.table.c.status != Status.CANCELLED.value, ~over)
