"""Figures of drops that opened in a range of days: sales, attendance, suppliers."""

from datetime import datetime, time, timedelta
from typing import Any

from pos_gateway.pages.officer.figure_subjects import GROUP, Asked, grouped, subject
from projections.attendance import attendance
from projections.drops import DropRow, drop_totals, drops, of_drops, opened_between
from projections.engine.totals import Total
from projections.sell_through import sold_out_after
from projections.suppliers import suppliers
from projections.turned_away import turned_away

DROPS_MAX = 200
"""The most drops of one table, the latest first."""

_KEYS = {"drop": "drop_id", "item": "item_id", "supplier": "supplier_id", "branch": "branch"}


def _opened(asked: Asked) -> Any:
    """Return the condition that a drop opened in the days."""
    ends = (asked.first, asked.last + timedelta(days=1))
    return opened_between(*(datetime.combine(day, time(), asked.at.tzinfo) for day in ends))


def _of_those(asked: Asked) -> dict[str, Any]:
    """Return the arguments of a query that limit it to the drops of the days."""
    return {"where": [of_drops(_opened(asked))]}


def _drops(asked: Asked) -> list[Total]:
    if asked.by:
        found = drops(asked.connection, at=asked.at, where=[_opened(asked)], rows_max=DROPS_MAX)
        return [_sold(asked, one) for one in found]
    (sums,) = drop_totals(asked.connection, **_of_those(asked))
    (refused,) = turned_away(asked.connection, **_of_those(asked))
    return [{GROUP: "", "seconds": None} | sums | refused]


def _sold(asked: Asked, drop: DropRow) -> Total:
    """Return a drop's sales; `seconds` until all sessions were sold out, None if one was not."""
    each = [one.seconds for one in sold_out_after(asked.connection, drop.drop_id)]
    seconds = [one for one in each if one is not None]
    (refused,) = turned_away(asked.connection, (), drop_id=drop.drop_id)
    return {
        GROUP: drop.drop_id,
        "capacity": drop.capacity,
        "places": drop.places,
        "seconds": max(seconds) if seconds and len(seconds) == len(each) else None,
        "turned_away": refused["turned_away"],
    }


DROPS = subject(
    "drops", ("drop",), ("places", "capacity", "seconds", "turned_away"), _drops, rows_max=DROPS_MAX
)

_EXPECTED = ("people_admitted", "people_expected", "tickets", "tickets_used", "no_shows")
ATTENDANCE = subject(
    "attendance",
    ("drop", "branch", "item"),
    _EXPECTED,
    grouped(attendance, _KEYS, lambda asked: _of_those(asked) | {"at": asked.at}),
    ("tickets",),
)

_INCOME = ("kept_income_minor", "used_income_minor", "places_kept", "places_used")
SUPPLIERS = subject(
    "suppliers", ("supplier", "drop", "item"), _INCOME, grouped(suppliers, _KEYS, _of_those)
)
