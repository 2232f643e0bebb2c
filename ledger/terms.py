"""Terms that every kind of benefit shares: who, where, when, how often, how much, beside what, paid by whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from enum import StrEnum

import msgspec

from ledger.errors import (
    CategoryNotCovered,
    NotAgreedHere,
    NotAtThisHour,
    NotEligible,
    NotOnThisDay,
    OfferEnded,
    OfferNotYetOpen,
    TermsInvalid,
)
from ledger.money import AMOUNT_MAX, WHOLE

NAMES_MAX = 2_000
"""The most merchants, groups, days … one list of the terms may name."""


class Period(StrEnum):
    """A stretch of the calendar in the zone of the rules; `term` is the whole life of the benefit."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    TERM = "term"


class Purchase(msgspec.Struct, frozen=True, kw_only=True):
    """What the member is buying. `at` is the time in the zone of the rules."""

    merchant_id: str
    outlet_id: str
    category: str | None
    price_minor: int
    at: datetime


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules may know of a member."""

    branch: str
    groups: tuple[str, ...]


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """From the first minute up to, and without, the last; past midnight takes two of these."""

    opens: time
    closes: time


class Limits(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How often one member may use it."""

    per_day: int | None = None
    per_week: int | None = None
    per_month: int | None = None
    per_term: int | None = None


class Ceilings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How much it may take off: of one purchase, for one member, in all, and out of its fund."""

    per_purchase_minor: int | None = None
    per_member_minor: int | None = None
    per_offer_minor: int | None = None
    per_fund_minor: int | None = None


class Stacking(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether it may be combined, and when it has its turn: lower `order` first."""

    exclusive: bool = False
    order: int = 100


class Funding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who pays what is taken off: the union's part comes out of `fund_id`, the merchant gives the rest."""

    union_basis_points: int = 0
    fund_id: str | None = None


class Rules(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The shared terms of an offer or a grant. An empty list leaves that question open to all.

    `weekdays` are ISO: 1 is Monday. `first_day` and `last_day` are both inside.
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


class Used(msgspec.Struct, frozen=True):
    """How often, and for how much, one member used one benefit in a period."""

    count: int = 0
    covered_minor: int = 0


class Tally(msgspec.Struct, frozen=True):
    """What one member has used of one benefit: in all, and on the latest day, week and month."""

    day: date
    in_day: Used
    in_week: Used
    in_month: Used
    in_term: Used

    def used(self, period: Period, today: date) -> Used:
        """What was used in the period that holds `today` (never earlier than the latest use)."""
        if period is Period.TERM:
            return self.in_term
        if _first(period, self.day) != _first(period, today):
            return Used()
        return {Period.DAY: self.in_day, Period.WEEK: self.in_week, Period.MONTH: self.in_month}[
            period
        ]

    def plus(self, day: date, count: int, covered_minor: int) -> Tally:
        """With a use more (or, negative, one less) on `day`."""
        latest = max(day, self.day)

        def grown(period: Period) -> Used:
            used = self.used(period, latest)
            if _first(period, day) != _first(period, latest):
                return used
            return Used(used.count + count, used.covered_minor + covered_minor)

        return Tally(
            latest,
            grown(Period.DAY),
            grown(Period.WEEK),
            grown(Period.MONTH),
            Used(self.in_term.count + count, self.in_term.covered_minor + covered_minor),
        )


NOTHING_USED = Tally(date.min, Used(), Used(), Used(), Used())


def check_applies(rules: Rules, who: Who, purchase: Purchase) -> None:
    """Ask every rule in turn.

    Raises:
        Refusal: the first rule that says no.

    """
    for rule in _RULES:
        rule(rules, who, purchase)


def check_terms(rules: Rules) -> None:
    """Check rules as they are published, never as they are loaded.

    Raises:
        TermsInvalid: `field` names what is wrong.

    """
    for field in ("groups", "branches", "merchants", "outlets", "categories", "blackout_days", "hours"):
        if len(getattr(rules, field)) > NAMES_MAX:
            raise TermsInvalid(field=field, most=NAMES_MAX)
    if rules.first_day and rules.last_day and rules.last_day < rules.first_day:
        raise TermsInvalid(field="last_day")
    if any(not 1 <= day <= 7 for day in rules.weekdays):  # noqa: PLR2004 - ISO weekdays
        raise TermsInvalid(field="weekdays")
    if any(hours.closes <= hours.opens for hours in rules.hours):
        raise TermsInvalid(field="hours")
    for field, value in _numbers(rules.limits) + _numbers(rules.ceilings):
        if value is not None and not 1 <= value <= AMOUNT_MAX:
            raise TermsInvalid(field=field)
    _check_funding(rules)


def _check_funding(rules: Rules) -> None:
    funding = rules.funding
    if not 0 <= funding.union_basis_points <= WHOLE:
        raise TermsInvalid(field="union_basis_points")
    if (funding.union_basis_points > 0) != (funding.fund_id is not None):
        raise TermsInvalid(field="fund_id")
    if rules.ceilings.per_fund_minor is not None and funding.fund_id is None:
        raise TermsInvalid(field="per_fund_minor")


def _numbers(struct: Limits | Ceilings) -> list[tuple[str, int | None]]:
    return [(field, getattr(struct, field)) for field in struct.__struct_fields__]


def _first(period: Period, day: date) -> date:
    """The first day of the week or month that holds `day`."""
    if period is Period.WEEK:
        return day - timedelta(days=min(day.weekday(), (day - date.min).days))
    if period is Period.MONTH:
        return day.replace(day=1)
    return day


def _eligible(rules: Rules, who: Who, _purchase: Purchase) -> None:
    if rules.groups and not set(rules.groups).intersection(who.groups):
        raise NotEligible(needs="group")
    if rules.branches and who.branch not in rules.branches:
        raise NotEligible(needs="branch")


def _open(rules: Rules, _who: Who, purchase: Purchase) -> None:
    today = purchase.at.date()
    if rules.first_day and today < rules.first_day:
        raise OfferNotYetOpen(first_day=rules.first_day.isoformat())
    if rules.last_day and today > rules.last_day:
        raise OfferEnded(last_day=rules.last_day.isoformat())


def _here(rules: Rules, _who: Who, purchase: Purchase) -> None:
    if rules.merchants and purchase.merchant_id not in rules.merchants:
        raise NotAgreedHere
    if rules.outlets and purchase.outlet_id not in rules.outlets:
        raise NotAgreedHere
    if rules.categories and purchase.category not in rules.categories:
        raise CategoryNotCovered(category=purchase.category)


def _today(rules: Rules, _who: Who, purchase: Purchase) -> None:
    if rules.weekdays and purchase.at.isoweekday() not in rules.weekdays:
        raise NotOnThisDay
    if purchase.at.date() in rules.blackout_days:
        raise NotOnThisDay


def _now(rules: Rules, _who: Who, purchase: Purchase) -> None:
    clock = purchase.at.time()
    if rules.hours and not any(hours.opens <= clock < hours.closes for hours in rules.hours):
        raise NotAtThisHour(opens=min(hours.opens for hours in rules.hours).isoformat("minutes"))


_RULES: tuple[Callable[[Rules, Who, Purchase], None], ...] = (_eligible, _open, _here, _today, _now)
