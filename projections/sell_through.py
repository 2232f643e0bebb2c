"""Sell-through: the places of a drop taken in each second, and how soon none was left."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

import sqlalchemy as sa

from ledger.drops.events import Amended, Announced, Changed, Claimed, Released
from ledger.event import Fact
from ledger.store import at_text
from projections import drops
from projections.engine.changes import Add, Change, Put
from projections.engine.pages import ROWS_MAX
from projections.engine.schema import counter, key, keyed, number
from projections.slots import SLOT, slots

NAME = "sell_through_1"

table = keyed(
    NAME,
    *map(key, SLOT),
    key("second"),
    *map(counter, ("claims", "places", "releases")),
    number("capacity"),
)

_slot = attrgetter(*SLOT)


def second(at: datetime) -> str:
    """Return the second that an instant is in, as ISO text in UTC: `2019-05-01T02:00:00Z`."""
    return f"{at_text(at)[:19]}Z"


def project(
    event: Claimed | Released | Announced | Changed | Amended, fact: Fact
) -> Iterator[Change]:
    """Count the places claimed less those given back; keep the capacity that terms set."""
    match event:
        case Claimed():
            yield Add((*_slot(event), second(fact.at)), {"claims": 1, "places": event.places})
        case Released():
            yield Add((*_slot(event), second(fact.at)), {"releases": 1, "places": -event.places})
        case Announced() | Changed() | Amended():
            for item, session in event.plan.slots.values():
                slot = (event.drop_id, item.item_id, session.session_id)
                yield Put((*slot, second(fact.at)), {"capacity": session.capacity})


class Second(NamedTuple):
    """The claims and releases of a session in one second (ISO text in UTC), in tickets.

    `places` are those claimed less those given back in it; `taken` is the sum of all places up to
    its end, and `capacity` the session's capacity by then.
    """

    second: str
    item_id: str
    session_id: str
    claims: int
    places: int
    releases: int
    taken: int
    capacity: int


def sell_through(
    connection: sa.Connection, drop_id: str, *, after: Sequence[str] = (), rows_max: int = ROWS_MAX
) -> list[Second]:
    """Return the seconds with claims or releases in a drop, by time, item and session.

    At most ROWS_MAX rows; `after` holds the first three fields of the previous page's last row.
    """
    running = _running(drop_id).c
    place = (running.second, running.item_id, running.session_id)
    question = sa.select(*(running[name] for name in Second._fields)).order_by(*place)
    question = question.where(sa.or_(running.claims > 0, running.releases > 0))
    if after:
        question = question.where(sa.tuple_(*place) > tuple(after))
    return [Second(*row) for row in connection.execute(question.limit(min(rows_max, ROWS_MAX)))]


class SoldOutAfter(NamedTuple):
    """The whole seconds until a session was first sold out; None if it never was.

    Counted from the announced opening (the first request records `drop.opened`) to the first second
    at whose end all places were taken. Places given back later change nothing.
    """

    item_id: str
    session_id: str
    seconds: int | None


def sold_out_after(connection: sa.Connection, drop_id: str) -> list[SoldOutAfter]:
    """Return how soon each session of a drop was sold out, in the order they begin.

    An unknown drop has no sessions: the list is empty.
    """
    opening = connection.scalar(
        sa.select(drops.table.c.opens_at).where(drops.table.c.drop_id == drop_id)
    )
    if opening is None:
        return []
    opens_at = datetime.fromisoformat(opening)
    running = _running(drop_id).c
    first = connection.execute(
        sa.select(running.item_id, running.session_id, sa.func.min(running.second))
        # What was full only before the opening was given other terms since.
        .where(sa.or_(running.until.is_(None), running.until > second(opens_at)))
        .where(running.taken >= running.capacity)
        .group_by(running.item_id, running.session_id)
    )
    seconds = {
        (item_id, session_id): max(0, int((datetime.fromisoformat(at) - opens_at).total_seconds()))
        for item_id, session_id, at in first
    }
    found = [(slot.item_id, slot.session_id) for slot in slots(connection, drop_id)]
    return [SoldOutAfter(*slot, seconds.get(slot)) for slot in found]


def _running(drop_id: str) -> sa.Subquery:
    """Return a query of every second of a drop, with running sums.

    `taken` and `capacity` are as of the end of the second, and `until` is the session's next
    second. A capacity stands in the second it was set; later rows of the same terms share it.
    """

    def so_far(function: sa.FunctionElement[int]) -> sa.ColumnElement[int]:
        slot = (table.c.item_id, table.c.session_id)
        return function.over(partition_by=slot, order_by=table.c.second)

    known = (
        sa.select(
            *(table.columns[name] for name in Second._fields if name in table.columns),
            sa.cast(so_far(sa.func.sum(table.c.places)), sa.BigInteger).label("taken"),
            so_far(sa.func.count(table.c.capacity)).label("plans"),
            so_far(sa.func.lead(table.c.second)).label("until"),
        )
        .where(table.c.drop_id == drop_id)
        .subquery()
        .c
    )
    under_one_plan = (known.item_id, known.session_id, known.plans)
    capacity = sa.func.max(known.capacity).over(partition_by=under_one_plan).label("capacity")
    others = [column for column in known if column.name not in {"capacity", "plans"}]
    return sa.select(*others, capacity).subquery()
