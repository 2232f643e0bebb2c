"""The rules all benefits share: members, places, times, limits, ceilings, stacking, funding."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property

import msgspec

from ledger import errors

MIDNIGHT = time(0)

LISTS = ("groups", "branches", "merchants", "outlets", "categories", "blackout_days")
"""The lists of names and days in the rules."""


class Period(StrEnum):
    """A calendar period in the zone of the rules (weeks from Monday); `term` is all time."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    TERM = "term"


# Python 3.11 takes longer to look up an enum member than to compare two days.
_DAY, _WEEK, _MONTH, _TERM = Period


class Purchase(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase of a member. `at` is in the zone of the rules; `category` None: none was named."""

    merchant_id: str
    outlet_id: str
    category: str | None
    price_minor: int
    at: datetime


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """The attributes of a member that the rules may test: the local union and the groups."""

    branch: str
    groups: tuple[str, ...]


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """A daily interval of use, `closes` excluded, in wall-clock times of the zone of the rules.

    Closing at 00:00 means the end of the day. Hours that do not close after they open run into the
    next day, and belong to the day they began: weekdays, first, last and blackout days are those of
    that day.
    """

    opens: time
    closes: time

    @property
    def overnight(self) -> bool:
        """True if the hours run into the next day."""
        return MIDNIGHT != self.closes <= self.opens


class Limits(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The most uses of a benefit by one member in each period; None sets no limit."""

    per_day: int | None = None
    per_week: int | None = None
    per_month: int | None = None
    per_term: int | None = None


class Ceilings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The most discount in minor units: in one purchase, to one member, of an offer in all.

    `per_fund_minor` bounds the union's share of an offer in all. None sets no ceiling.
    """

    per_purchase_minor: int | None = None
    per_member_minor: int | None = None
    per_offer_minor: int | None = None
    per_fund_minor: int | None = None


class Stacking(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The stacking of a benefit: `exclusive` never combines; a lower `order` applies first."""

    exclusive: bool = False
    order: int = 100


class Funding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The payers of a discount: any fund pays `union_basis_points`, and the merchant the rest."""

    union_basis_points: int = 0
    fund_id: str | None = None


class Rules(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, dict=True):
    """The shared rules of an offer or a grant. An empty list or None means no restriction.

    `blackout_days` are days without use; other lists, what is allowed. `weekdays` are ISO: 1 is
    Monday. `first_day` and `last_day` are inclusive.
    """

    groups: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    merchants: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    weekdays: tuple[int, ...] = ()
    hours: tuple[Hours, ...] = ()
    blackout_days: tuple[date, ...] = ()
    limits: Limits = Limits()
    ceilings: Ceilings = Ceilings()
    stacking: Stacking = Stacking()
    funding: Funding = Funding()

    @cached_property
    def named(self) -> dict[str, frozenset[str | date]]:
        """The lists of names and days as sets, by field name: tests of long lists stay fast."""
        return {field: frozenset(getattr(self, field)) for field in LISTS}

    def is_past(self, today: date) -> bool:
        """Return whether the last day, and a night that began on it, is over on a day."""
        nights = timedelta(days=any(one.overnight for one in self.hours))
        return self.last_day is not None and self.last_day < today - nights


class Used(msgspec.Struct, frozen=True):
    """The number of uses of a benefit by one member in a period, and their total in minor units."""

    count: int = 0
    covered_minor: int = 0


class Tally(msgspec.Struct, frozen=True):
    """The usage of one benefit by one member: in all, and in the latest day, week and month.

    `day` is the day of the latest use; `date.min` before the first. Of a stamp card, `stamps` are
    those of the round not yet given free (below 0: stamps of an earlier round were reversed), and
    `owed` is the number of reversed free uses that are still to be given again.
    """

    day: date
    in_day: Used
    in_week: Used
    in_month: Used
    in_term: Used
    stamps: int = 0
    owed: int = 0

    def used(self, period: Period, today: date) -> Used:
        """Return the usage in the period that holds `today`, a day not before the latest use."""
        if not together(period, self.day, today):
            return Used()
        if period is _TERM:
            return self.in_term
        if period is _MONTH:
            return self.in_month
        return self.in_week if period is _WEEK else self.in_day

    def plus(self, day: date, count: int, covered_minor: int, *, stamping: bool = False) -> Tally:
        """Return the tally with `count` uses on `day` added; negative numbers take uses away.

        A `day` before the latest use counts only in the periods that hold both days. `stamping`: it
        is a use of a stamp card, which collects a stamp if it covers nothing, and else is free.
        """
        latest = max(day, self.day)

        def grown(period: Period) -> Used:
            used = self.used(period, latest)
            if not together(period, day, latest):
                return used
            return Used(used.count + count, used.covered_minor + covered_minor)

        stamps, owed = self.stamps, self.owed
        if stamping and not covered_minor:
            stamps += count
        elif stamping and (count < 0 or owed):
            owed -= count
        elif stamping:
            stamps = 0
        in_day, in_week, in_month, in_term = map(grown, (_DAY, _WEEK, _MONTH, _TERM))
        return Tally(latest, in_day, in_week, in_month, in_term, stamps, owed)


NOTHING_USED = Tally(date.min, Used(), Used(), Used(), Used())


def check_applies(rules: Rules, who: Who, purchase: Purchase) -> None:
    """Raise a Refusal unless audience, days, places, weekdays and hours fit; test no limits."""
    day = _day_of(rules, purchase.at)
    for rule in _RULES:
        rule(rules, who, purchase, day)


def together(period: Period, one: date, other: date) -> bool:
    """Return whether one day, week (from Monday) or month holds both days; True for the term."""
    if one == other or period is _TERM:
        return True
    if period is _MONTH:
        return one.month == other.month and one.year == other.year
    # Day 1 of the calendar was a Monday, so whole sevens are weeks from Monday to Sunday.
    return period is _WEEK and (one.toordinal() - 1) // 7 == (other.toordinal() - 1) // 7


def _day_of(rules: Rules, at: datetime) -> date:
    """Return the day that a purchase belongs to: the day before in a night of use begun on it."""
    today, clock = at.date(), at.time()
    if any(one.overnight and clock < one.closes for one in rules.hours):
        before = today - timedelta(days=1)
        try:
            _open(rules, None, None, before)
            _today(rules, None, None, before)
        except errors.Refusal:
            return today
        return before
    return today


def _eligible(rules: Rules, who: Who, _purchase: Purchase, _day: date) -> None:
    if rules.groups and rules.named["groups"].isdisjoint(who.groups):
        raise errors.NotEligible(needs="group")
    if rules.branches and who.branch not in rules.named["branches"]:
        raise errors.NotEligible(needs="branch")


def _open(rules: Rules, _who: object, _purchase: object, day: date) -> None:
    if rules.first_day and day < rules.first_day:
        raise errors.OfferNotYetOpen(first_day=rules.first_day.isoformat())
    if rules.last_day and day > rules.last_day:
        raise errors.OfferEnded(last_day=rules.last_day.isoformat())


def _here(rules: Rules, _who: Who, purchase: Purchase, _day: date) -> None:
    if rules.merchants and purchase.merchant_id not in rules.named["merchants"]:
        raise errors.NotAgreedHere
    if rules.outlets and purchase.outlet_id not in rules.named["outlets"]:
        raise errors.NotAgreedHere
    if rules.categories and purchase.category not in rules.named["categories"]:
        raise errors.CategoryNotCovered(category=purchase.category)


def _today(rules: Rules, _who: object, _purchase: object, day: date) -> None:
    if rules.weekdays and day.isoweekday() not in rules.weekdays:
        raise errors.NotOnThisDay
    if rules.blackout_days and day in rules.named["blackout_days"]:
        raise errors.NotOnThisDay


def _now(rules: Rules, _who: Who, purchase: Purchase, day: date) -> None:
    if not rules.hours or day < purchase.at.date():
        return
    clock = purchase.at.time()
    for hours in rules.hours:
        if hours.opens <= clock and (clock < hours.closes or hours.closes <= hours.opens):
            return
    openings = sorted(hours.opens for hours in rules.hours)
    following = next((opens for opens in openings if opens > clock), openings[0])
    raise errors.NotAtThisHour(opens=following.isoformat("minutes"))


_Rule = Callable[[Rules, Who, Purchase, date], None]
_RULES: tuple[_Rule, ...] = (_eligible, _open, _here, _today, _now)
