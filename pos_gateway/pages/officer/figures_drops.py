"""Figures of drops that opened in a range of days: sales, attendance, suppliers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from pos_gateway.pages.officer.figure_subjects import GROUP, Asked, subject
from projections.attendance import attendance
from projections.drops import DropRow, drops
from projections.engine.pages import ROWS_MAX
from projections.engine.totals import Total
from projections.sell_through import sold_out_after
from projections.suppliers import suppliers
from projections.turned_away import turned_away

DROPS_MAX = 200
"""The most drops of one request, the latest first."""

_KEYS = {"drop": "drop_id", "item": "item_id", "supplier": "supplier_id"}


def _opened(asked: Asked) -> Iterator[DropRow]:
    """Yield those of the latest DROPS_MAX drops that opened in the days, the latest first."""
    for one in drops(asked.connection, at=asked.at, rows_max=DROPS_MAX):
        day = datetime.fromisoformat(one.opens_at).astimezone(asked.at.tzinfo).date()
        if asked.first <= day <= asked.last:
            yield one


def _drops(asked: Asked) -> list[Total]:
    rows = [_sold(asked, one) for one in _opened(asked)]
    if asked.by:
        return rows
    names = ("capacity", "places", "turned_away")
    return [_sum(rows, "", names) | {"seconds": None}]


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


def _of_each(
    query: Callable[..., list[Total]], names: Sequence[str]
) -> Callable[[Asked], list[Total]]:
    """Return a rows function that adds up the columns `names` of a query, by group or in all."""

    def rows(asked: Asked) -> list[Total]:
        asks = partial(query, at=asked.at) if query is attendance else query
        groups: dict[str, list[Total]] = {} if asked.by else {"": []}
        for drop in _opened(asked):
            key = _KEYS.get(asked.by, asked.by)
            by = () if asked.by in {"", "drop"} else (key,)
            for row in asks(asked.connection, by, drop_id=drop.drop_id):
                group = drop.drop_id if asked.by == "drop" else row.get(key, "")
                groups.setdefault(group, []).append(row)
        return [_sum(found, group, names) for group, found in sorted(groups.items())][:ROWS_MAX]

    return rows


def _sum(rows: Sequence[Mapping[str, Any]], group: str, names: Sequence[str]) -> Total:
    summed: Counter[str] = Counter(dict.fromkeys(names, 0))
    for row in rows:
        for name in names:
            summed[name] += row[name]
    return {GROUP: group, **summed}


DROPS = subject("drops", ("drop",), ("places", "capacity", "seconds", "turned_away"), _drops)

_EXPECTED = ("people_admitted", "people_expected", "tickets", "tickets_used", "no_shows")
ATTENDANCE = subject(
    "attendance",
    ("drop", "branch", "item"),
    _EXPECTED,
    _of_each(attendance, _EXPECTED),
    ("tickets",),
)

_INCOME = ("kept_income_minor", "used_income_minor", "places_kept", "places_used")
SUPPLIERS = subject(
    "suppliers", ("supplier", "drop", "item"), _INCOME, _of_each(suppliers, _INCOME)
)
