"""What one member used lately, by day and till: so that what arrives late is judged by its day.

A tally knows the latest day, week and month alone. A redemption that arrives days later asks for
those of the day it was made on.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import msgspec
from immutables import Map

from ledger.benefits.terms import NOTHING_USED, Period, Tally, Used, together

LATE_MOST = timedelta(days=14)
"""How long a till may keep a redemption to itself."""

KEPT_FOR = LATE_MOST + timedelta(days=31)
"""Whoever is so late asks for a month that began up to 30 days before."""


KEPT_MOST = 64
"""So many uses are kept as they came; then those of one day and till are summed up."""


class OnDay(msgspec.Struct, frozen=True):
    """How often one benefit was used at one till (`merchant.till`) on a day, and for how much."""

    day: date
    till: str
    count: int
    covered_minor: int


RecentUsage = Map[str, tuple[OnDay, ...]]
"""The days by choice."""


def with_use(recent: RecentUsage, choice_id: str, use: OnDay) -> RecentUsage:
    """With one use more or, negative, less."""
    kept = (*recent.get(choice_id, ()), use)
    if len(kept) >= KEPT_MOST:
        kept = _compact(kept)
    return recent.set(choice_id, kept)


def tallies(
    uses: Map[str, Tally],
    recent: RecentUsage,
    choices: Iterable[str],
    *,
    day: date,
    till: str | None = None,
) -> Map[str, Tally]:
    """What was used of these in the day, week and month of `day`, and in all; or at one till."""
    found: Map[str, Tally] = Map()
    for choice_id in choices:
        days = [one for one in recent.get(choice_id, ()) if till in {None, one.till}]
        in_term = uses.get(choice_id, NOTHING_USED).in_term if till is None else _sum(days)
        in_day, in_week, in_month = (
            _sum(one for one in days if together(period, one.day, day))
            for period in (Period.DAY, Period.WEEK, Period.MONTH)
        )
        found = found.set(choice_id, Tally(day, in_day, in_week, in_month, in_term))
    return found


def _sum(days: Iterable[OnDay]) -> Used:
    count = covered_minor = 0
    for one in days:
        count += one.count
        covered_minor += one.covered_minor
    return Used(count, covered_minor)


def _compact(kept: tuple[OnDay, ...]) -> tuple[OnDay, ...]:
    """The uses of one day at one till in one; without those nobody will ask for."""
    oldest = max(one.day for one in kept) - KEPT_FOR
    places: dict[tuple[date, str], list[OnDay]] = {}
    for one in kept:
        if one.day >= oldest:
            places.setdefault((one.day, one.till), []).append(one)
    sums = [(place, _sum(uses)) for place, uses in places.items()]
    return tuple(OnDay(*place, used.count, used.covered_minor) for place, used in sums)
