"""Figures of drops that opened in a range of days: sales, attendance, suppliers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from ledger.benefits import Words
from pos_gateway.pages.officer.figure_subjects import GROUP, Asked, Measure, Subject
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
_DROP = Words("活动", "Drop")


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
    """Return a drop's sales; `seconds` until it sold out is None while places are left."""
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
    """Return a rows function that adds up a query over the drops: a row a group, or one in all."""

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


DROPS = Subject(
    Words("抢票", "Drops"),
    Words(
        "各次活动多快售罄，多少次请求没有名额。",
        "How soon each drop was gone, and how often nothing was left for who came.",
    ),
    {"drop": _DROP},
    (
        Measure("places", Words("抢到名额", "Places taken")),
        Measure("capacity", Words("名额", "Places")),
        Measure("seconds", Words("售罄用时（秒）", "Sold out after (seconds)")),
        Measure("turned_away", Words("未抢到的请求", "Turned away")),
    ),
    (),
    _drops,
)

ATTENDANCE = Subject(
    Words("到场", "Attendance"),
    Words(
        "持票人到场多少；场次结束仍未用的票算未到。",
        "How many came of those expected. A ticket unused when its session is over is a no-show.",
    ),
    {"drop": _DROP, "branch": Words("基层工会", "Branch"), "item": Words("项目", "Item")},
    (
        Measure("people_admitted", Words("到场人数", "People who came")),
        Measure("people_expected", Words("应到人数", "People expected")),
        Measure("tickets", Words("票", "Tickets")),
        Measure("tickets_used", Words("已用的票", "Tickets used")),
        Measure("no_shows", Words("未到的票", "No-shows")),
    ),
    ("tickets",),
    _of_each(
        attendance, ("people_admitted", "people_expected", "tickets", "tickets_used", "no_shows")
    ),
)

SUPPLIERS = Subject(
    Words("供应方收入", "Suppliers’ income"),
    Words(
        "按抢到时的条款，名额为供应方带来多少收入。",
        "What places bring to those who supply them, by the terms when they were claimed.",
    ),
    {"supplier": Words("供应方", "Supplier"), "drop": _DROP, "item": Words("项目", "Item")},
    (
        Measure("kept_income_minor", Words("按抢到（元）", "Of places kept (yuan)"), "minor"),
        Measure("used_income_minor", Words("按到场（元）", "Of places used (yuan)"), "minor"),
        Measure("places_kept", Words("名额", "Places kept")),
        Measure("places_used", Words("已用名额", "Places used")),
    ),
    (),
    _of_each(suppliers, ("kept_income_minor", "used_income_minor", "places_kept", "places_used")),
)
