from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given as over
from hypothesis import strategies as some
from immutables import Map

from ledger.benefits.terms import Hours, Rules, check_applies
from ledger.errors import Refusal
from ledger.funds import Fund
from ledger.offers.offer import Offer, Status
from ledger.offline import eligible_offers
from ledger.redemptions.pricing import choice_of, price
from tests.support.benefit_terms import EXAMPLES, PUBLISHED, terms_of
from tests.support.discount_formula import discount_shares
from tests.support.purchase_context import (
    BEIJING,
    CARE,
    MAY_DAY,
    MEMBER,
    UNION_PAYS_HALF,
    context,
    offered,
    rules,
)

OFFLINE = [cls for cls in PUBLISHED if cls.example().offline() is not None]
NOT_OFFLINE = [
    {"kind": cls.KIND, "terms": EXAMPLES[cls.KIND]} for cls in PUBLISHED if cls not in OFFLINE
]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HERE = eligible_offers.PlaceAndTime("rose", "gulou", MAY_DAY)
BERLIN = ZoneInfo("Europe/Berlin")


def offline(
    *offers: Offer, fund: Fund = CARE, here: eligible_offers.PlaceAndTime = HERE
) -> list[eligible_offers.OfflineOffer]:
    return list(eligible_offers.offline_offers(offers, {fund.fund_id: fund}, here))


def test_an_offer_for_anybody_here_may_be_given_without_a_line() -> None:
    (found,) = offline(offered(merchants=("rose",), outlets=("gulou",), **UNION_PAYS_HALF))

    assert (found.offer.offer_id, found.formula.basis_points) == ("hair", 2_000)
    assert found.formula.union_basis_points == 5_000


@pytest.mark.parametrize(
    "changed",
    [
        {"groups": ("model_worker",)},
        {"branches": ("branch-miyun",)},
        {"merchants": ("mill",)},
        {"outlets": ("east",)},
        {"status": Status.SUSPENDED},
        {"status": Status.ENDED},
        {"status": Status.NONE},
        *NOT_OFFLINE,
        {"kind": "moonlight", "terms": {}},
        {"last_day": date(2026, 4, 30)},
        {"first_day": date(2026, 5, 5)},
        {"per_offer_minor": 500, "given_minor": 500},
        {"per_fund_minor": 500, "given_by_union_minor": 500, **UNION_PAYS_HALF},
    ],
)
def test_what_a_till_cannot_know_or_may_not_give_is_left_out(changed: dict[str, Any]) -> None:
    assert offline(offered(**changed)) == []


def test_an_offer_whose_fund_is_spent_is_left_out() -> None:
    assert offline(offered(**UNION_PAYS_HALF), fund=Fund("care", "special-relief")) == []


CEILINGS = some.fixed_dictionaries(
    {},
    optional={
        "per_purchase_minor": some.integers(1, 3_000),
        "per_member_minor": some.integers(1, 3_000),
        "per_offer_minor": some.integers(1_000, 3_000),
    },
)
TERMS = some.sampled_from(OFFLINE).flatmap(
    lambda cls: terms_of(cls, some.integers(1, 2_500) | some.integers(1, 9_999))
)


@over(
    kind=TERMS,
    ceilings=CEILINGS,
    given_minor=some.integers(0, 999),
    union_basis_points=some.integers(1, 10_000),
    price_minor=some.integers(1, 9_999),
)
def test_a_till_states_the_shares_that_the_ledger_would_book(
    kind: tuple[str, dict[str, Any]],
    ceilings: dict[str, Any],
    given_minor: int,
    union_basis_points: int,
    price_minor: int,
) -> None:
    one = offered(
        kind=kind[0],
        terms=kind[1],
        given_minor=given_minor,
        union_basis_points=union_basis_points,
        fund_id="care",
        **ceilings,
    )

    (found,) = offline(one)

    stated = discount_shares(found.formula, price_minor=price_minor, left_minor=price_minor)
    try:
        (line,), _ = price(Map(), "r1", context(price_minor), [choice_of(one)])
    except Refusal:
        assert stated is None
    else:
        assert stated == (line.merchant_share_minor, line.union_share_minor)


