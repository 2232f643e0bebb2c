"""The offers that a till may give offline: those whose rules need only what the till knows.

The till can't know how often a member used an offer before: overuse is found when it reports.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

import msgspec

from ledger.benefits.formula import Formula
from ledger.benefits.terms import MIDNIGHT, Purchase, Rules, Who, check_applies
from ledger.errors import Refusal, TermsInvalid
from ledger.funds import Fund
from ledger.offers.offer import Offer, check_open

HORIZON = timedelta(hours=72)
"""The time ahead for which a till is told when an offer applies."""

_HOUR = timedelta(hours=1)
_ANYBODY = Who(branch="", groups=())


class Window(NamedTuple):
    """A span of time from one instant (inclusive) to another (exclusive), in UTC."""

    begins: datetime
    ends: datetime


class OfflineOffer(NamedTuple):
    """An offer that a till may give offline, its discount formula, and the times it applies."""

    offer: Offer
    formula: Formula
    windows: tuple[Window, ...]


class PlaceAndTime(NamedTuple):
    """The place of a till, and the present time there in the zone of the rules."""

    merchant_id: str
    outlet_id: str
    at: datetime


def offline_offers(
    offers: Iterable[Offer], funds: Mapping[str, Fund], here: PlaceAndTime
) -> Iterator[OfflineOffer]:
    """Yield the offers that a till here may give any member offline between now and HORIZON."""
    known: dict[tuple[object, ...], tuple[Window, ...]] = {}  # by calendar: most offers share one
    for one in offers:
        if not _is_for_anybody_here(one, here) or not (formula := formula_of(one, funds)):
            continue
        rules = one.rules
        days = rules.first_day, rules.last_day, rules.blackout_days
        calendar = *days, rules.weekdays, rules.hours
        if calendar not in known:
            known[calendar] = windows(rules, here.at)
        if known[calendar]:
            yield OfflineOffer(one, formula, known[calendar])


def formula_of(one: Offer, funds: Mapping[str, Fund]) -> Formula | None:
    """Return the formula of an offer's first use, bounded by its ceilings, and who pays it.

    None where the kind has no formula or is unknown, or a ceiling or the fund is exhausted.
    """
    try:
        formula = one.benefit.offline()
    except TermsInvalid:  # a kind that only a newer program knows
        return None
    if formula is None:
        return None
    ceilings, funding = one.rules.ceilings, one.rules.funding
    bounds = [formula.worth_max_minor, ceilings.per_purchase_minor, ceilings.per_member_minor]
    if ceilings.per_offer_minor is not None:
        bounds.append(ceilings.per_offer_minor - one.given_minor)
    left_minor = [funds[funding.fund_id].available_minor] if funding.fund_id is not None else []
    if ceilings.per_fund_minor is not None:
        left_minor.append(ceilings.per_fund_minor - one.given_by_union_minor)
    known = [bound for bound in bounds if bound is not None]
    if any(bound <= 0 for bound in (*known, *left_minor)):
        return None
    return msgspec.structs.replace(
        formula,
        worth_max_minor=min(known, default=None),
        union_basis_points=funding.union_basis_points,
    )


def windows(rules: Rules, at: datetime) -> tuple[Window, ...]:
    """Return the windows, for HORIZON and an hour, in which days and hours of the rules allow use.

    They start at the full hour (UTC) at or before `at`, a time in the zone of the rules; empty if
    the rules never allow use. The rules are evaluated between instants at which their answer may
    change.
    """
    calendar = msgspec.structs.replace(
        rules, groups=(), branches=(), merchants=(), outlets=(), categories=()
    )
    found: list[Window] = []
    for begins, ends in pairwise(_instants(rules, at)):
        if not _holds(calendar, begins.astimezone(at.tzinfo)):
            continue
        joined = found.pop().begins if found and found[-1].ends == begins else begins
        found.append(Window(joined, ends))
    return tuple(found)


def _is_for_anybody_here(one: Offer, here: PlaceAndTime) -> bool:
    try:
        check_open(one)
    except Refusal:
        return False
    rules = one.rules
    place = Rules(
        groups=rules.groups,
        branches=rules.branches,
        merchants=rules.merchants,
        outlets=rules.outlets,
    )
    return _holds(place, here.at, here.merchant_id, here.outlet_id)


def _holds(rules: Rules, at: datetime, merchant_id: str = "", outlet_id: str = "") -> bool:
    purchase = Purchase(
        merchant_id=merchant_id, outlet_id=outlet_id, category=None, price_minor=1, at=at
    )
    try:
        check_applies(rules, _ANYBODY, purchase)
    except Refusal:
        return False
    return True


def _instants(rules: Rules, at: datetime) -> list[datetime]:
    """Return both ends of the horizon and each instant between at which the rules may change."""
    # In UTC: two times of one zone are compared by their wall clocks, which sometimes go back.
    begins = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    ends = begins + HORIZON + _HOUR
    clocks = {MIDNIGHT, *(clock for one in rules.hours for clock in (one.opens, one.closes))}
    days = [at.date() + timedelta(days=number) for number in range((ends - begins).days + 2)]
    known = {
        datetime.combine(day, clock.replace(fold=fold), at.tzinfo).astimezone(UTC)
        for day in days
        for clock in clocks
        for fold in (0, 1)
    }
    hours = [begins + number * _HOUR for number in range(1, (ends - begins) // _HOUR)]
    known |= {hour for hour in hours if _offset(hour, at) != _offset(hour - _HOUR, at)}
    return [begins, *sorted(one for one in known if begins < one < ends), ends]


def _offset(instant: datetime, at: datetime) -> timedelta | None:
    """Return the offset from UTC of the zone of `at` at an instant."""
    return instant.astimezone(at.tzinfo).utcoffset()
