"""The subjects of the figures: what each counts, what by, and which views it asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from ledger.benefits import Words
from pos_gateway.services import House
from projections.engine.totals import Total
from projections.figures import Span, cards_in_use, late_totals
from projections.purchases import purchases
from projections.refusals import refusals
from projections.usage import usage

GROUP = "group"
"""What a row is of: every row of figures has it."""


class Asked(NamedTuple):
    """What is asked of a subject: by which groups, from which day to which, at which instant.

    By `""`, one row of all of them; the instant is in the zone of the rules.
    """

    house: House
    connection: Any
    by: str
    first: date
    last: date
    at: datetime


class Measure(NamedTuple):
    """A column: how the rows name it, its words, and what it is: count, minor, permille."""

    name: str
    words: Words
    kind: str = "count"


class Subject(NamedTuple):
    """A table: its title, what it tells, its groups, columns, and how its rows are had.

    The first group is that of who asks for none. `counts` are what makes a group small.
    """

    title: Words
    about: Words
    groups: Mapping[str, Words]
    measures: Sequence[Measure]
    counts: Sequence[str]
    rows: Callable[[Asked], list[Total]]


_MONTH, _DAY = Words("月份", "Month"), Words("日期", "Day")
_MERCHANT, _OUTLET = Words("商户", "Merchant"), Words("门店", "Outlet")
_BRANCH, _CATEGORY = Words("基层工会", "Branch"), Words("类别", "Category")
MERCHANT_SHARE = Measure(
    "merchant_share_minor", Words("商户出资（元）", "Paid by merchants (yuan)"), "minor"
)
UNION_SHARE = Measure(
    "union_share_minor", Words("工会出资（元）", "Paid by the union (yuan)"), "minor"
)
_KEYS = {
    "merchant": "merchant_id",
    "outlet": "outlet_id",
    "offer": "choice_id",
    "bearer": "borne_by",
}


def _summed(query: Callable[..., list[Total]], **fixed: Any) -> Callable[[Asked], list[Total]]:
    """The rows of sums by day: those of each group, or the whole."""

    def rows(asked: Asked) -> list[Total]:
        key = _KEYS.get(asked.by, asked.by)
        found = query(
            asked.connection,
            (key,) if asked.by else (),
            first_day=asked.first,
            last_day=asked.last,
            **fixed,
        )
        return [{GROUP: row.pop(key) if key else ""} | row for row in found]

    return rows


def _cards(asked: Asked) -> list[Total]:
    """The rate of use: by month within each, else from the first day to the last."""
    parts = list(months(asked.first, asked.last)) if asked.by == "month" else []
    days = [(first, last) for _, first, last in parts] or [(asked.first, asked.last)]
    zone = asked.at.tzinfo
    midnight = datetime.min.time()
    spans = [
        Span(first, last, datetime.combine(last + timedelta(days=1), midnight, zone))
        for first, last in days
    ]
    found = cards_in_use(asked.connection, spans, today=asked.at.date())
    if asked.by == "branch":
        return [_rate(one.branch, one.live[0], one.used[0]) for one in found]
    rates = [
        _rate(
            parts[n][0] if parts else "",
            sum(one.live[n] for one in found),
            sum(one.used[n] for one in found),
        )
        for n in range(len(spans))
    ]
    return [one for one in rates if one["live"] or not asked.by]


def _rate(group: str, live: int, used: int) -> Total:
    permille = used * 1_000 // live if live else 0
    return {GROUP: group, "permille": permille, "used": used, "live": live}


def months(first: date, last: date) -> Iterator[tuple[str, date, date]]:
    """The months from a day to another: `2019-05`, and the days of it that are inside."""
    begun = first
    while begun <= last:
        following = (begun.replace(day=1) + timedelta(days=32)).replace(day=1)
        ends = min(last, following - timedelta(days=1))
        yield f"{begun:%Y-%m}", begun, ends
        begun = following


CARDS = Subject(
    Words("会员卡使用率", "Rate of use of cards"),
    Words(
        "现在有效的卡中，每月至少用过一次的有多少。补换的卡按同一张计。",
        "Of the cards that are live now, how many were used at least once. A card that replaced"
        " another counts as the same.",
    ),
    {"month": _MONTH, "branch": _BRANCH},
    (
        Measure("permille", Words("使用率", "Rate of use"), "permille"),
        Measure("used", Words("用过的卡", "Cards used")),
        Measure("live", Words("有效卡", "Live cards")),
    ),
    ("live", "used"),
    _cards,
)

PURCHASES = Subject(
    Words("核销", "Purchases"),
    Words(
        "每次消费只计一次；冲正的在消费当天扣除。",
        "Each purchase counts once; what was undone is taken off its day.",
    ),
    {
        "month": _MONTH,
        "day": _DAY,
        "category": _CATEGORY,
        "branch": _BRANCH,
        "merchant": _MERCHANT,
        "outlet": _OUTLET,
    },
    (
        Measure("purchases", Words("笔数", "Purchases")),
        Measure("reversals", Words("冲正", "Undone")),
        Measure("price_minor", Words("消费（元）", "Price (yuan)"), "minor"),
        MERCHANT_SHARE,
        UNION_SHARE,
        Measure("member_share_minor", Words("会员支付（元）", "Paid by members (yuan)"), "minor"),
    ),
    ("purchases",),
    _summed(purchases),
)

USAGE = Subject(
    Words("优惠使用", "Use of offers"),
    Words(
        "一次消费合用两个优惠，计两次使用。",
        "A purchase that combined two offers is two uses.",
    ),
    {
        "offer": Words("优惠", "Offer"),
        "month": _MONTH,
        "category": _CATEGORY,
        "branch": _BRANCH,
        "merchant": _MERCHANT,
    },
    (Measure("uses", Words("次数", "Uses")), MERCHANT_SHARE, UNION_SHARE),
    ("uses",),
    _summed(usage),
)

REFUSALS = Subject(
    Words("未能使用", "Refusals"),
    Words("收银端得到“不能用”的次数和原因。", "How often tills were told no, and why."),
    {
        "reason": Words("原因", "Reason"),
        "month": _MONTH,
        "day": _DAY,
        "merchant": _MERCHANT,
        "outlet": _OUTLET,
    },
    (Measure("refusals", Words("次数", "Refusals")),),
    ("refusals",),
    _summed(refusals),
)

LATE = Subject(
    Words("迟到的核销", "Late redemptions"),
    Words(
        "收银端断网时核销、事后送到的，其中有争议的多少，由谁承担。",
        "What tills gave while offline; how much is contested, and who bears it.",
    ),
    {
        "month": _MONTH,
        "merchant": _MERCHANT,
        "reason": Words("争议原因", "Why contested"),
        "bearer": Words("由谁承担", "Who bears it"),
    },
    (
        Measure("late", Words("迟到", "Late")),
        Measure("contested", Words("其中有争议", "Contested")),
        Measure("given_minor", Words("优惠（元）", "Taken off (yuan)"), "minor"),
        UNION_SHARE,
    ),
    ("late",),
    _summed(late_totals),
)