def test_without_a_calendar_an_offer_holds_from_the_full_hour_on() -> None:
    begins = datetime(2026, 5, 1, 2, tzinfo=UTC)

    assert eligible_offers.windows(Rules(), MAY_DAY + timedelta(minutes=59)) == (
        eligible_offers.Window(begins, begins + eligible_offers.HORIZON + HOUR),
    )


def test_hours_and_days_become_windows() -> None:
    # A Friday; open at weekends, and until after midnight.
    open_late = rules(
        weekdays=(6, 7),
        hours=(Hours(opens=time(9), closes=time(12, 30)), Hours(opens=time(22), closes=time(2))),
    )

    found = eligible_offers.windows(open_late, MAY_DAY)

    assert [(one.astimezone(BEIJING).strftime("%a %H:%M")) for one in sum(found, ())] == [
        *("Sat 09:00", "Sat 12:30", "Sat 22:00", "Sun 02:00"),
        *("Sun 09:00", "Sun 12:30", "Sun 22:00", "Mon 02:00"),
    ]


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (Hours(opens=time(0), closes=time(2, 30)), ["22:00", "00:30", "01:00", "01:30"]),
        (Hours(opens=time(2, 15), closes=time(2, 45)), ["00:15", "00:45", "01:15", "01:45"]),
    ],
)
def test_an_hour_that_comes_twice_is_open_twice(hours: Hours, expected: list[str]) -> None:
    # In Berlin clocks went back from 03:00 to 02:00 on 25 October, at 01:00 UTC.
    sunday = rules(first_day=date(2026, 10, 25), last_day=date(2026, 10, 25), hours=(hours,))

    found = eligible_offers.windows(sunday, datetime(2026, 10, 24, 20, tzinfo=BERLIN))

    assert [one.strftime("%H:%M") for one in sum(found, ())] == expected


CLOCKS = some.times(max_value=time(23, 58)).map(lambda one: one.replace(second=0, microsecond=0))


@some.composite
def calendars(draw: some.DrawFn) -> tuple[Rules, datetime]:
    """Return a strategy for rules with a calendar and times near a change of the clocks."""
    begins = draw(some.sampled_from([datetime(2026, 3, 27), datetime(2026, 10, 23)]))  # noqa: DTZ001 - hypothesis adds the zone
    hours = [
        Hours(opens=opens, closes=draw(some.sampled_from([closes, time(0)])))
        for opens, closes in draw(some.lists(some.tuples(CLOCKS, CLOCKS), max_size=2))
    ]
    days = some.dates(begins.date(), begins.date() + 6 * DAY)
    calendar = Rules(
        merchants=("nobody",),
        weekdays=tuple(draw(some.sets(some.integers(1, 7)))),
        hours=tuple(hours),
        blackout_days=tuple(draw(some.sets(days, max_size=2))),
        first_day=draw(some.none() | days),
        last_day=draw(some.none() | days),
    )
    return calendar, draw(some.datetimes(begins, begins + 2 * DAY, timezones=some.just(UTC)))


@over(
    drawn=calendars(),
    zone=some.sampled_from([BEIJING, BERLIN]),
    minutes=some.lists(some.integers(0, 72 * 60), min_size=1, max_size=40),
)
def test_a_window_is_when_the_rules_hold(
    drawn: tuple[Rules, datetime], zone: ZoneInfo, minutes: list[int]
) -> None:
    calendar, begins = drawn
    at = begins.astimezone(zone)

    found = eligible_offers.windows(calendar, at)

    assert all(one.ends < other.begins for one, other in pairwise(found))
    for minute in minutes:
        instant = (begins + timedelta(minutes=minute)).replace(second=0, microsecond=0)
        inside = any(one.begins <= instant < one.ends for one in found)
        assert inside == holds(calendar, instant.astimezone(zone))


def holds(calendar: Rules, at: datetime) -> bool:
    """Return whether the rules themselves allow it, at a merchant that they name."""
    purchase = context(at=at).purchase
    anywhere = Rules(
        **{
            field: getattr(calendar, field)
            for field in ("weekdays", "hours", "blackout_days", "first_day", "last_day")
        }
    )
    try:
        check_applies(anywhere, MEMBER.who, purchase)
    except Refusal:
        return False
    return True
