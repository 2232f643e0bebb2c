from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given as over
from hypothesis import strategies as some
from playwright.sync_api import Page

from ledger.benefits.formula import Formula
from ledger.money import AMOUNT_MAX
from tests.browser.test_codes import milliseconds
from tests.pos_gateway.codes.test_codes import NOW
from tests.support.discount_formula import discount_shares
from tests.support.js_modules import run

AMOUNTS = some.integers(1, 300) | some.integers(1, AMOUNT_MAX)
BOUNDS = some.none() | AMOUNTS
SHARES = some.integers(0, 10_000) | some.sampled_from([0, 1, 3_333, 9_999, 10_000])
FORMULAS = some.builds(
    Formula,
    threshold_minor=some.just(0) | AMOUNTS,
    basis_points=SHARES,
    amount_minor=some.just(0) | AMOUNTS,
    price_minor=BOUNDS,
    worth_max_minor=BOUNDS,
    union_basis_points=SHARES,
)
HOUR = timedelta(hours=1)


@some.composite
def purchases(draw: some.DrawFn) -> tuple[Formula, int, int]:
    price_minor = draw(AMOUNTS)
    left_minor = draw(some.just(price_minor) | some.integers(1, price_minor))
    return draw(FORMULAS), price_minor, left_minor


@over(cases=some.lists(purchases(), min_size=1, max_size=30))
def test_a_till_computes_prices_as_the_ledger_does(
    page: Page, cases: list[tuple[Formula, int, int]]
) -> None:
    here = [
        discount_shares(formula, price_minor=price_minor, left_minor=left_minor)
        for formula, price_minor, left_minor in cases
    ]

    there = run(
        page,
        "formula.js",
        "({given}, cases) => cases.map((one) => given(...one))",
        [[msgspec.to_builtins(formula), *rest] for formula, *rest in cases],
    )

    assert there == [found and found._asdict() for found in here]


def offer(
    choice: str, *, order: int = 1, exclusive: bool = False, **formula: int
) -> dict[str, Any]:
    """Return an offer as `GET /api/v1/till/offline` lists it; open from noon for an hour."""
    return {
        "choice": choice,
        "categories": [],
        "windows": [{"from": NOW.isoformat(), "until": (NOW + HOUR).isoformat()}],
        "exclusive": exclusive,
        "order": order,
        "formula": msgspec.to_builtins(Formula(**formula)),
    }


def reckoned(page: Page, chosen: list[dict[str, Any]], price_minor: int) -> Any:
    return run(
        page,
        "formula.js",
        "({reckon}, [chosen, priceMinor]) => reckon(chosen, priceMinor)",
        [chosen, price_minor],
    )


def test_each_choice_applies_to_the_rest_of_the_price(page: Page) -> None:
    tenth = offer("tenth-off", order=2, basis_points=1_000, union_basis_points=5_000)
    coupon = offer("ten-yuan", order=1, amount_minor=1_000)
    meal = offer("another", order=1, amount_minor=500)

    found = reckoned(page, [tenth, coupon, meal], 6_800)

    # By order, then by name: 68 − 5 − 10 = 53 yuan, and a tenth of that.
    assert found == {
        "given": [
            {"choice": "another", "merchant_share_minor": 500, "union_share_minor": 0},
            {"choice": "ten-yuan", "merchant_share_minor": 1_000, "union_share_minor": 0},
            {"choice": "tenth-off", "merchant_share_minor": 265, "union_share_minor": 265},
        ],
        "offMinor": 2_030,
        "leftMinor": 4_770,
    }


def test_choices_that_exclude_each_other_or_give_nothing_are_refused(page: Page) -> None:
    tenth, alone = offer("a", basis_points=1_000), offer("b", exclusive=True, amount_minor=100)
    whole, dear = offer("0", amount_minor=6_800), offer("c", threshold_minor=6_801, amount_minor=1)

    assert reckoned(page, [alone], 6_800)["leftMinor"] == 6_700
    assert reckoned(page, [tenth, alone], 6_800) is None
    assert reckoned(page, [tenth, dear], 6_800) is None
    assert reckoned(page, [whole, tenth], 6_800) is None
    assert reckoned(page, [], 6_800) == {"given": [], "offMinor": 0, "leftMinor": 6_800}


@pytest.mark.parametrize(
    ("late", "category", "listed"),
    [
        (timedelta(0), "bakery", ["any", "cakes"]),
        (timedelta(0), "opera", ["any"]),
        (timedelta(0), None, ["any"]),
        (-timedelta(milliseconds=1), "bakery", []),
        (HOUR - timedelta(milliseconds=1), None, ["any"]),
        (HOUR, "bakery", []),
    ],
)
def test_only_open_offers_of_this_category_are_listed(
    page: Page, late: timedelta, category: str | None, listed: list[str]
) -> None:
    offers = [offer("any"), offer("cakes") | {"categories": ["bakery"]}]

    found = run(
        page,
        "formula.js",
        "({openOffers}, [offers, by]) => openOffers(offers, by).map(({choice}) => choice)",
        [offers, {"now": milliseconds(NOW + late), "category": category}],
    )

    assert found == listed
