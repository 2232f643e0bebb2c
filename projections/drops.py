"""Drops: how each was announced, and how far it has come."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, column, func, select, tuple_

from ledger.benefits import Words
from ledger.drops import Status
from ledger.drops.events import Amended, Announced, Cancelled, Changed, Closed, Opened
from ledger.event import Fact
from ledger.store import at_text
from projections import claims
from projections.engine.changes import Put, Values
from projections.engine.pages import ROWS_MAX
from projections.engine.question import Listing
from projections.engine.schema import key, keyed, number, text
from projections.engine.totals import totals

NAME = "drops_1"

table = keyed(
    NAME,
    key("drop_id"),
    *map(text, ("title", "mode", "programme", "status", "announced_at", "opens_at", "closes_at")),
    number("capacity"),
    number("plan_position"),
)

_BECOMES = {Opened: Status.OPEN, Closed: Status.CLOSED, Cancelled: Status.CANCELLED}


def project(
    event: Announced | Changed | Amended | Opened | Closed | Cancelled, fact: Fact
) -> Iterator[Put]:
    """Keep the latest terms, the position of the event that set them, and the recorded status."""
    match event:
        case Opened() | Closed() | Cancelled():
            yield Put((event.drop_id,), {"status": _BECOMES[type(event)].value})
        case Announced(plan=plan) | Changed(plan=plan) | Amended(plan=plan):
            values: Values = {
                "title": plan.title,
                "mode": plan.mode.value,
                "programme": plan.programme,
                "opens_at": at_text(plan.opens_at),
                "closes_at": at_text(plan.closes_at),
                "capacity": sum(session.capacity for _item, session in plan.slots.values()),
                "plan_position": fact.position,
            }
            if isinstance(event, Announced):
                values |= {"status": Status.ANNOUNCED.value, "announced_at": at_text(fact.at)}
            yield Put((event.drop_id,), values)


class DropRow(NamedTuple):
    """A drop: its capacity in places, the tickets and places taken; times are ISO text in UTC.

    Tickets given back are not counted. `mode` is first_come, draw or allotment; `status`,
    announced, open, closed or cancelled.
    """

    drop_id: str
    title: str
    mode: str
    programme: str
    status: str
    announced_at: str
    opens_at: str
    closes_at: str
    capacity: int
    tickets: int
    places: int


def drop(connection: Connection, drop_id: str, *, at: datetime) -> DropRow | None:
    """Return the drop with this id and its status at an instant; None if it was never announced."""
    row = connection.execute(_drops().where(table.c.drop_id == drop_id)).first()
    return None if row is None else _as_of(DropRow(*row), at_text(at))


def _latest_drops(
    connection: Connection,
    *,
    at: datetime,
    before: tuple[str, str] | None = None,
    rows_max: int = ROWS_MAX,
    where: Sequence[ColumnElement[bool]] = (),
) -> list[DropRow]:
    """Return the drops with their status at an instant, the latest opening first.

    The page has at most ROWS_MAX rows; `before` is the `opens_at` and `drop_id` of the previous
    page's last row, None for the first page. `where` holds conditions.
    """
    place = tuple_(table.c.opens_at, table.c.drop_id)
    question = _drops().where(*where).order_by(table.c.opens_at.desc(), table.c.drop_id.desc())
    if before is not None:
        question = question.where(place < before)
    rows = connection.execute(question.limit(min(rows_max, ROWS_MAX)))
    return [_as_of(DropRow(*row), at_text(at)) for row in rows]


drops = Listing(
    table,
    DropRow,
    query=_latest_drops,
    following=lambda last: {"before": (last.opens_at, last.drop_id)},
    about=Words(
        "每次活动和已被领取的名额，最近开抢的在前。",
        "Every drop with what is taken of it, the latest opening first.",
    ),
    as_of=True,
    examples=("", "--format csv"),
)


def opened_between(begin: datetime, end: datetime) -> ColumnElement[bool]:
    """Return the condition that a drop opened at `begin` or later, and before `end`."""
    return and_(table.c.opens_at >= at_text(begin), table.c.opens_at < at_text(end))


def of_drops(chosen: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition on a query with one column `drop_id` that the drop is one of those."""
    return column("drop_id").in_(select(table.c.drop_id).where(chosen))


def _drops() -> Select[Any]:
    taken = claims.taken().subquery()
    fields = [one for one in table.columns if one.name != "plan_position"]
    counts = [func.coalesce(taken.c[name], 0).label(name) for name in ("tickets", "places")]
    return select(*fields, *counts).outerjoin_from(table, taken, taken.c.drop_id == table.c.drop_id)


drop_totals = partial(totals, _drops().subquery())
"""Return the capacity, tickets and places of drops, summed. See `totals`."""


def _as_of(found: DropRow, at: str) -> DropRow:
    """Return the drop with its status by the clock: opening and closing may not be recorded yet."""
    status = found.status
    if status in {Status.ANNOUNCED, Status.OPEN} and at >= found.closes_at:
        status = Status.CLOSED.value
    elif status == Status.ANNOUNCED and at >= found.opens_at:
        status = Status.OPEN.value
    return found._replace(status=status)
