"""Recent usage of one member by day and till, so that late reports are judged by their own day.

A tally holds only the latest day, week and month. A redemption reported days later needs the
tallies of its own day.
"""

from collections.abc import Iterable
from datetime import date, timedelta

import msgspec
from immutables import Map

from ledger.benefits.terms import NOTHING_USED, Period, Tally, Used, together

LATE_MOST = timedelta(days=14)
"""The longest time between an offline redemption and its report."""

KEPT_FOR = LATE_MOST + timedelta(days=31)
"""The time for which uses are kept: a report after LATE_MOST needs the month it belongs to."""


KEPT_LEAST = 64
"""The number of entries of one choice up to which those of one day and till are not summed."""


class OnDay(msgspec.Struct, frozen=True):
    """The uses of one benefit at one till (`merchant.till`) on a day; negative for a reversal."""

    day: date
    till: str
    count: int
    covered_minor: int


class Recent(msgspec.Struct, frozen=True):
    """The recent uses of one choice; the first `summed` of `days` are one for each day and till."""

    days: tuple[OnDay, ...] = ()
    summed: int = 0


RecentUsage = Map[str, Recent]
"""The recent uses of one member, by choice id."""

_NONE = Recent()


def with_use(recent: RecentUsage, choice_id: str, use: OnDay) -> RecentUsage:
    """Return the recent usage with one more entry for a choice; a negative count is a reversal.

    Those of one day and till are summed when there are twice as many entries as after the last
    time, so that a use costs the same however many tills there are.
    """
    kept = recent.get(choice_id, _NONE)
    days = (*kept.days, use)
    if len(days) < max(KEPT_LEAST, 2 * kept.summed):
        return recent.set(choice_id, Recent(days, kept.summed))
    days = _compact(days)
    return recent.set(choice_id, Recent(days, len(days)))


def tallies(
    uses: Map[str, Tally],
    recent: RecentUsage,
    choices: Iterable[str],
    *,
    day: date,
    till: str | None = None,
) -> Map[str, Tally]:
    """Return the tallies of the choices as of the day, week and month of `day`, by choice id.

    With `till` (`merchant.till`) only that till's recent uses count, also in the total; None: all.
    """
    found: Map[str, Tally] = Map()
    for choice_id in choices:
        days = [one for one in recent.get(choice_id, _NONE).days if till in {None, one.till}]
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
    """Return one entry for each day and till, without entries older than KEPT_FOR."""
    oldest = max(one.day for one in kept) - KEPT_FOR
    places: dict[tuple[date, str], list[OnDay]] = {}
    for one in kept:
        if one.day >= oldest:
            places.setdefault((one.day, one.till), []).append(one)
    sums = [(place, _sum(uses)) for place, uses in places.items()]
    return tuple(OnDay(*place, used.count, used.covered_minor) for place, used in sums)
