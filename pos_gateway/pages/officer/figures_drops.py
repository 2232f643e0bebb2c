"""Figures of drops that opened in a range of days: sales, attendance, suppliers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

from pos_gateway.pages.officer.figure_subjects import GROUP, Asked, subject
from projections.attendance import attendance
from projections.drops import DropRow, drop_totals, drops, of_drops, opened_between
from projections.engine.totals import Total
from projections.sell_through import sold_out_after
from projections.suppliers import suppliers
from projections.turned_away import turned_away

DROPS_MAX = 200
"""The most drops of one table, the latest first."""

_KEYS = {"drop": "drop_id", "item": "item_id", "supplier": "supplier_id"}


def _opened(asked: Asked) -> Any:
    """Return the condition that a drop opened in the days."""
    begin, end = (
        datetime.combine(day, time(), asked.at.tzinfo)
        for day in (asked.first, asked.last + timedelta(days=1))
    )
    return opened_between(begin, end)


def _drops(asked: Asked) -> list[Total]:
    if asked.by:
        found = drops(asked.connection, at=asked.at, where=[_opened(asked)], rows_max=DROPS_MAX)
        return [_sold(asked, one) for one in found]
    which = [of_drops(_opened(asked))]
    (sums,) = drop_totals(asked.connection, where=which)
    (refused,) = turned_away(asked.connection, where=which)
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


def _of_each(query: Callable[..., list[Total]]) -> Callable[[Asked], list[Total]]:
    """Return a rows function of a query's sums over the drops of the days, by group or in all."""

    def rows(asked: Asked) -> list[Total]:
        asks = partial(query, at=asked.at) if query is attendance else query
        key = _KEYS.get(asked.by, asked.by)
        which = [of_drops(_opened(asked))]
        found = asks(asked.connection, (key,) if key else (), where=which)
        return [{GROUP: row.pop(key) if key else ""} | row for row in found]

    return rows


DROPS = subject(
    "drops", ("drop",), ("places", "capacity", "seconds", "turned_away"), _drops, rows_max=DROPS_MAX
)

_EXPECTED = ("people_admitted", "people_expected", "tickets", "tickets_used", "no_shows")
ATTENDANCE = subject(
    "attendance", ("drop", "branch", "item"), _EXPECTED, _of_each(attendance), ("tickets",)
)

_INCOME = ("kept_income_minor", "used_income_minor", "places_kept", "places_used")
SUPPLIERS = subject("suppliers", ("supplier", "drop", "item"), _INCOME, _of_each(suppliers))
