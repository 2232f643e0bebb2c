"""The rules all benefits share: members, places, times, limits, ceilings, stacking, funding."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from enum import StrEnum
from functools import cached_property

import msgspec

from ledger import errors
from ledger.money import AMOUNT_MAX, WHOLE

NAMES_MAX = 2_000
"""The most names (merchants, groups, days …) in one list of the rules."""

NAME_LENGTH_MAX = 100
"""The longest name in a list of the rules, in characters."""

HOURS_MAX = 12
"""The most intervals of opening hours in the rules."""

ORDER_MAX = 1_000
"""The highest `order` of a benefit, so the last turn."""

MIDNIGHT = time(0)

_LISTS = ("groups", "branches", "merchants", "outlets", "categories", "blackout_days")
_WEEKDAYS = frozenset(range(1, 8))


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
    """A daily interval of use, `closes` excluded; hours past midnight take two of these.

    Wall-clock times in the zone of the rules. Closing at 00:00 means the end of the day.
    """

    opens: time
    closes: time


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
        return {field: frozenset(getattr(self, field)) for field in _LISTS}


class Used(msgspec.Struct, frozen=True):
    """The number of uses of a benefit by one member in a period, and their total in minor units."""

    count: int = 0
    covered_minor: int = 0


class Tally(msgspec.Struct, frozen=True):
    """The usage of one benefit by one member: in all, and in the latest day, week and month.

    `day` is the day of the latest use; `date.min` before the first.
    """

    day: date
    in_day: Used
    in_week: Used
    in_month: Used
    in_term: Used

    def used(self, period: Period, today: date) -> Used:
        """Return the usage in the period that holds `today`, a day not before the latest use."""
        if not together(period, self.day, today):
            return Used()
        if period is _TERM:
            return self.in_term
        if period is _MONTH:
            return self.in_month
        return self.in_week if period is _WEEK else self.in_day

    def plus(self, day: date, count: int, covered_minor: int) -> Tally:
        """Return the tally with `count` uses on `day` added; negative numbers take uses away.

        A `day` before the latest use counts only in the periods that hold both days.
        """
        latest = max(day, self.day)

        def grown(period: Period) -> Used:
            used = self.used(period, latest)
            if not together(period, day, latest):
                return used
            return Used(used.count + count, used.covered_minor + covered_minor)

        return Tally(latest, grown(_DAY), grown(_WEEK), grown(_MONTH), grown(_TERM))


NOTHING_USED = Tally(date.min, Used(), Used(), Used(), Used())


def check_applies(rules: Rules, who: Who, purchase: Purchase) -> None:
    """Raise a Refusal unless audience, days, places, weekdays and hours fit; test no limits."""
    for rule in _RULES:
        rule(rules, who, purchase)


def check_terms(rules: Rules) -> None:
    """Raise TermsInvalid (with `field`) for wrong rules: at publication, never at loading."""
    for field in _LISTS:
        names = getattr(rules, field)
        if len(names) > NAMES_MAX or not all(map(_is_name, names)):
            raise errors.TermsInvalid(field=field, most=NAMES_MAX)
    for field, holds in _conditions(rules):
        if not holds:
            raise errors.TermsInvalid(field=field)
    if len(rules.hours) > HOURS_MAX or not all(map(_in_one_day, rules.hours)):
        raise errors.TermsInvalid(field="hours", problem="hours")


def _conditions(rules: Rules) -> Iterator[tuple[str, bool]]:
    """Yield each field that is no list of names, with False where its value is invalid."""
    first_day, last_day, funding = rules.first_day, rules.last_day, rules.funding
    yield "last_day", first_day is None or last_day is None or first_day <= last_day
    yield "weekdays", _WEEKDAYS.issuperset(rules.weekdays) and len(rules.weekdays) <= len(_WEEKDAYS)
    numbers = msgspec.structs.asdict(rules.limits) | msgspec.structs.asdict(rules.ceilings)
    for field, value in numbers.items():
        yield field, value is None or 1 <= value <= AMOUNT_MAX
    yield "order", 0 <= rules.stacking.order <= ORDER_MAX
    yield "union_basis_points", 0 <= funding.union_basis_points <= WHOLE
    yield "fund_id", (funding.union_basis_points > 0) == (funding.fund_id is not None)
    yield "fund_id", funding.fund_id is None or _is_name(funding.fund_id)
    yield "per_fund_minor", rules.ceilings.per_fund_minor is None or funding.fund_id is not None


def _is_name(name: str | date) -> bool:
    return 1 <= len(str(name)) <= NAME_LENGTH_MAX


def _in_one_day(hours: Hours) -> bool:
    # A time with a zone cannot be compared with the wall clock of a purchase.
    if hours.opens.tzinfo or hours.closes.tzinfo:
        return False
    return hours.opens < hours.closes or hours.closes == MIDNIGHT


def together(period: Period, one: date, other: date) -> bool:
    """Return whether one day, week (from Monday) or month holds both days; True for the term."""
    if one == other or period is _TERM:
        return True
    if period is _MONTH:
        return one.month == other.month and one.year == other.year
    # Day 1 of the calendar was a Monday, so whole sevens are weeks from Monday to Sunday.
    return period is _WEEK and (one.toordinal() - 1) // 7 == (other.toordinal() - 1) // 7


def _eligible(rules: Rules, who: Who, _purchase: Purchase) -> None:
    if rules.groups and rules.named["groups"].isdisjoint(who.groups):
        raise errors.NotEligible(needs="group")
    if rules.branches and who.branch not in rules.named["branches"]:
        raise errors.NotEligible(needs="branch")


def _open(rules: Rules, _who: Who, purchase: Purchase) -> None:
    today = purchase.at.date()
    if rules.first_day and today < rules.first_day:
        raise errors.OfferNotYetOpen(first_day=rules.first_day.isoformat())
    if rules.last_day and today > rules.last_day:
        raise errors.OfferEnded(last_day=rules.last_day.isoformat())


def _here(rules: Rules, _who: Who, purchase: Purchase) -> None:
    if rules.merchants and purchase.merchant_id not in rules.named["merchants"]:
        raise errors.NotAgreedHere
    if rules.outlets and purchase.outlet_id not in rules.named["outlets"]:
        raise errors.NotAgreedHere
    if rules.categories and purchase.category not in rules.named["categories"]:
        raise errors.CategoryNotCovered(category=purchase.category)


def _today(rules: Rules, _who: Who, purchase: Purchase) -> None:
    if rules.weekdays and purchase.at.isoweekday() not in rules.weekdays:
        raise errors.NotOnThisDay
    if rules.blackout_days and purchase.at.date() in rules.named["blackout_days"]:
        raise errors.NotOnThisDay


def _now(rules: Rules, _who: Who, purchase: Purchase) -> None:
    if not rules.hours:
        return
    clock = purchase.at.time()
    for hours in rules.hours:
        if hours.opens <= clock and (clock < hours.closes or hours.closes == MIDNIGHT):
            return
    openings = sorted(hours.opens for hours in rules.hours)
    following = next((opens for opens in openings if opens > clock), openings[0])
    raise errors.NotAtThisHour(opens=following.isoformat("minutes"))


_RULES: tuple[Callable[[Rules, Who, Purchase], None], ...] = (_eligible, _open, _here, _today, _now)
